/* New parameters: everything in order, everything out of order, and the power gone at each step. */
#include "harness.h"
#include "host.h"
#include "pack.h"
#include "reflex_crc32.h"
#include "reflex_store.h"

#include <string.h>

#define NEW_HASH UINT64_C(0x1122334455667788)

#if ROBOT_PARAMETER_SLOTS == 0

TEST(an_image_without_slots_says_so) {
    static const uint8_t payload[64];
    host_swap answer;

    board_new();
    board_send(REFLEX_ID_SWAP_BEGIN, payload, REFLEX_SWAP_BEGIN_BYTES);
    CHECK(host_swap_answer(&answer) && answer.outcome == REFLEX_SWAP_OUTCOME_NO_SLOT);
    CHECK(answer.policy_hash == POLICY_HASH && answer.stored == 1u && answer.phase == REFLEX_SWAP_PHASE_IDLE);
    board_send(REFLEX_ID_SWAP_CHUNK, payload, REFLEX_SWAP_CHUNK_BYTES(0u));
    CHECK(host_swap_answer(&answer) && answer.outcome == REFLEX_SWAP_OUTCOME_NO_SLOT);
    board_send(REFLEX_ID_SWAP_PROVE, payload, REFLEX_SWAP_PROVE_BYTES(0u, 0u));
    CHECK(host_swap_answer(&answer) && answer.outcome == REFLEX_SWAP_OUTCOME_NO_SLOT);
    board_send(REFLEX_ID_SWAP_COMMIT, payload, REFLEX_SWAP_COMMIT_BYTES);
    CHECK(host_swap_answer(&answer) && answer.outcome == REFLEX_SWAP_OUTCOME_NO_SLOT);
    board_send(REFLEX_ID_SWAP_REVERT, payload, REFLEX_SWAP_REVERT_BYTES);
    CHECK(host_swap_answer(&answer) && answer.outcome == REFLEX_SWAP_OUTCOME_NO_SLOT);
}

#else

static policy_parameters parameters;
static host_swap answer;

/* A block for the test policy, which adds `offset` to its input. */
static void
make(int8_t offset) {
    memset(&parameters, 0, sizeof(parameters));
    parameters.magic = POLICY_PARAMETERS_MAGIC;
    parameters.layout_hash[0] = (uint32_t)(POLICY_LAYOUT_HASH & UINT32_MAX);
    parameters.layout_hash[1] = (uint32_t)(POLICY_LAYOUT_HASH >> 32);
    parameters.offset = offset;
}

static bool
answered(uint8_t outcome) {
    return CHECK(host_swap_answer(&answer)) && CHECK_EQUAL(answer.outcome, outcome);
}

/* Announces them, `packed` bytes of which travel, as the difference to a base; 0: to nothing. */
static void
begin_packed(uint64_t schema_hash, uint64_t layout_hash, uint64_t policy_hash, uint32_t bytes, uint32_t packed,
             uint64_t base_hash) {
    host_payload payload;
    reflex_writer* writer = host_begin(&payload);

    reflex_write_u64(writer, schema_hash);
    reflex_write_u64(writer, layout_hash);
    reflex_write_u64(writer, policy_hash);
    reflex_write_u32(writer, bytes);
    reflex_write_u32(writer, reflex_crc32(0, (const uint8_t*)&parameters, sizeof(parameters)));
    reflex_write_u32(writer, packed);
    reflex_write_u64(writer, base_hash);
    host_send(REFLEX_ID_SWAP_BEGIN, &payload);
}

static void
begin_for(uint64_t schema_hash, uint64_t layout_hash, uint64_t policy_hash, uint32_t bytes) {
    begin_packed(schema_hash, layout_hash, policy_hash, bytes, bytes, 0);
}

static void
begin(uint64_t policy_hash) {
    begin_for(ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, policy_hash, POLICY_PARAMETERS_BYTES);
}

static void
chunk_of(const uint8_t* bytes, uint32_t offset, uint16_t count) {
    host_payload payload;
    reflex_writer* writer = host_begin(&payload);

    reflex_write_u32(writer, offset);
    reflex_write_u16(writer, count);
    for (uint32_t i = offset; i < offset + count; i++) {
        reflex_write_u8(writer, i < sizeof(parameters) ? bytes[i] : 0u);
    }
    host_send(REFLEX_ID_SWAP_CHUNK, &payload);
}

