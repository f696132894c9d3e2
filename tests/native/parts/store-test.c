/* A block that survives, on storage that does as it is told. */
#include <string.h>

#include "harness.h"
#include "reflex_store.h"

#define BLOCK_BYTES 100u
#define SLOT_BYTES  (REFLEX_STORE_HEAD_BYTES + BLOCK_BYTES)

static struct {
    uint8_t slots[2][SLOT_BYTES];
    bool erased[2][SLOT_BYTES];
    unsigned erase_steps;
    size_t at_once;
    unsigned power; /* bytes or erase steps until it goes */
} memory;

static void
read_slot(uint8_t slot, size_t offset, uint8_t* bytes, size_t count) {
    CHECK(slot < 2u && offset + count <= SLOT_BYTES);
    memcpy(bytes, &memory.slots[slot][offset], count);
}

static bool
erase_slot(uint8_t slot) {
    if (memory.power == 0u) {
        return false;
    }
    memory.power--;
    if (memory.erase_steps > 0u) {
        memory.erase_steps--;
        memset(memory.slots[slot], 0x5A, SLOT_BYTES / 3u);
        return false;
    }
    memset(memory.slots[slot], 0xFF, SLOT_BYTES);
    memset(memory.erased[slot], true, SLOT_BYTES);
    return true;
}

static size_t
write_slot(uint8_t slot, size_t offset, const uint8_t* bytes, size_t count) {
    size_t taken = 0;

    CHECK(slot < 2u && offset + count <= SLOT_BYTES);
    CHECK(count > 0u);
    while (taken < count && taken < memory.at_once && memory.power > 0u) {
        CHECK(memory.erased[slot][offset + taken]); /* once, after it was erased */
        memory.erased[slot][offset + taken] = false;
        memory.slots[slot][offset + taken] = bytes[taken];
        memory.power--;
        taken++;
    }
    return taken;
}

static const reflex_storage storage = {
    .slot_bytes = SLOT_BYTES, .step_us = 1, .read = read_slot, .erase = erase_slot, .write = write_slot};
static const reflex_store_identity wanted = {1, 2, 3, 0, BLOCK_BYTES};

static reflex_store store;
static uint8_t found[BLOCK_BYTES];

/* The policy hash of what a boot finds; 0: nothing. */
static uint64_t
boot(void) {
    reflex_store_identity identity = wanted;

    memset(found, 0, sizeof(found));
    return reflex_store_start(&store, &storage, &identity, found) ? identity.policy_hash : 0u;
}

static void
clear(void) {
    memset(&memory, 0, sizeof(memory));
    memset(memory.slots, 0xFF, sizeof(memory.slots));
    memory.at_once = SLOT_BYTES;
    memory.power = ~0u;
    CHECK_EQUAL(boot(), 0);
}

/* Stores a block of bytes `mark`. Whether it was finished in many enough steps. */
static bool
keep(uint8_t mark, uint32_t bytes) {
    static uint8_t block[BLOCK_BYTES];
    reflex_store_identity identity = wanted;

    memset(block, mark, sizeof(block));
    identity.policy_hash = mark;
    identity.bytes = bytes;
    CHECK(reflex_store_begin(&store, &identity, block));
    for (int step = 0; step < 400 && reflex_store_busy(&store); step++) {
        reflex_store_work(&store);
    }
    return !reflex_store_busy(&store);
}

static bool
holds(uint8_t mark) {
    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        if (found[i] != mark) {
            return false;
        }
    }
    return true;
}

TEST(the_newest_is_found) {
    clear();
    for (uint8_t mark = 1; mark < 20u; mark++) {
        CHECK(keep(mark, BLOCK_BYTES));
        if (mark % 3u != 0u) { /* a boot between, or none */
            CHECK_EQUAL(boot(), mark);
            CHECK(holds(mark));
        }
        reflex_store_work(&store); /* with nothing to do */
    }
}

TEST(a_slow_storage_gets_there) {
    for (size_t at_once = 1; at_once < 70u; at_once += 17u) {
        clear();
        memory.at_once = at_once;
        memory.erase_steps = 5;
        CHECK(keep(1, BLOCK_BYTES));
        CHECK_EQUAL(boot(), 1);
        CHECK(holds(1));
    }
}

