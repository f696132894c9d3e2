/* A storage that holds anything at all at boot: whole slots, slots with a byte or two changed, noise. The board boots, drives with
   what the image was built with or with a block that is whole, and can be taught anew. */
#include <string.h>

#include "harness.h"
#include "host.h"
#include "inside.h"
#include "reflex_crc32.h"
#include "reflex_store.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#define CHECKED_HEAD_BYTES (REFLEX_STORE_HEAD_BYTES - 4u)

static struct {
    const uint8_t* bytes;
    size_t count;
} input;

static uint8_t
next(void) {
    if (input.count == 0u) {
        return 0;
    }
    input.count--;
    return *input.bytes++;
}

/* A whole slot, as the firmware writes it: the older one of the two. */
static void
keep(uint8_t offset) {
    const policy_parameters parameters = {
        POLICY_PARAMETERS_MAGIC + (offset >= 128u ? 1u : 0u),
        {(uint32_t)(POLICY_LAYOUT_HASH & UINT32_MAX), (uint32_t)(POLICY_LAYOUT_HASH >> 32)},
        (int8_t)(offset % 4u),
        {0}};
    reflex_store_identity identity = {ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, POLICY_HASH, 0, POLICY_PARAMETERS_BYTES};
    uint8_t found[POLICY_PARAMETERS_BYTES];
    reflex_store store;

    (void)reflex_store_start(&store, &board_storage_port, &identity, found);
    identity.policy_hash = offset;
    identity.bytes = offset == 77u ? 0u : POLICY_PARAMETERS_BYTES;
    CHECK(reflex_store_begin(&store, &identity, (const uint8_t*)&parameters));
    while (reflex_store_busy(&store)) {
        reflex_store_work(&store);
    }
}

static uint8_t*
crc_of(uint8_t* slot, uint32_t bytes, uint32_t* crc) {
    *crc = reflex_crc32(reflex_crc32(0, slot, CHECKED_HEAD_BYTES), &slot[REFLEX_STORE_HEAD_BYTES], bytes);
    return &slot[CHECKED_HEAD_BYTES];
}

/* As if its head had been written with the bytes that it holds now. */
static void
mend(uint8_t* slot) {
    uint32_t crc;
    uint8_t* place = crc_of(slot, POLICY_PARAMETERS_BYTES, &crc);

    for (unsigned i = 0; i < 4u; i++) {
        place[i] = (uint8_t)(crc >> (8u * i));
    }
}

static void
fill(void) {
    switch (next() % 5u) {
        case 0:
            keep(next());
            break;
        case 1:
            for (uint8_t count = next(), place = next(); count > 0u; count--, place++) {
                board.storage.slots[count % 2u][place] = next();
            }
            break;
        case 2:
            board.storage.slots[next() % 2u][next()] ^= next();
            break;
        case 3:
            mend(board.storage.slots[next() % 2u]);
            break;
        default:
            memcpy(board.storage.slots[1], board.storage.slots[0], BOARD_SLOT_BYTES);
            break;
    }
}

/* Blocks whose CRC is right are those that may drive. */
static void
announce_whole(void) {
    for (unsigned slot = 0; slot < 2u; slot++) {
        uint8_t* bytes = board.storage.slots[slot];
        uint32_t crc;
        const uint8_t* place = crc_of(bytes, POLICY_PARAMETERS_BYTES, &crc);

        if (place[0] == (crc & 0xFFu) && place[1] == ((crc >> 8) & 0xFFu) && place[2] == ((crc >> 16) & 0xFFu) &&
            place[3] == crc >> 24) {
            inside_announce(reflex_crc32(0, &bytes[REFLEX_STORE_HEAD_BYTES], POLICY_PARAMETERS_BYTES));
        }
    }
}

/* What the policy that drives adds to its input. */
static int
drives(void) {
    host_tick tick;

    host_set_mode(REFLEX_MODE_AUTO, REFLEX_SOURCE_SENSORS);
    CHECK(host_pass_tick(&tick));
    CHECK_EQUAL(tick.actor, REFLEX_ACTOR_POLICY);
    return tick.output[0] - tick.input[0];
}

static void
boot(void) {
    bench.acts = 0;
    inside_boot();
    board_boot();
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    int before;

    input.bytes = data;
    input.count = size;
    board_make();
    inside_new();
    board.storage.there = true;
    while (input.count > 0u) {
        fill();
    }
    announce_whole();
    boot();
    before = drives();
    boot();
    CHECK_EQUAL(drives(), before); /* the same each time */
    keep(3);
    announce_whole();
    boot();
    CHECK_EQUAL(drives(), 3);
    CHECK_EQUAL(board.storage.misuses, 0);
    return 0;
}
