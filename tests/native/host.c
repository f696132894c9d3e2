/* The host's side of a test. */
#include "host.h"

#include <string.h>

#include "harness.h"

#define RECORD_BYTES                                                                                                   \
    REFLEX_TICK_RECORD_BYTES(POLICY_INPUT_SIZE, POLICY_OUTPUT_SIZE, ROBOT_OBSERVATION_BYTES, ROBOT_ACTION_BYTES)

static uint32_t acknowledged; /* behind the last tick that host_pass_tick() has seen */

reflex_writer*
host_begin(host_payload* payload) {
    payload->writer.bytes = payload->bytes;
    payload->writer.capacity = sizeof(payload->bytes);
    payload->writer.count = 0;
    return &payload->writer;
}

void
host_send(uint8_t id, const host_payload* payload) {
    board_send(id, payload->bytes, payload->writer.count);
}

void
host_set_mode(uint8_t mode, uint8_t source) {
    const uint8_t payload[] = {mode, source};

    board_send(REFLEX_ID_SET_MODE, payload, sizeof(payload));
}

void
host_stop(void) {
    board_send(REFLEX_ID_STOP, NULL, 0);
}

static void
write_float(reflex_writer* writer, float value) {
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    reflex_write_u32(writer, bits);
}

static float
read_float(reflex_reader* reader) {
    const uint32_t bits = reflex_read_u32(reader);
    float value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

void
host_act(float motor) {
    host_payload payload;
    reflex_writer* writer = host_begin(&payload);

    reflex_write_u16(writer, ROBOT_ACTION_BYTES);
    write_float(writer, motor);
    host_send(REFLEX_ID_ACT, &payload);
}

void
host_observe(uint32_t tick, float distance, uint8_t bumper) {
    host_payload payload;
    reflex_writer* writer = host_begin(&payload);

    reflex_write_u32(writer, tick);
    reflex_write_u16(writer, ROBOT_OBSERVATION_BYTES);
    write_float(writer, distance);
    reflex_write_u8(writer, bumper);
    host_send(REFLEX_ID_OBSERVE, &payload);
}

void
host_pulse(uint32_t host_us, uint32_t received_before, uint16_t window) {
    host_payload payload;
    reflex_writer* writer = host_begin(&payload);

    reflex_write_u32(writer, host_us);
    reflex_write_u32(writer, received_before);
    reflex_write_u16(writer, window);
    host_send(REFLEX_ID_PULSE, &payload);
}

void
host_refill(uint32_t tick, uint16_t count) {
    host_payload payload;
    reflex_writer* writer = host_begin(&payload);

    reflex_write_u32(writer, tick);
    reflex_write_u16(writer, count);
    host_send(REFLEX_ID_REFILL, &payload);
}

bool
host_record(const reference_frame* frame, size_t n, host_tick* tick) {
    reflex_reader reader = {&frame->payload[n * RECORD_BYTES], RECORD_BYTES, 0, true};

    if (frame->id != REFLEX_ID_TICKS || (n + 1u) * RECORD_BYTES > frame->count) {
        return false;
    }
    tick->tick = reflex_read_u32(&reader);
    tick->time_us = reflex_read_u32(&reader);
    tick->infer_us = reflex_read_u32(&reader);
    tick->busy_us = reflex_read_u32(&reader);
    tick->mode = reflex_read_u8(&reader);
    tick->actor = reflex_read_u8(&reader);
    tick->faults = reflex_read_u8(&reader);
    tick->circumstances = reflex_read_u8(&reader);
    memcpy(tick->input, reflex_read_bytes(&reader, POLICY_INPUT_SIZE), POLICY_INPUT_SIZE);
    memcpy(tick->output, reflex_read_bytes(&reader, POLICY_OUTPUT_SIZE), POLICY_OUTPUT_SIZE);
    tick->distance = read_float(&reader);
    tick->bumper = reflex_read_u8(&reader);
    tick->motor = read_float(&reader);
    return CHECK(reflex_read_all(&reader));
}

bool
host_pass_tick(host_tick* tick) {
    reference_frame frame;
    bool found = false;

    board_forget();
    host_pulse(bench.now_us, 0, 0);
    if (board_find(REFLEX_ID_PULSE_BACK, &frame)) {
        reflex_reader reader = {frame.payload, frame.count, 12, true};

        acknowledged = reflex_read_u32(&reader); /* next_tick */
    }
    host_pulse(bench.now_us, acknowledged, 1);
    board_pass(ROBOT_PERIOD_US, ROBOT_PERIOD_US);
    board_poll();
    while (!found && board_find(REFLEX_ID_TICKS, &frame)) {
        found = host_record(&frame, 0, tick) && tick->tick == acknowledged;
    }
    return found;
}

int
host_mode(void) {
    reference_frame frame;

    if (!board_find(REFLEX_ID_MODE, &frame) || !CHECK_EQUAL(frame.count, REFLEX_MODE_BYTES)) {
        return -1;
    }
    return frame.payload[0] * 100 + frame.payload[1] * 10 + frame.payload[2];
}

long
host_problem(void) {
    reference_frame frame;
    reflex_reader reader = {frame.payload, REFLEX_PROBLEM_BYTES, 0, true};

    if (!board_find(REFLEX_ID_PROBLEM, &frame) || !CHECK_EQUAL(frame.count, REFLEX_PROBLEM_BYTES)) {
        return -1;
    }
    return 1000 * (long)reflex_read_u8(&reader) + (long)reflex_read_u32(&reader);
}

bool
host_swap_answer(host_swap* answer) {
    reference_frame frame;
    reflex_reader reader = {frame.payload, REFLEX_SWAP_BYTES, 0, true};

    if (!board_find(REFLEX_ID_SWAP, &frame) || !CHECK_EQUAL(frame.count, REFLEX_SWAP_BYTES)) {
        return false;
    }
    answer->phase = reflex_read_u8(&reader);
    answer->outcome = reflex_read_u8(&reader);
    answer->received = reflex_read_u32(&reader);
    answer->proven = reflex_read_u16(&reader);
    answer->policy_hash = reflex_read_u64(&reader);
    answer->stored = reflex_read_u8(&reader);
    return true;
}
