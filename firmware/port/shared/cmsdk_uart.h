/**
 * @file cmsdk_uart.h
 * @brief The link of Arm's MPS boards: a UART of the Cortex-M System Design Kit (Arm DDI 0479), one byte of buffer each way
 *
 * No interrupt is ever taken: pending ones only end the rest in which the board waits for something to do.
 */
#ifndef CMSDK_UART_H
#define CMSDK_UART_H

#include <stddef.h>
#include <stdint.h>

/** @brief Let bytes in and out, and the clock tick. To be called with interrupts masked. @param clock_hz: The core's clock */
void uart_start(uint32_t clock_hz);

/** @brief As `read` of reflex_port. */
size_t uart_read(uint8_t* bytes, size_t capacity);

/** @brief As `write` of reflex_port. */
size_t uart_write(const uint8_t* bytes, size_t count);

/** @brief Wait for a byte or a tick. */
void uart_rest(void);

#endif /* CMSDK_UART_H */
