/**
 * @file cfi_flash.c
 * @brief The machine's second bank of flash as storage: two chips of 16 bits side by side
 *
 * Commands and status: Intel's basic command set (JEDEC JEP137, 0001h; Intel StrataFlash J3 datasheet, "Command Set"), each given
 * to both chips at once. After a command the bank answers with its status, until it is told to answer with what it holds.
 */
#include "cfi_flash.h"

#define SECTOR_BYTES 0x40000U
#define STEP_WORDS   64U /**< Programmed by one call */
#define WORD_BYTES   4U

#define BOTH(chip)   ((chip)*0x10001U)
#define PROGRAM      BOTH(0x40U)
#define ERASE        BOTH(0x20U)
#define CONFIRM      BOTH(0xD0U)
#define READ_ARRAY   BOTH(0xFFU)
#define STATUS_READY BOTH(0x80U)

static volatile uint32_t*
word_at(uint8_t slot, size_t offset) {
    return (volatile uint32_t*)(0x22000000U + slot * SECTOR_BYTES + offset / WORD_BYTES * WORD_BYTES);
}

/* Which of a word's bits hold the byte. */
static uint32_t
shift_of(size_t offset) {
    return 8U * (offset % WORD_BYTES);
}

static void
flash_read(uint8_t slot, size_t offset, uint8_t* bytes, size_t count) {
    for (size_t index = 0; index < count; ++index) {
        bytes[index] = (uint8_t)(*word_at(slot, offset + index) >> shift_of(offset + index));
    }
}

static bool
flash_erase(uint8_t slot) {
    static bool begun = false;
    volatile uint32_t* sector = word_at(slot, 0);
    if (!begun) {
        begun = true;
        *sector = ERASE;
        *sector = CONFIRM;
    }
    if ((*sector & STATUS_READY) != STATUS_READY) {
        return false;
    }
    *sector = READ_ARRAY;
    begun = false;
    return true;
}

/* Takes up to a fifth of a millisecond on a chip, and no time in QEMU. */
static void
program(volatile uint32_t* place, uint32_t word) {
    *place = PROGRAM;
    *place = word;
    while ((*place & STATUS_READY) != STATUS_READY) {
    }
    *place = READ_ARRAY;
}

static size_t
flash_write(uint8_t slot, size_t offset, const uint8_t* bytes, size_t count) {
    size_t taken = 0;
    for (uint32_t words = 0; words < STEP_WORDS && taken < count; ++words) {
        volatile uint32_t* place = word_at(slot, offset + taken);
        uint32_t word = *place; /* its other bytes stay as they are */
        do {
            const uint32_t shift = shift_of(offset + taken);
            word = (word & ~(0xFFU << shift)) | ((uint32_t)bytes[taken++] << shift);
        } while (taken < count && (offset + taken) % WORD_BYTES != 0U);
        program(place, word);
    }
    return taken;
}

const reflex_storage cfi_flash = {
    .slot_bytes = SECTOR_BYTES,
    .step_us = 20000U,
    .read = flash_read,
    .erase = flash_erase,
    .write = flash_write,
};