static void
chunk(uint32_t offset, uint16_t count) {
    chunk_of((const uint8_t*)&parameters, offset, count);
}

static void
send_all(void) {
    chunk(0, 60);
    chunk(60, POLICY_PARAMETERS_BYTES - 60);
}

static void
prove_sized(uint16_t index, int8_t input, int8_t output, uint16_t inputs, uint16_t outputs) {
    host_payload payload;
    reflex_writer* writer = host_begin(&payload);

    reflex_write_u16(writer, index);
    reflex_write_u16(writer, inputs);
    for (uint16_t i = 0; i < inputs; i++) {
        reflex_write_u8(writer, (uint8_t)input);
    }
    reflex_write_u16(writer, outputs);
    for (uint16_t i = 0; i < outputs; i++) {
        reflex_write_u8(writer, (uint8_t)output);
    }
    host_send(REFLEX_ID_SWAP_PROVE, &payload);
    board_poll();
    board_poll();
}

static void
prove(uint16_t index, int8_t input, int8_t output) {
    prove_sized(index, input, output, POLICY_INPUT_SIZE, POLICY_OUTPUT_SIZE);
}

static void
commit(uint64_t policy_hash) {
    host_payload payload;

    reflex_write_u64(host_begin(&payload), policy_hash);
    host_send(REFLEX_ID_SWAP_COMMIT, &payload);
}

static void
revert(uint64_t policy_hash) {
    host_payload payload;

    reflex_write_u64(host_begin(&payload), policy_hash);
    host_send(REFLEX_ID_SWAP_REVERT, &payload);
}

/* All the polls that checking and storing take. */
static void
settle(void) {
    for (int poll = 0; poll < 300; poll++) {
        board_poll();
    }
}

/* All bytes, in two chunks, and checked. */
static void
transfer(int8_t offset, uint64_t policy_hash) {
    make(offset);
    board_forget();
    begin(policy_hash);
    answered(REFLEX_SWAP_OUTCOME_OK);
    chunk(0, 60);
    answered(REFLEX_SWAP_OUTCOME_OK);
    chunk(60, POLICY_PARAMETERS_BYTES - 60);
    settle();
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.received, POLICY_PARAMETERS_BYTES);
    chunk(POLICY_PARAMETERS_BYTES, 0); /* asks how it went */
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.phase, REFLEX_SWAP_PHASE_RECEIVED);
}

static void
swap_in(int8_t offset, uint64_t policy_hash) {
    transfer(offset, policy_hash);
    prove(0, 10, (int8_t)(10 + offset));
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.proven, 1);
    commit(policy_hash);
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.phase, REFLEX_SWAP_PHASE_COMMITTED);
}

/* What the policy that drives adds to its input. */
static int
drives(void) {
    host_tick tick;

    host_set_mode(REFLEX_MODE_AUTO, REFLEX_SOURCE_SENSORS);
    return CHECK(host_pass_tick(&tick)) ? tick.output[0] - tick.input[0] : 999;
}

TEST(new_parameters_drive_and_the_old_ones_come_back) {
    board_new();
    CHECK_EQUAL(drives(), 0);
    swap_in(3, NEW_HASH);
    CHECK(answer.policy_hash == NEW_HASH);
    CHECK_EQUAL(drives(), 3);
    swap_in(4, NEW_HASH + 1u);
    CHECK_EQUAL(drives(), 4);
    revert(NEW_HASH + 1u);
    board_forget();
    CHECK_EQUAL(drives(), 3);
    revert(NEW_HASH + 1u); /* asked again */
    CHECK_EQUAL(drives(), 3);
    board_forget();
    revert(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_NO_SLOT); /* one step back, no further */
    swap_in(5, NEW_HASH + 2u);
    commit(NEW_HASH + 2u); /* asked again */
    answered(REFLEX_SWAP_OUTCOME_OK);
    commit(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_NOT_READY);
    CHECK_EQUAL(drives(), 5);
}

