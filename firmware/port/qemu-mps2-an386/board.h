/**
 * @file board.h
 * @brief Arm's MPS2 board with a Cortex-M4F: what application note AN386 says of its peripherals
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define SYSTEM_CLOCK_HZ    25000000U
#define UART0_ADDRESS      0x40004000U
#define UART0_RX_INTERRUPT 0U

/**
 * @brief CMSDK APB timer (Arm DDI 0479): 32 bits, counts down
 */
typedef struct {
    volatile uint32_t CTRL;
    volatile uint32_t VALUE;
    volatile uint32_t RELOAD;
    volatile uint32_t INTCLEAR;
} cmsdk_timer;

#define TIMER0            ((cmsdk_timer*)0x40000000U)
#define TIMER_CTRL_ENABLE (1U << 0)

/* The core's memory protection unit (ARMv7-M manual, B3.5): of a region of 64 KiB, nothing may be read or written. */
#define MPU_CTRL               (*(volatile uint32_t*)0xE000ED94U)
#define MPU_CTRL_ENABLE        (1U << 0)
#define MPU_CTRL_PRIVDEFENA    (1U << 2) /**< Elsewhere as without the unit */
#define MPU_RNR                (*(volatile uint32_t*)0xE000ED98U)
#define MPU_RBAR               (*(volatile uint32_t*)0xE000ED9CU)
#define MPU_RASR               (*(volatile uint32_t*)0xE000EDA0U)
#define MPU_RASR_NO_ACCESS_64K ((15U << 1) | 1U)
#define MPU_GUARD_BYTES        0x10000U
#define RAM_START              0x20000000U

#endif /* BOARD_H */
