/**
 * @file boot2.c
 * @brief The second stage of booting: the first 256 bytes of flash
 *
 * The boot ROM copies them to RAM, checks the checksum at their end, and calls them there (RP2040 Datasheet, 2.8.1.3).
 * They set the serial interface (4.10) up so that flash can be executed in place, and start the program behind them. They
 * ask the flash with the command 03h, which every one knows (4.10.8, figure "read with 24-bit address"): one bit at a time,
 * at a quarter of the system clock; what is executed often comes from the cache (2.6.3).
 */
#include "rp2040.h"

#define BOOT2_STRING(value)  BOOT2_STRING_(value)
#define BOOT2_STRING_(value) #value

/* In assembly to the last byte, because the checksum is part of the source: CRC-32 of the first 252 bytes, polynomial
 * 0x04C11DB7, start 0xFFFFFFFF, most significant bit first. A wrong one is refused by the chip, and by its emulator, which
 * tells the right one. */
#define BOOT2_CHECKSUM 0x48C9507E

__asm__(".section .boot2, \"ax\", %progbits\n"
        ".syntax unified\n"
        ".thumb\n"
        ".global boot2\n"
        ".thumb_func\n"
        "boot2:\n"
        "    ldr  r3, ssi\n"
        "    movs r1, #0\n"
        "    str  r1, [r3, #0x08]\n" /* SSIENR: off while it is set up */
        "    movs r1, #4\n"
        "    str  r1, [r3, #0x14]\n" /* BAUDR: clk_sys / 4 */
        "    ldr  r1, ctrlr0\n"
        "    str  r1, [r3, #0x00]\n"
        "    movs r1, #0\n"
        "    str  r1, [r3, #0x04]\n" /* CTRLR1: one word a read */
        "    ldr  r1, spi_ctrlr0\n"
        "    ldr  r0, spi_ctrlr0_address\n"
        "    str  r1, [r0]\n"
        "    movs r1, #1\n"
        "    str  r1, [r3, #0x08]\n" /* SSIENR: on */
        "    ldr  r0, vector_table\n"
        "    ldr  r1, vtor\n"
        "    str  r0, [r1]\n"
        "    ldr  r1, [r0]\n"
        "    msr  msp, r1\n"
        "    ldr  r1, [r0, #4]\n"
        "    bx   r1\n"
        ".balign 4\n"
        "ssi:                 .word 0x18000000\n"
        "ctrlr0:              .word 0x001F0300\n" /* DFS_32 = 31: words of 32 bits; TMOD = 3: command, then data */
        "spi_ctrlr0:          .word 0x03000218\n" /* XIP_CMD = 03h, INST_L = 2: 8 bits; ADDR_L = 6: 24 bits */
        "spi_ctrlr0_address:  .word 0x180000F4\n"
        "vector_table:        .word vectors\n"
        "vtor:                .word 0xE000ED08\n"
        ".space 252 - (. - boot2)\n"
        ".word " BOOT2_STRING(BOOT2_CHECKSUM) "\n"
                                              ".text\n");
