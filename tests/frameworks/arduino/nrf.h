/* The registers of an nRF52840's watchdog, in memory: a board that writes them runs on this computer, too. */
#ifndef NRF_H
#define NRF_H

#include <stdint.h>

typedef struct {
    volatile uint32_t TASKS_START;
    volatile uint32_t RUNSTATUS;
    volatile uint32_t CRV;
    volatile uint32_t RREN;
    volatile uint32_t CONFIG;
    volatile uint32_t RR[8];
} NRF_WDT_Type;

extern NRF_WDT_Type watchdog_registers;
#define NRF_WDT (&watchdog_registers)

#endif /* NRF_H */
