/**
 * @file board.h
 * @brief Arm's MPS3 board with a Cortex-M55: what application note AN547 says of its peripherals, as the secure side sees them
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define SYSTEM_CLOCK_HZ    32000000U
#define UART0_ADDRESS      0x59303000U
#define UART0_RX_INTERRUPT 33U

/**
 * @brief Timer of the subsystem SSE-300 (Arm 101773): 64 bits that count up with the system counter
 */
typedef struct {
    volatile uint32_t CNTPCT_LOW;
    volatile uint32_t CNTPCT_HIGH;
} sse_timer;

#define SSE_TIMER0 ((sse_timer*)0x58000000U)

#define SSE_COUNTER_CNTCR        (*(volatile uint32_t*)0x58100000U)
#define SSE_COUNTER_CNTCR_ENABLE (1U << 0)

#endif /* BOARD_H */