/* As the difference to what drives, one byte at a time or all at once. */
TEST(packed_parameters_drive) {
    for (uint16_t piece = 1; piece <= 100u; piece += 99u) {
        uint8_t packed[2u * sizeof(parameters)];
        uint16_t count;

        board_new();
        for (int8_t offset = 3; offset < 6; offset++) {
            const uint64_t base_hash = offset == 3 ? POLICY_HASH : offset == 4 ? NEW_HASH + 3u : 0u;
            policy_parameters difference;

            make(offset == 3 ? 0 : 3);
            difference = parameters;
            make(offset);
            for (size_t i = 0; i < sizeof(parameters); i++) {
                const uint8_t before = base_hash != 0u ? ((const uint8_t*)&difference)[i] : 0u;

                ((uint8_t*)&difference)[i] = (uint8_t)(((const uint8_t*)&parameters)[i] - before);
            }
            count = (uint16_t)pack((const uint8_t*)&difference, sizeof(difference), packed);
            board_forget();
            begin_packed(ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, NEW_HASH + (uint64_t)offset, POLICY_PARAMETERS_BYTES,
                         count, base_hash);
            answered(REFLEX_SWAP_OUTCOME_OK);
            for (uint16_t at = 0; at < count; at = (uint16_t)(at + piece)) {
                chunk_of(packed, at, count - at < piece ? (uint16_t)(count - at) : piece);
            }
            settle();
            board_forget();
            prove(0, 10, (int8_t)(10 + offset));
            answered(REFLEX_SWAP_OUTCOME_OK);
            commit(NEW_HASH + (uint64_t)offset);
            answered(REFLEX_SWAP_OUTCOME_OK);
            CHECK_EQUAL(drives(), offset);
        }
    }
}

TEST(what_is_packed_for_another_base_is_refused) {
    make(3);
    board_new();
    begin_packed(ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, NEW_HASH, POLICY_PARAMETERS_BYTES, 10, NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_OTHER_BASE);
    begin_packed(ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, NEW_HASH, POLICY_PARAMETERS_BYTES, POLICY_PARAMETERS_BYTES + 1u,
                 0);
    answered(REFLEX_SWAP_OUTCOME_WRONG_SIZE);
    begin_packed(ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, NEW_HASH, POLICY_PARAMETERS_BYTES, 10, POLICY_HASH);
    answered(REFLEX_SWAP_OUTCOME_OK);
    begin_packed(ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, NEW_HASH, POLICY_PARAMETERS_BYTES, 11, POLICY_HASH);
    answered(REFLEX_SWAP_OUTCOME_OK);
    chunk(0, 5);
    answered(REFLEX_SWAP_OUTCOME_OK);
    begin_packed(ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, NEW_HASH, POLICY_PARAMETERS_BYTES, 11, POLICY_HASH);
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.received, 5); /* goes on */
    begin_packed(ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, NEW_HASH, POLICY_PARAMETERS_BYTES, 11, 0);
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.received, 0); /* another one */
}

