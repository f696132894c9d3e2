/* What the agent answers to, and what it refuses. */
#include "harness.h"
#include "host.h"

#include <math.h>
#include <string.h>

TEST(boot_says_so_and_moves_nothing) {
    reference_frame frame;

    board_new();
    CHECK_EQUAL(bench.acts, 1);
    CHECK(bench.motor == 0.0f);
    board_poll();
    CHECK_EQUAL(host_mode(), 100 * REFLEX_MODE_SAFE + 10 * REFLEX_SOURCE_SENSORS + REFLEX_REASON_BOOT);
    CHECK(!board_take(&frame));
}

TEST(hello_says_who_is_there) {
    reference_frame frame;
    reflex_reader reader = {frame.payload, REFLEX_HELLO_BYTES(sizeof(ROBOT_NAME) - 1u), 0, true};

    board_new();
    board_send(REFLEX_ID_HELLO_REQUEST, "a version of another form", 25);
    if (!CHECK(board_find(REFLEX_ID_HELLO, &frame))) {
        return;
    }
    CHECK_EQUAL(frame.count, reader.count);
    CHECK_EQUAL(reflex_read_u8(&reader), REFLEX_PROTOCOL_VERSION);
    CHECK_EQUAL(reflex_read_u8(&reader), REFLEX_APPLICATION_AGENT);
    CHECK(reflex_read_u64(&reader) == ROBOT_SCHEMA_HASH);
    CHECK_EQUAL(reflex_read_u16(&reader), ROBOT_SCHEMA_REVISION);
    CHECK(reflex_read_u64(&reader) == POLICY_HASH);
    CHECK(reflex_read_u64(&reader) == (ROBOT_PARAMETER_SLOTS > 0 ? POLICY_LAYOUT_HASH : 0u));
    CHECK_EQUAL(reflex_read_u32(&reader), POLICY_PARAMETERS_BYTES);
    CHECK(reflex_read_u64(&reader) == ROBOT_FIRMWARE_HASH);
    CHECK_EQUAL(reflex_read_u32(&reader), ROBOT_PERIOD_US);
    CHECK_EQUAL(reflex_read_u16(&reader), ROBOT_OBSERVATION_BYTES);
    CHECK_EQUAL(reflex_read_u16(&reader), ROBOT_ACTION_BYTES);
    CHECK_EQUAL(reflex_read_u16(&reader), POLICY_INPUT_SIZE);
    CHECK_EQUAL(reflex_read_u16(&reader), POLICY_OUTPUT_SIZE);
    CHECK_EQUAL(reflex_read_u32(&reader), ROBOT_RING_TICKS);
    CHECK_EQUAL(reflex_read_u16(&reader), 512);
    (void)reflex_read_u16(&reader); /* the longest request: see below */
    CHECK_EQUAL(reflex_read_u32(&reader), ROBOT_LINK_TIMEOUT_US);
    CHECK_EQUAL(reflex_read_u32(&reader), policy_arena_bytes());
    CHECK_EQUAL(reflex_read_u32(&reader), policy_arena_used());
    CHECK_EQUAL(reflex_read_u8(&reader), sizeof(ROBOT_NAME) - 1u);
    CHECK(memcmp(reflex_read_bytes(&reader, sizeof(ROBOT_NAME) - 1u), ROBOT_NAME, sizeof(ROBOT_NAME) - 1u) == 0);
}

/* Requests in their form, which is all of bytes 0 unless it has lengths. */
static const struct {
    uint8_t id;
    uint8_t count;
    uint8_t length_at; /* where the low byte of a blob's length is; 0: there is none */
    uint8_t length;
} forms[] = {
    {REFLEX_ID_SET_MODE, REFLEX_SET_MODE_BYTES, 0, 0},
    {REFLEX_ID_OBSERVE, REFLEX_OBSERVE_BYTES(ROBOT_OBSERVATION_BYTES), 4, ROBOT_OBSERVATION_BYTES},
    {REFLEX_ID_ACT, REFLEX_ACT_BYTES(ROBOT_ACTION_BYTES), 0, ROBOT_ACTION_BYTES},
    {REFLEX_ID_PULSE, REFLEX_PULSE_BYTES, 0, 0},
    {REFLEX_ID_REFILL, REFLEX_REFILL_BYTES, 0, 0},
    {REFLEX_ID_SWAP_BEGIN, REFLEX_SWAP_BEGIN_BYTES, 0, 0},
    {REFLEX_ID_SWAP_CHUNK, REFLEX_SWAP_CHUNK_BYTES(3u), 4, 3},
    {REFLEX_ID_SWAP_PROVE, REFLEX_SWAP_PROVE_BYTES(POLICY_INPUT_SIZE, 0u), 2, POLICY_INPUT_SIZE},
    {REFLEX_ID_SWAP_COMMIT, REFLEX_SWAP_COMMIT_BYTES, 0, 0},
    {REFLEX_ID_SWAP_REVERT, REFLEX_SWAP_REVERT_BYTES, 0, 0},
};

/* One byte less or more than its table has, and each message is refused. Where the longest request has a byte more, that is no
   message but a frame too long. */
TEST(malformed_requests_are_refused) {
    for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
        for (int change = -1; change <= 1; change++) {
            const bool too_long =
                ROBOT_PARAMETER_SLOTS == 0 && forms[form].count + change > (int)REFLEX_SWAP_BEGIN_BYTES;
            uint8_t payload[64] = {0};

            board_new();
            board_forget();
            payload[forms[form].length_at] = forms[form].length;
            board_send(forms[form].id, payload, (size_t)(forms[form].count + change));
            CHECK_EQUAL(host_problem() == 1000 * REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE + forms[form].id,
                        change != 0 && !too_long);
        }
    }
}