TEST(a_storage_that_fails_ruins_nothing) {
    clear();
    CHECK(keep(1, BLOCK_BYTES));
    memory.at_once = 0;
    CHECK(!keep(2, BLOCK_BYTES));
    CHECK_EQUAL(boot(), 1);
    memory.erase_steps = ~0u;
    CHECK(!keep(3, BLOCK_BYTES));
    CHECK_EQUAL(boot(), 1);
    CHECK(holds(1));
}

/* The power goes after any number of bytes: then there is the old block or the new one, whole. */
TEST(a_power_cut_at_any_byte) {
    for (unsigned power = 0; power < 2u + SLOT_BYTES; power++) {
        const bool finished = power > SLOT_BYTES;

        clear();
        CHECK(keep(1, BLOCK_BYTES));
        CHECK(keep(2, BLOCK_BYTES));
        memory.power = power;
        CHECK_EQUAL(keep(3, BLOCK_BYTES), finished);
        memory.power = ~0u;
        CHECK_EQUAL(boot(), finished ? 3 : 2);
        CHECK(holds(finished ? 3 : 2));
        CHECK(keep(4, BLOCK_BYTES));
        CHECK_EQUAL(boot(), 4);
    }
}

TEST(no_block_is_what_the_image_was_built_with) {
    clear();
    CHECK(keep(1, BLOCK_BYTES));
    CHECK(keep(2, 0));
    CHECK_EQUAL(boot(), 0);
    CHECK(keep(3, BLOCK_BYTES));
    CHECK_EQUAL(boot(), 3);
}

TEST(what_is_begun_anew_is_written_anew) {
    const reflex_store_identity other = {1, 2, 3, 9, BLOCK_BYTES};
    static const uint8_t block[BLOCK_BYTES] = {9};

    clear();
    CHECK(reflex_store_begin(&store, &other, block));
    reflex_store_work(&store);
    reflex_store_work(&store);
    CHECK(keep(5, BLOCK_BYTES));
    CHECK_EQUAL(boot(), 5);
    CHECK(holds(5));
}

TEST(what_belongs_to_another_image_is_passed_over) {
    for (int field = 0; field < 4; field++) {
        reflex_store_identity identity = wanted;

        clear();
        CHECK(keep(1, BLOCK_BYTES));
        identity.schema_hash += field == 0;
        identity.layout_hash += field == 1;
        identity.image_hash += field == 2;
        identity.bytes -= field == 3;
        CHECK(!reflex_store_start(&store, &storage, &identity, found));
    }
}

TEST(any_bit_that_flips_is_seen) {
    clear();
    CHECK(keep(1, BLOCK_BYTES));
    for (size_t bit = 0; bit < 8u * SLOT_BYTES; bit++) {
        uint8_t* byte = &memory.slots[store.slot][bit / 8u];

        *byte = (uint8_t)(*byte ^ 1u << bit % 8u);
        CHECK_EQUAL(boot(), 0);
        *byte = (uint8_t)(*byte ^ 1u << bit % 8u);
        CHECK_EQUAL(boot(), 1);
    }
}

TEST(sequence_numbers_wrap) {
    clear();
    store.sequence = UINT32_MAX - 3u;
    for (uint8_t mark = 1; mark < 9u; mark++) {
        CHECK(keep(mark, BLOCK_BYTES));
        CHECK_EQUAL(boot(), mark);
    }
}

TEST(two_slots_of_one_number_are_one) {
    clear();
    CHECK(keep(1, BLOCK_BYTES));
    memcpy(memory.slots[store.slot ^ 1u], memory.slots[store.slot], SLOT_BYTES);
    CHECK_EQUAL(boot(), 1);
}

TEST(no_room) {
    static const reflex_storage little = {.slot_bytes = SLOT_BYTES - 1u};
    static const reflex_storage less = {.slot_bytes = REFLEX_STORE_HEAD_BYTES - 1u};
    static const reflex_storage* const storages[] = {NULL, &little, &less};
    reflex_store_identity identity = wanted;

    for (size_t i = 0; i < 3u; i++) {
        CHECK(!reflex_store_start(&store, storages[i], &identity, found));
        CHECK(!reflex_store_begin(&store, &wanted, found));
        CHECK(!reflex_store_busy(&store));
    }
}