TEST(back_to_what_the_image_was_built_with) {
    board_new();
    swap_in(3, NEW_HASH);
    revert(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK(answer.policy_hash == POLICY_HASH);
    CHECK_EQUAL(drives(), 0);
}

TEST(parameters_of_something_else_are_refused) {
    make(3);
    board_new();
    begin_for(ROBOT_SCHEMA_HASH + 1u, POLICY_LAYOUT_HASH, NEW_HASH, POLICY_PARAMETERS_BYTES);
    answered(REFLEX_SWAP_OUTCOME_OTHER_SCHEMA);
    begin_for(ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH + 1u, NEW_HASH, POLICY_PARAMETERS_BYTES);
    answered(REFLEX_SWAP_OUTCOME_OTHER_LAYOUT);
    begin_for(ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, NEW_HASH, POLICY_PARAMETERS_BYTES - 1u);
    answered(REFLEX_SWAP_OUTCOME_WRONG_SIZE);
    CHECK_EQUAL(answer.phase, REFLEX_SWAP_PHASE_IDLE);
}

TEST(steps_out_of_order_are_refused) {
    make(3);
    board_new();
    chunk(0, 10);
    answered(REFLEX_SWAP_OUTCOME_NOT_READY);
    prove(0, 1, 4);
    answered(REFLEX_SWAP_OUTCOME_NOT_READY);
    commit(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_NOT_READY);
    revert(POLICY_HASH);
    answered(REFLEX_SWAP_OUTCOME_NO_SLOT);
    begin(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_OK);
    chunk(1, 10);
    answered(REFLEX_SWAP_OUTCOME_WRONG_PLACE);
    chunk(0, 20);
    answered(REFLEX_SWAP_OUTCOME_OK);
    chunk(10, 20); /* half of it known */
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.received, 30);
    chunk(0, 5); /* all of it */
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.received, 30);
    prove(0, 1, 4);
    answered(REFLEX_SWAP_OUTCOME_NOT_READY);
    commit(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_NOT_READY);
    begin(NEW_HASH); /* goes on where it was */
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.received, 30);
    begin(NEW_HASH + 1u); /* another one: from the start */
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.received, 0);
    chunk(0, 10);
    answered(REFLEX_SWAP_OUTCOME_OK);
    make(4);
    begin(NEW_HASH + 1u); /* another one of that name */
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.received, 0);
}

TEST(proofs_out_of_order_are_refused) {
    board_new();
    transfer(3, NEW_HASH);
    chunk(POLICY_PARAMETERS_BYTES, 1);
    answered(REFLEX_SWAP_OUTCOME_WRONG_SIZE);
    commit(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_NOT_READY); /* nothing is proven */
    prove(1, 1, 4);
    answered(REFLEX_SWAP_OUTCOME_WRONG_PLACE);
    prove_sized(0, 1, 4, POLICY_INPUT_SIZE + 1u, POLICY_OUTPUT_SIZE);
    answered(REFLEX_SWAP_OUTCOME_WRONG_SIZE);
    prove_sized(0, 1, 4, POLICY_INPUT_SIZE, 0);
    answered(REFLEX_SWAP_OUTCOME_WRONG_SIZE);
    prove(0, 1, 4);
    answered(REFLEX_SWAP_OUTCOME_OK);
    prove(0, 1, 4); /* once more, as after a lost answer */
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.proven, 1);
    commit(NEW_HASH + 1u);
    answered(REFLEX_SWAP_OUTCOME_NOT_READY);
    commit(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_OK);
    prove(1, 1, 4); /* too late to matter */
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(drives(), 3);
}

TEST(a_wrong_output_drops_them) {
    board_new();
    transfer(3, NEW_HASH);
    prove(0, 1, 4);
    answered(REFLEX_SWAP_OUTCOME_OK);
    prove(1, 1, 5);
    answered(REFLEX_SWAP_OUTCOME_WRONG_OUTPUT);
    CHECK_EQUAL(answer.phase, REFLEX_SWAP_PHASE_IDLE);
    CHECK_EQUAL(drives(), 0);
}

TEST(a_policy_that_fails_the_proof_drops_them) {
    for (int how = 0; how < 2; how++) {
        board_new();
        transfer(3, NEW_HASH);
        if (how == 0) {
            bench.policy_starts = 0;
        } else {
            bench.policy_works = 0;
        }
        prove(0, 1, 4);
        answered(REFLEX_SWAP_OUTCOME_WRONG_OUTPUT);
        bench.policy_starts = 1;
        bench.policy_works = 1;
        CHECK_EQUAL(drives(), 0);
    }
}

TEST(a_policy_that_does_not_start_again_leaves_the_old_one) {
    board_new();
    transfer(3, NEW_HASH);
    prove(0, 1, 4);
    answered(REFLEX_SWAP_OUTCOME_OK);
    bench.policy_starts = 0;
    commit(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_WRONG_OUTPUT);
    bench.policy_starts = 1;
    CHECK_EQUAL(drives(), 0);
    board_forget();
    swap_in(3, NEW_HASH);
    bench.policy_starts = 0;
    revert(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_WRONG_OUTPUT);
    bench.policy_starts = 1;
    CHECK_EQUAL(drives(), 3);
}

