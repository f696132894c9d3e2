/* The board, for port/board.h: its memory (numbers for the linker, without a suffix), its clock, and its serial line. As they stand here
 * the firmware builds and fits the commonest chips, but nobody hears it: write the three functions with your chip's registers, or
 * with its maker's library. */
#include "board.h"

BOARD_MEMORY(flash_start, 0x08000000);
BOARD_MEMORY(flash_bytes, 256 * 1024);
BOARD_MEMORY(ram_start, 0x20000000);
BOARD_MEMORY(ram_bytes, 64 * 1024);

/* Called once, first of all: start the clock and the serial line, 115200 baud, 8N1. Return the core's clock: hertz, whole MHz. */
uint32_t
board_start(void) {
    return 16000000U;
}

/* A byte that arrived, if there is one: called LINK_POLL_HZ times a second, by an interrupt. */
bool
board_read_byte(uint8_t* byte) {
    (void)byte;
    return false;
}

/* Send a byte, if there is room for it: false when not. Called by an interrupt, too. */
bool
board_write_byte(uint8_t byte) {
    (void)byte;
    return true;
}
