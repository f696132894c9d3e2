/* The application that runs a policy on the host's inputs. */
#include "harness.h"
#include "host.h"

static host_payload payload;

static void
infer(uint32_t tick, uint8_t reset, uint16_t inputs) {
    reflex_writer* writer = host_begin(&payload);

    reflex_write_u32(writer, tick);
    reflex_write_u8(writer, reset);
    reflex_write_u16(writer, inputs);
    for (uint16_t i = 0; i < inputs; i++) {
        reflex_write_u8(writer, (uint8_t)(tick + i));
    }
    host_send(REFLEX_ID_INFER, &payload);
}

static void
measure(uint32_t repeats, uint16_t inputs) {
    reflex_writer* writer = host_begin(&payload);

    reflex_write_u32(writer, 5);
    reflex_write_u32(writer, repeats);
    reflex_write_u16(writer, inputs);
    for (uint16_t i = 0; i < inputs; i++) {
        reflex_write_u8(writer, (uint8_t)i);
    }
    host_send(REFLEX_ID_MEASURE, &payload);
}

/* The outcome of the next `inferred`; -1: none came. */
static int
inferred(uint32_t tick, int8_t output) {
    reference_frame frame;

    if (!board_find(REFLEX_ID_INFERRED, &frame)) {
        return -1;
    }
    CHECK_EQUAL(frame.payload[0], tick);
    CHECK_EQUAL(frame.payload[5], frame.payload[4] == REFLEX_OUTCOME_OK ? POLICY_OUTPUT_SIZE : 0);
    if (frame.payload[4] == REFLEX_OUTCOME_OK) {
        CHECK_EQUAL((int8_t)frame.payload[7], output);
    }
    return frame.payload[4];
}

TEST(hello) {
    reference_frame frame;

    board_new();
    board_send(REFLEX_ID_HELLO_REQUEST, NULL, 0);
    CHECK(board_find(REFLEX_ID_HELLO, &frame));
    CHECK_EQUAL(frame.count, REFLEX_HELLO_BYTES(0u));
    CHECK_EQUAL(frame.payload[0], REFLEX_PROTOCOL_VERSION);
    CHECK_EQUAL(frame.payload[1], REFLEX_APPLICATION_PROBE);
}

TEST(inferences) {
    board_new();
    infer(1, 1, POLICY_INPUT_SIZE);
    CHECK_EQUAL(inferred(1, 1), REFLEX_OUTCOME_OK);
    infer(2, 0, POLICY_INPUT_SIZE);
    CHECK_EQUAL(inferred(2, 2), REFLEX_OUTCOME_OK);
    CHECK_EQUAL(bench.remembered, 2);
    infer(2, 0, POLICY_INPUT_SIZE); /* asked again: not stepped again */
    CHECK_EQUAL(inferred(2, 2), REFLEX_OUTCOME_OK);
    CHECK_EQUAL(bench.remembered, 2);
    infer(2, 1, POLICY_INPUT_SIZE);
    CHECK_EQUAL(inferred(2, 2), REFLEX_OUTCOME_OK);
    CHECK_EQUAL(bench.remembered, 1);
}

TEST(a_policy_that_fails) {
    board_new();
    bench.policy_works = 0;
    infer(1, 0, POLICY_INPUT_SIZE);
    CHECK_EQUAL(inferred(1, 0), REFLEX_OUTCOME_POLICY_FAILED);
    infer(1, 0, POLICY_INPUT_SIZE); /* a failure is no answer to keep */
    CHECK_EQUAL(inferred(1, 0), REFLEX_OUTCOME_POLICY_FAILED);
    CHECK_EQUAL(bench.inferences, 2);
    bench.policy_works = 1;
    bench.policy_starts = 0;
    infer(2, 1, POLICY_INPUT_SIZE);
    CHECK_EQUAL(inferred(2, 0), REFLEX_OUTCOME_POLICY_FAILED);
    CHECK_EQUAL(bench.inferences, 2);
}

TEST(measurements) {
    for (int counts = 0; counts < 2; counts++) {
        reference_frame frame;
        reflex_reader reader = {frame.payload, REFLEX_MEASURED_BYTES, 0, true};

        board_make();
        board.counts = counts != 0;
        bench.policy_us = 3;
        board_boot();
        measure(10, POLICY_INPUT_SIZE);
        CHECK(board_find(REFLEX_ID_MEASURED, &frame));
        CHECK_EQUAL(reflex_read_u32(&reader), 5);
        CHECK_EQUAL(reflex_read_u8(&reader), REFLEX_OUTCOME_OK);
        CHECK_EQUAL(reflex_read_u32(&reader), 10);
        CHECK_EQUAL(reflex_read_u32(&reader), counts != 0 ? 30 * 64 : 30);
        CHECK_EQUAL(reflex_read_u32(&reader), 0);
        CHECK_EQUAL(reflex_read_u32(&reader), counts != 0 ? 64000000 : 1000000);
        bench.policy_works = 0;
        measure(2, POLICY_INPUT_SIZE);
        CHECK(board_find(REFLEX_ID_MEASURED, &frame));
        CHECK_EQUAL(frame.payload[4], REFLEX_OUTCOME_POLICY_FAILED);
        bench.policy_starts = 0;
        board_boot();
        measure(0, POLICY_INPUT_SIZE);
        CHECK(board_find(REFLEX_ID_MEASURED, &frame));
        CHECK_EQUAL(frame.payload[4], REFLEX_OUTCOME_POLICY_FAILED);
    }
}

TEST(what_is_refused) {
    board_new();
    infer(1, 0, POLICY_INPUT_SIZE + 1u);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_WRONG_SIZE + REFLEX_ID_INFER);
    measure(1, POLICY_INPUT_SIZE - 1u);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_WRONG_SIZE + REFLEX_ID_MEASURE);
    board_send(REFLEX_ID_INFER, NULL, 0);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE + REFLEX_ID_INFER);
    board_send(REFLEX_ID_MEASURE, NULL, 0);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE + REFLEX_ID_MEASURE);
    board_send(REFLEX_ID_STOP, NULL, 0);
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_UNKNOWN_MESSAGE + REFLEX_ID_STOP);
}

TEST(bad_frames_are_told) {
    board_new();
    board_offer("\x05", 2);
    board_poll();
    CHECK_EQUAL(host_problem(), -1);
    bench.now_us = REFLEX_PROBLEM_INTERVAL_US;
    bench.room = 0;
    board_poll();
    bench.room = ENDLESS;
    board_poll();
    board_poll();
    CHECK_EQUAL(host_problem(), 1000 * REFLEX_PROBLEM_CODE_BAD_FRAMES + 1);
}

/* One question at a time: none is lost, and none is answered before the line has room. */
TEST(a_stuck_line) {
    reference_frame frame;

    board_make();
    board.watched = false;
    board_boot();
    bench.room = 0;
    infer(1, 0, POLICY_INPUT_SIZE);
    infer(2, 0, POLICY_INPUT_SIZE);
    infer(3, 0, POLICY_INPUT_SIZE);
    CHECK_EQUAL(bench.inferences, 1);
    for (int n = 0; n < 100; n++) {
        bench.room = 1;
        board_poll();
    }
    for (uint32_t tick = 1; tick <= 3u; tick++) {
        CHECK_EQUAL(inferred(tick, (int8_t)tick), REFLEX_OUTCOME_OK);
    }
    CHECK(!board_take(&frame));
    CHECK_EQUAL(bench.alive, 0);
}