TEST(a_wrong_crc_or_layout_drops_them) {
    for (int what = 0; what < 2; what++) {
        make(3);
        board_new();
        if (what == 1) {
            parameters.layout_hash[1]++;
        }
        begin(NEW_HASH);
        answered(REFLEX_SWAP_OUTCOME_OK);
        if (what == 0) {
            parameters.offset++;
        }
        send_all();
        settle();
        chunk(POLICY_PARAMETERS_BYTES, 0);
        while (host_swap_answer(&answer) && answer.outcome == REFLEX_SWAP_OUTCOME_OK) {
        }
        CHECK_EQUAL(answer.outcome, what == 0 ? REFLEX_SWAP_OUTCOME_WRONG_CRC : REFLEX_SWAP_OUTCOME_OTHER_LAYOUT);
        CHECK_EQUAL(answer.phase, REFLEX_SWAP_PHASE_IDLE);
        CHECK_EQUAL(drives(), 0);
    }
}

/* What the policy that drives remembers is not touched by a proof; a commit forgets it. */
TEST(memory) {
    uint32_t remembered;

    board_new();
    CHECK_EQUAL(drives(), 0);
    CHECK_EQUAL(drives(), 0);
    remembered = bench.remembered;
    CHECK_EQUAL(remembered, 2);
    transfer(3, NEW_HASH);
    prove(0, 1, 4);
#if POLICY_STATE_BYTES > 0
    CHECK_EQUAL(bench.remembered, remembered);
#endif
    commit(NEW_HASH);
    CHECK_EQUAL(bench.remembered, 0);
}

/* Where a tick leaves no time, nothing is checked or proven: the robot comes first. */
TEST(work_is_done_when_there_is_time) {
    board_new();
    make(3);
    bench.policy_us = 3u * ROBOT_PERIOD_US / 4u;
    board_boot(); /* measures that */
    CHECK_EQUAL(drives(), 0);
    begin(NEW_HASH);
    send_all();
    settle();
    board_forget();
    prove(0, 1, 4);
    settle();
    CHECK(!host_swap_answer(&answer));
    prove(0, 1, 5); /* another one while that waits */
    settle();
    CHECK(!host_swap_answer(&answer));
    bench.policy_us = 0;
    board_boot();
    swap_in(3, NEW_HASH);
    CHECK_EQUAL(drives(), 3);
}

TEST(two_requests_may_share_an_answer) {
    make(3);
    board_new();
    board_forget();
    bench.room = 2; /* the line is stuck */
    begin(NEW_HASH);
    chunk(0, 10);
    chunk(20, 10);
    chunk(10, 10);
    bench.room = ENDLESS;
    board_poll();
    CHECK(host_swap_answer(&answer));
    while (host_swap_answer(&answer)) {
    }
    CHECK_EQUAL(answer.outcome, REFLEX_SWAP_OUTCOME_WRONG_PLACE);
    CHECK_EQUAL(answer.received, 20);
}

TEST(what_was_swapped_in_survives_a_reboot) {
    board_make();
    board.storage.there = true;
    board.storage.erase_steps = 3;
    board.storage.at_once = 7;
    board_boot();
    for (int8_t offset = 1; offset < 6; offset++) {
        swap_in(offset, NEW_HASH + (uint64_t)offset);
        CHECK_EQUAL(answer.stored, 0);
        settle();
        commit(NEW_HASH + (uint64_t)offset);
        answered(REFLEX_SWAP_OUTCOME_OK);
        CHECK_EQUAL(answer.stored, 1);
        if (offset % 2 == 0) {
            board_boot();
        }
        CHECK_EQUAL(drives(), offset);
    }
    board_boot();
    CHECK_EQUAL(drives(), 5);
    revert(NEW_HASH + 5u); /* to what the image was built with: the others are gone */
    settle();
    CHECK_EQUAL(drives(), 0);
    board_boot();
    CHECK_EQUAL(drives(), 0);
    CHECK_EQUAL(board.storage.misuses, 0);
}

TEST(without_storage_it_does_not) {
    board_new();
    swap_in(3, NEW_HASH);
    CHECK_EQUAL(answer.stored, 0);
    board_boot();
    CHECK_EQUAL(drives(), 0);
}

