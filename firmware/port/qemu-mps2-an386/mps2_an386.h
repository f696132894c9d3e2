/**
 * @file mps2_an386.h
 * @brief Registers of the MPS2 board (Arm application note AN386) that the port uses
 *
 * Names, offsets and bits: Cortex-M System Design Kit (Arm DDI 0479), APB UART and APB timer; the core's own
 * from the ARMv7-M Architecture Reference Manual (Arm DDI 0403), chapter B3.
 */
#ifndef MPS2_AN386_H
#define MPS2_AN386_H

#include <stdint.h>

#define SYSTEM_CLOCK_HZ 25000000U

/**
 * @brief CMSDK APB UART: one byte of buffer each way
 */
typedef struct {
    volatile uint32_t DATA;
    volatile uint32_t STATE;
    volatile uint32_t CTRL;
    volatile uint32_t INTCLEAR; /**< INTSTATUS when read */
    volatile uint32_t BAUDDIV;  /**< Clock cycles a bit */
} cmsdk_uart;

#define UART0                         ((cmsdk_uart*)0x40004000U)
#define UART_STATE_TX_BUFFER_FULL     (1U << 0)
#define UART_STATE_RX_BUFFER_FULL     (1U << 1)
#define UART_CTRL_TX_ENABLE           (1U << 0)
#define UART_CTRL_RX_ENABLE           (1U << 1)
#define UART_CTRL_RX_INTERRUPT_ENABLE (1U << 3)
#define UART_INTERRUPT_RX             (1U << 1)
#define UART_BAUDDIV_MINIMUM          16U

/**
 * @brief CMSDK APB timer: 32 bits, counts down
 */
typedef struct {
    volatile uint32_t CTRL;
    volatile uint32_t VALUE;
    volatile uint32_t RELOAD;
    volatile uint32_t INTCLEAR;
} cmsdk_timer;

#define TIMER0            ((cmsdk_timer*)0x40000000U)
#define TIMER_CTRL_ENABLE (1U << 0)

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

#define NVIC_ISER0         (*(volatile uint32_t*)0xE000E100U)
#define NVIC_ICPR0         (*(volatile uint32_t*)0xE000E280U)
#define UART0_RX_INTERRUPT (1U << 0)

#define SCB_ICSR           (*(volatile uint32_t*)0xE000ED04U)
#define SCB_ICSR_PENDSTCLR (1U << 25)
#define SCB_CFSR           (*(volatile uint32_t*)0xE000ED28U)
#define SCB_CPACR          (*(volatile uint32_t*)0xE000ED88U)
#define SCB_CPACR_FPU      (0xFU << 20) /**< Full access to coprocessors 10 and 11 */

#endif /* MPS2_AN386_H */
