/**
 * @file board.h
 * @brief What this port needs to know of a board with a Cortex-M: four numbers and three functions, all in robot_io.c
 *
 * The port does the rest: it starts the program, keeps time by the core's SysTick, looks after the serial line LINK_POLL_HZ times
 * a second, and reports faults. SysTick is its own, and so is the vector of every exception of the core. Who takes interrupts of
 * peripherals brings their handlers, those of interrupt 0 first, in the section .vectors.interrupts:
 *
 *     __attribute__((section(".vectors.interrupts"), used)) static void (*const interrupts[])(void) = {...};
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

/**
 * @brief A number for the linker: BOARD_MEMORY(ram_bytes, 64 * 1024). No suffix such as U: the assembler reads it
 *
 * It wants flash_start, flash_bytes, ram_start and ram_bytes. Where a bootloader stays, flash starts behind it.
 */
#define BOARD_MEMORY(name, number) __asm__(".global " #name "\n\t.set " #name ", " #number)

/** @brief How often the line is looked after: at 115200 baud a byte takes 87 us, and a UART keeps one while the next arrives */
#define LINK_POLL_HZ 20000U

/**
 * @brief Called once, first of all: start the clock that the core is to have and the serial line, 8N1, both ways
 * @return The core's clock, which SysTick counts: hertz, whole MHz
 */
uint32_t board_start(void);

/**
 * @brief Take a byte that arrived. Called by an interrupt, so it must not wait
 * \param[out]      byte: Memory for it
 * @return Whether there was one
 */
bool board_read_byte(uint8_t* byte);

/**
 * @brief Give a byte to the transmitter. Called by an interrupt, so it must not wait
 * \param[in]       byte: What to send
 * @return Whether there was room for it
 */
bool board_write_byte(uint8_t byte);

#endif /* BOARD_H */
