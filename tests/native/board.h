/* The board under test: a port that does as it is told, around the test robot of src/link/testing/robot. Time stands still until
   a test turns it on; the line takes `bench.room` bytes; storage fails as asked for. */
#ifndef BOARD_H
#define BOARD_H

#include "bench.h"
#include "reference.h"
#include "reflex_link.h"
#include "reflex_protocol.h"
#include "robot.h"

#define BOARD_SLOT_BYTES 512u
#define ENDLESS          UINT32_MAX

typedef struct {
    bool there; /* the port has storage */
    uint8_t slots[2][BOARD_SLOT_BYTES];
    bool written[2][BOARD_SLOT_BYTES]; /* since the slot was erased: once is enough */
    uint32_t erase_steps;              /* calls that erasing takes; ENDLESS: it never ends */
    uint32_t erase_called;
    size_t at_once;   /* bytes that one call writes at most */
    uint32_t power;   /* bytes until the power goes: what comes then is not written */
    uint32_t misuses; /* a byte written twice, or beyond the slot */
} board_storage;

/* Of the board: what a test may set beside `bench`. */
typedef struct {
    bool watched; /* the port has a watchdog */
    bool counts;  /* ... and a counter */
    size_t chunk; /* bytes that one read gives at most */
    board_storage storage;
} test_board;

extern test_board board;
extern const reflex_storage board_storage_port;

/* A new robot whose parts all work, storage erased, booted. */
void board_new(void);

/* The same before it has booted, for tests that change something first. */
void board_make(void);

/* Power off and on. Storage stays; what was on the line is lost. */
void board_boot(void);

/* Bytes onto the line to the board, which does not look yet. */
void board_offer(const void* bytes, size_t count);

/* A frame, and polls until it was read. */
void board_send(uint8_t id, const void* payload, size_t count);

/* Turns the clock on, in steps, and polls after each. */
void board_pass(uint32_t us, uint32_t step_us);

void board_poll(void);

/* Whether the board has read all that was offered. */
bool board_heard(void);

/* The next frame from the board. A bad one, or a jump of the counter, fails the test. */
bool board_take(reference_frame* frame);

/* Drops what came from the board so far. */
void board_forget(void);

/* Takes frames up to the first with this id; whether there is one. */
bool board_find(uint8_t id, reference_frame* frame);

/* Bytes from the board that are not taken. */
size_t board_told_bytes(void);

#endif
