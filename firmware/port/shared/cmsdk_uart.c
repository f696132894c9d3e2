/**
 * @file cmsdk_uart.c
 * @brief The link of Arm's MPS boards: a UART of the Cortex-M System Design Kit (Arm DDI 0479)
 */
#include "bare_run.h"
#include "board.h"
#include "cmsdk_uart.h"
#include "cortex_m.h"
#include "fault.h"

/**
 * @brief Names, offsets and bits as in the manual
 */
typedef struct {
    volatile uint32_t DATA;
    volatile uint32_t STATE;
    volatile uint32_t CTRL;
    volatile uint32_t INTCLEAR; /**< INTSTATUS when read */
    volatile uint32_t BAUDDIV;  /**< Clock cycles a bit */
} cmsdk_uart;

#define UART0                         ((cmsdk_uart*)UART0_ADDRESS)
#define UART_STATE_TX_BUFFER_FULL     (1U << 0)
#define UART_STATE_RX_BUFFER_FULL     (1U << 1)
#define UART_CTRL_TX_ENABLE           (1U << 0)
#define UART_CTRL_RX_ENABLE           (1U << 1)
#define UART_CTRL_RX_INTERRUPT_ENABLE (1U << 3)
#define UART_INTERRUPT_RX             (1U << 1)
#define UART_BAUDDIV_MINIMUM          16U

/* Where the interrupt stands among the registers of 32. */
#define RX_INTERRUPT_REGISTER (UART0_RX_INTERRUPT / 32U)
#define RX_INTERRUPT_BIT      (1U << (UART0_RX_INTERRUPT % 32U))

void
uart_start(uint32_t clock_hz) {
    UART0->BAUDDIV = UART_BAUDDIV_MINIMUM;
    UART0->CTRL = UART_CTRL_TX_ENABLE | UART_CTRL_RX_ENABLE | UART_CTRL_RX_INTERRUPT_ENABLE;
    (void)UART0->DATA; /* QEMU delivers nothing before the first read */
    NVIC_ISER[RX_INTERRUPT_REGISTER] = RX_INTERRUPT_BIT;
    SYSTICK->LOAD = clock_hz / BARE_TICK_HZ - 1U;
    SYSTICK->VAL = 0U;
    SYSTICK->CTRL = SYSTICK_CTRL_CLKSOURCE | SYSTICK_CTRL_TICKINT | SYSTICK_CTRL_ENABLE;
}

size_t
uart_read(uint8_t* bytes, size_t capacity) {
    size_t count = 0;
    while (count < capacity && (UART0->STATE & UART_STATE_RX_BUFFER_FULL) != 0U) {
        bytes[count++] = (uint8_t)UART0->DATA;
    }
    return count;
}

size_t
uart_write(const uint8_t* bytes, size_t count) {
    size_t taken = 0;
    while (taken < count && (UART0->STATE & UART_STATE_TX_BUFFER_FULL) == 0U) {
        UART0->DATA = bytes[taken++];
    }
    return taken;
}

/* With PRIMASK set, a pending interrupt ends the sleep without being taken (ARMv7-M manual, WFI). A byte that
 * arrives between the last look at the UART and the sleep is pending too, so it is not slept over. */
void
uart_rest(void) {
    __asm__ volatile("wfi" ::: "memory");
    UART0->INTCLEAR = UART_INTERRUPT_RX;
    NVIC_ICPR[RX_INTERRUPT_REGISTER] = RX_INTERRUPT_BIT;
    SCB_ICSR = SCB_ICSR_PENDSTCLR;
}

void
fault_put(uint8_t byte) {
    UART0->DATA = byte;
}