TEST(a_stop_needs_no_form_and_a_hand_back_does) {
    board_new();
    board_forget();
    board_send(REFLEX_ID_HAND_BACK, "x", 1);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE + REFLEX_ID_HAND_BACK);
    board_send(REFLEX_ID_STOP, "x", 1);
    CHECK_EQUAL(host_mode(), 100 * REFLEX_MODE_SAFE + 10 * REFLEX_SOURCE_SENSORS + REFLEX_REASON_STOP);
}

/* The last problem is told, when the line has room: none is made up meanwhile. */
TEST(problems_wait_for_the_line) {
    board_new();
    board_forget();
    bench.room = 2;
    board_send(0x70, NULL, 0); /* under way */
    board_send(0x71, NULL, 0);
    board_offer("\x05", 2);
    board_pass(2u * REFLEX_PROBLEM_INTERVAL_US, REFLEX_PROBLEM_INTERVAL_US);
    bench.room = ENDLESS;
    board_poll();
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_UNKNOWN_MESSAGE + 0x70);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_UNKNOWN_MESSAGE + 0x71);
    board_poll();
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_BAD_FRAMES + 1);
}

TEST(values_beyond_their_lists_are_refused) {
    board_new();
    host_set_mode(REFLEX_MODE_COUNT, REFLEX_SOURCE_SENSORS);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE + REFLEX_ID_SET_MODE);
    host_set_mode(REFLEX_MODE_SAFE, REFLEX_SOURCE_COUNT);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE + REFLEX_ID_SET_MODE);
}

TEST(unknown_messages_are_named) {
    board_new();
    for (unsigned id = 0; id < 256u; id++) {
        const bool known = (id >= REFLEX_ID_HELLO_REQUEST && id <= REFLEX_ID_SWAP_REVERT) && id != REFLEX_ID_INFER &&
                           id != REFLEX_ID_MEASURE;

        board_forget();
        board_send((uint8_t)id, NULL, 0);
        CHECK_EQUAL(host_problem() == 1000 * REFLEX_PROBLEM_CODE_UNKNOWN_MESSAGE + (long)id, !known);
    }
}

TEST(blobs_of_another_robot_are_refused) {
    static const uint8_t observe[] = {1, 0, 0, 0, 4, 0, 1, 2, 3, 4};
    static const uint8_t act[] = {5, 0, 1, 2, 3, 4, 5};

    board_new();
    host_set_mode(REFLEX_MODE_TELEOP, REFLEX_SOURCE_HOST);
    board_forget();
    board_send(REFLEX_ID_OBSERVE, observe, sizeof(observe));
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_WRONG_SIZE + REFLEX_ID_OBSERVE);
    board_send(REFLEX_ID_ACT, act, sizeof(act));
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_WRONG_SIZE + REFLEX_ID_ACT);
    host_act(NAN);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE + REFLEX_ID_ACT);
}

TEST(what_does_not_belong_in_a_mode_is_refused) {
    board_new();
    host_act(1.0f);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_UNEXPECTED_MESSAGE + REFLEX_ID_ACT);
    host_observe(1, 1.0f, 0);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_UNEXPECTED_MESSAGE + REFLEX_ID_OBSERVE);
}

TEST(bad_frames_are_told_once_a_second) {
    board_new();
    board_offer("\x05", 2);
    board_pass(REFLEX_PROBLEM_INTERVAL_US - 1000u, 1000);
    board_offer("\x05\x00\x05", 4);
    CHECK_EQUAL(host_problem(), -1);
    board_pass(1000, 1000);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_BAD_FRAMES + 3);
    board_offer("\x05", 2);
    board_pass(REFLEX_PROBLEM_INTERVAL_US - 1000u, 1000);
    CHECK_EQUAL(host_problem(), -1);
    board_pass(1000, 1000);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_BAD_FRAMES + 4);
}

TEST(a_pulse_comes_back) {
    reference_frame frame;
    reflex_reader reader = {frame.payload, REFLEX_PULSE_BACK_BYTES, 0, true};

    board_new();
    bench.act_us = 30;
    board_pass(3u * ROBOT_PERIOD_US, 70000); /* late by up to 70 ms */
    board_offer("\x05", 2);
    board_poll();
    board_forget();
    bench.room = 3; /* the line is stuck while it waits for its answer */
    host_pulse(77, 1, 0);
    bench.now_us += 5;
    bench.room = ENDLESS;
    board_poll();
    if (!CHECK(board_find(REFLEX_ID_PULSE_BACK, &frame))) {
        return;
    }
    CHECK_EQUAL(frame.count, REFLEX_PULSE_BACK_BYTES);
    CHECK_EQUAL(reflex_read_u32(&reader), 77);
    CHECK_EQUAL(reflex_read_u32(&reader), bench.now_us - 5u);
    (void)reflex_read_u32(&reader); /* held: below */
    CHECK_EQUAL(reflex_read_u32(&reader), 3);
    CHECK_EQUAL(reflex_read_u32(&reader), ROBOT_RING_TICKS > 2u ? 0 : 3u - ROBOT_RING_TICKS);
    CHECK_EQUAL(reflex_read_u32(&reader), 30);
    CHECK_EQUAL(reflex_read_u32(&reader), 40000);
    CHECK_EQUAL(reflex_read_u32(&reader), 0);
    CHECK_EQUAL(reflex_read_u32(&reader), 1);
}

TEST(the_watchdog_is_fed_once_a_poll) {
    board_new();
    for (uint32_t poll = 1; poll < 5u; poll++) {
        board_poll();
        CHECK_EQUAL(bench.alive, poll);
    }
    board_make();
    board.watched = false;
    board_boot();
    board_poll();
    CHECK_EQUAL(bench.alive, 0);
}