TEST(a_storage_that_fails_keeps_nobody_from_driving) {
    for (int how = 0; how < 2; how++) {
        board_make();
        board.storage.there = true;
        board.storage.erase_steps = how == 0 ? ENDLESS : 1u;
        board.storage.at_once = 0;
        board_boot();
        swap_in(3, NEW_HASH);
        settle();
        CHECK_EQUAL(drives(), 3);
        board_forget();
        commit(NEW_HASH);
        answered(REFLEX_SWAP_OUTCOME_OK);
        CHECK_EQUAL(answer.stored, 0);
        board_boot();
        CHECK_EQUAL(drives(), 0);
    }
}

/* The power goes after any number of bytes written: the boot finds the old parameters or the new ones. */
TEST(a_power_cut_while_storing) {
    const uint32_t needed = 1u + POLICY_PARAMETERS_BYTES + REFLEX_STORE_HEAD_BYTES;

    for (uint32_t power = 0; power <= needed; power++) {
        int after;

        board_make();
        board.storage.there = true;
        board_boot();
        swap_in(1, NEW_HASH);
        settle();
        board.storage.power = power;
        swap_in(2, NEW_HASH + 1u);
        settle();
        board.storage.power = ENDLESS;
        board_boot();
        after = drives();
        CHECK_EQUAL(after, power == needed ? 2 : 1);
        CHECK_EQUAL(board.storage.misuses, 0);
    }
}

/* Neither checked nor stored in a tick that has no time to spare, nor when the next one is near. */
TEST(a_tick_comes_first) {
    host_tick tick;

    board_make();
    board.storage.there = true;
    board.storage.at_once = 1;
    board_boot();
    swap_in(3, NEW_HASH);
    host_set_mode(REFLEX_MODE_AUTO, REFLEX_SOURCE_SENSORS);
    CHECK(host_pass_tick(&tick));
    bench.now_us += ROBOT_PERIOD_US - 50u;
    settle();
    board_forget();
    commit(NEW_HASH);
    answered(REFLEX_SWAP_OUTCOME_OK);
    CHECK_EQUAL(answer.stored, 0);
    make(4);
    begin(NEW_HASH + 1u);
    bench.now_us += 50u;
    bench.read_us = ROBOT_PERIOD_US;
    chunk(0, 60);
    bench.read_us = 0;
    chunk(60, POLICY_PARAMETERS_BYTES - 60);
    settle();
    board_forget();
    prove(0, 1, 5);
    answered(REFLEX_SWAP_OUTCOME_OK);
}

/* A block in storage, whole, but one that the policy does not take: the image's own drives. */
TEST(what_was_stored_must_fit_the_policy) {
    reflex_store_identity identity = {ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, POLICY_HASH, NEW_HASH,
                                      POLICY_PARAMETERS_BYTES};
    reflex_store store;

    make(3);
    parameters.magic++;
    board_make();
    board.storage.there = true;
    (void)reflex_store_start(&store, &board_storage_port, &identity, (uint8_t*)&parameters);
    identity.policy_hash = NEW_HASH;
    CHECK(reflex_store_begin(&store, &identity, (const uint8_t*)&parameters));
    while (reflex_store_busy(&store)) {
        reflex_store_work(&store);
    }
    board_boot();
    CHECK_EQUAL(drives(), 0);
    swap_in(4, NEW_HASH);
    CHECK_EQUAL(drives(), 4);
}

/* A stored block that the policy refuses to start with is passed over. */
TEST(what_was_stored_must_start) {
    board_make();
    board.storage.there = true;
    board_boot();
    swap_in(3, NEW_HASH);
    settle();
    bench.policy_starts = 0;
    board_boot();
    bench.policy_starts = 1;
    board_forget();
    host_set_mode(REFLEX_MODE_AUTO, REFLEX_SOURCE_SENSORS);
    CHECK_EQUAL(host_mode(), 100 * REFLEX_MODE_SAFE + REFLEX_REASON_POLICY_FAILED);
    board_boot();
    CHECK_EQUAL(drives(), 3);
}

#endif
