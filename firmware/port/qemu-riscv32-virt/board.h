/**
 * @file board.h
 * @brief Devices of QEMU's RISC-V machine `virt` that the port uses
 *
 * Addresses from its device tree; the UART's registers as in National Semiconductor's PC16550D, the timer and the interrupt
 * controller as in the SiFive FU540-C000 manual (chapters 9 and 10).
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define REGISTER8(address)  (*(volatile uint8_t*)(address))
#define REGISTER32(address) (*(volatile uint32_t*)(address))

#define UART_RBR            REGISTER8(0x10000000U) /**< Received byte when read, */
#define UART_THR            REGISTER8(0x10000000U) /**< byte to send when written */
#define UART_IER            REGISTER8(0x10000001U)
#define UART_IER_RECEIVED   (1U << 0)
#define UART_FCR            REGISTER8(0x10000002U)
#define UART_FCR_ENABLE     0x07U /**< FIFOs on, and empty */
#define UART_FCR_TRIGGER_14 0xC0U /**< Interrupt at 14 bytes, or when the line falls silent */
#define UART_LSR            REGISTER8(0x10000005U)
#define UART_LSR_DATA_READY (1U << 0)
#define UART_LSR_THR_EMPTY  (1U << 5)
#define UART_INTERRUPT      10U

#define PLIC_PRIORITY(source) REGISTER32(0x0C000000U + 4U * (source))
#define PLIC_ENABLE           REGISTER32(0x0C002000U)
#define PLIC_CLAIM            REGISTER32(0x0C200004U) /**< Which interrupt when read; done with it when written */

#define MTIMECMP_LOW  REGISTER32(0x02004000U)
#define MTIMECMP_HIGH REGISTER32(0x02004004U)
#define MTIME_LOW     REGISTER32(0x0200BFF8U)
#define MTIME_HIGH    REGISTER32(0x0200BFFCU)
#define MTIME_HZ      10000000U

#define TEST_FINISHER      REGISTER32(0x00100000U) /**< Ends the emulator */
#define TEST_FINISHER_FAIL 0x00013333U             /**< with exit code 1 */

#define MIE_MTIE (1U << 7)
#define MIE_MEIE (1U << 11)

#define READ_CSR(name, variable) __asm__ volatile("csrr %0, " name : "=r"(variable))
#define WRITE_CSR(name, value)   __asm__ volatile("csrw " name ", %0" ::"r"(value))

#endif /* BOARD_H */
