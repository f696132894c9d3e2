/**
 * @file cortex_m.h
 * @brief Registers that every Cortex-M of the emulated boards has
 *
 * Names, addresses and bits: ARMv7-M Architecture Reference Manual (Arm DDI 0403), chapter B3; the same in ARMv8-M
 * (Arm DDI 0553).
 */
#ifndef CORTEX_M_H
#define CORTEX_M_H

#include <stdint.h>

/**
 * @brief SysTick of the core
 */
typedef struct {
    volatile uint32_t CTRL;
    volatile uint32_t LOAD;
    volatile uint32_t VAL;
} systick;

#define SYSTICK                ((systick*)0xE000E010U)
#define SYSTICK_CTRL_ENABLE    (1U << 0)
#define SYSTICK_CTRL_TICKINT   (1U << 1)
#define SYSTICK_CTRL_CLKSOURCE (1U << 2)

/* Interrupts of peripherals, 32 a register: enable, and take back what is pending. */
#define NVIC_ISER ((volatile uint32_t*)0xE000E100U)
#define NVIC_ICPR ((volatile uint32_t*)0xE000E280U)

#define SCB_ICSR           (*(volatile uint32_t*)0xE000ED04U)
#define SCB_ICSR_PENDSTCLR (1U << 25)
#define SCB_CFSR           (*(volatile uint32_t*)0xE000ED28U)
#define SCB_CPACR          (*(volatile uint32_t*)0xE000ED88U)
#define SCB_CPACR_FPU      (0xFU << 20) /**< Full access to coprocessors 10 and 11: floating point, and Helium */

#endif /* CORTEX_M_H */
