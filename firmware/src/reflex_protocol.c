/**
 * @file reflex_protocol.c
 * @brief Messages into and out of payloads. Generated from firmware/PROTOCOL.md by `npm run protocol`: do not edit
 */
#include "reflex_protocol.h"

#define NOTHING 0xFFu

static const REFLEX_FLASH uint8_t transitions[REFLEX_EVENT_COUNT][1u + REFLEX_MODE_COUNT] = {
    {REFLEX_REASON_REQUESTED, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE},
    {REFLEX_REASON_REQUESTED, REFLEX_MODE_TELEOP, REFLEX_MODE_TELEOP, REFLEX_MODE_TELEOP, REFLEX_MODE_TELEOP, REFLEX_MODE_TELEOP},
    {REFLEX_REASON_REQUESTED, REFLEX_MODE_AUTO, REFLEX_MODE_AUTO, REFLEX_MODE_AUTO, REFLEX_MODE_AUTO, REFLEX_MODE_AUTO},
    {REFLEX_REASON_REQUESTED, REFLEX_MODE_ASSIST, REFLEX_MODE_ASSIST, REFLEX_MODE_ASSIST, REFLEX_MODE_ASSIST, REFLEX_MODE_ASSIST},
    {REFLEX_REASON_REQUESTED, REFLEX_MODE_SHADOW, REFLEX_MODE_SHADOW, REFLEX_MODE_SHADOW, REFLEX_MODE_SHADOW, REFLEX_MODE_SHADOW},
    {REFLEX_REASON_POLICY_FAILED, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE},
    {REFLEX_REASON_STOP, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE},
    {REFLEX_REASON_LINK_LOST, NOTHING, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE},
    {REFLEX_REASON_LINK_LOST, NOTHING, REFLEX_MODE_SAFE, NOTHING, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE},
    {REFLEX_REASON_DEADLINE_MISSED, NOTHING, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE},
    {REFLEX_REASON_POLICY_FAILED, NOTHING, NOTHING, REFLEX_MODE_SAFE, REFLEX_MODE_SAFE, NOTHING},
};

bool
reflex_transition(reflex_event event, reflex_mode* mode, reflex_reason* reason) {
    const uint8_t target = transitions[event][1u + (size_t)*mode];

    if (target == NOTHING) {
        return false;
    }
    *mode = (reflex_mode)target;
    *reason = (reflex_reason)transitions[event][0];
    return true;
}

void
reflex_encode_tick_record(const reflex_tick_record* message, reflex_writer* payload) {
    reflex_write_u32(payload, message->tick);
    reflex_write_u32(payload, message->time_us);
    reflex_write_u32(payload, message->infer_us);
    reflex_write_u32(payload, message->busy_us);
    reflex_write_u8(payload, (uint8_t)message->mode);
    reflex_write_u8(payload, (uint8_t)message->actor);
    reflex_write_u8(payload, message->faults);
    reflex_write_u8(payload, message->circumstances);
    reflex_write_bytes(payload, message->input.bytes, message->input.count);
    reflex_write_bytes(payload, message->output.bytes, message->output.count);
    reflex_write_bytes(payload, message->observation.bytes, message->observation.count);
    reflex_write_bytes(payload, message->action.bytes, message->action.count);
}

bool
reflex_decode_hello_request(const uint8_t* payload, size_t count, reflex_hello_request_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->protocol_version = reflex_read_u8(&reader);
    return reflex_read_all(&reader);
}

void
reflex_encode_hello(const reflex_hello_message* message, reflex_writer* payload) {
    reflex_write_u8(payload, message->protocol_version);
    reflex_write_u8(payload, (uint8_t)message->application);
    reflex_write_u64(payload, message->schema_hash);
    reflex_write_u16(payload, message->schema_revision);
    reflex_write_u64(payload, message->policy_hash);
    reflex_write_u64(payload, message->layout_hash);
    reflex_write_u32(payload, message->parameters_bytes);
    reflex_write_u64(payload, message->firmware_hash);
    reflex_write_u32(payload, message->period_us);
    reflex_write_u16(payload, message->observation_bytes);
    reflex_write_u16(payload, message->action_bytes);
    reflex_write_u16(payload, message->input_bytes);
    reflex_write_u16(payload, message->output_bytes);
    reflex_write_u32(payload, message->ring_ticks);
    reflex_write_u16(payload, message->receive_bytes);
    reflex_write_u16(payload, message->longest_request);
    reflex_write_u32(payload, message->link_timeout_us);
    reflex_write_u32(payload, message->arena_bytes);
    reflex_write_u32(payload, message->arena_used);
    reflex_write_u8(payload, message->name.count);
    reflex_write_bytes(payload, message->name.bytes, message->name.count);
}

bool
reflex_decode_set_mode(const uint8_t* payload, size_t count, reflex_set_mode_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->mode = (reflex_mode)reflex_read_value(&reader, REFLEX_MODE_COUNT);
    message->source = (reflex_source)reflex_read_value(&reader, REFLEX_SOURCE_COUNT);
    return reflex_read_all(&reader);
}

void
reflex_encode_mode(const reflex_mode_message* message, reflex_writer* payload) {
    reflex_write_u8(payload, (uint8_t)message->mode);
    reflex_write_u8(payload, (uint8_t)message->source);
    reflex_write_u8(payload, (uint8_t)message->reason);
}

bool
reflex_decode_observe(const uint8_t* payload, size_t count, reflex_observe_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->tick = reflex_read_u32(&reader);
    message->observation.count = reflex_read_u16(&reader);
    message->observation.bytes = reflex_read_bytes(&reader, message->observation.count);
    return reflex_read_all(&reader);
}

void
reflex_encode_ticks(const reflex_ticks_message* message, reflex_writer* payload) {
    reflex_write_bytes(payload, message->records.bytes, message->records.count);
}

bool
reflex_decode_act(const uint8_t* payload, size_t count, reflex_act_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->action.count = reflex_read_u16(&reader);
    message->action.bytes = reflex_read_bytes(&reader, message->action.count);
    return reflex_read_all(&reader);
}

bool
reflex_decode_infer(const uint8_t* payload, size_t count, reflex_infer_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->tick = reflex_read_u32(&reader);
    message->reset = reflex_read_u8(&reader);
    message->input.count = reflex_read_u16(&reader);
    message->input.bytes = reflex_read_bytes(&reader, message->input.count);
    return reflex_read_all(&reader);
}

void
reflex_encode_inferred(const reflex_inferred_message* message, reflex_writer* payload) {
    reflex_write_u32(payload, message->tick);
    reflex_write_u8(payload, (uint8_t)message->outcome);
    reflex_write_u16(payload, message->output.count);
    reflex_write_bytes(payload, message->output.bytes, message->output.count);
}

bool
reflex_decode_measure(const uint8_t* payload, size_t count, reflex_measure_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->tick = reflex_read_u32(&reader);
    message->repeats = reflex_read_u32(&reader);
    message->input.count = reflex_read_u16(&reader);
    message->input.bytes = reflex_read_bytes(&reader, message->input.count);
    return reflex_read_all(&reader);
}

void
reflex_encode_measured(const reflex_measured_message* message, reflex_writer* payload) {
    reflex_write_u32(payload, message->tick);
    reflex_write_u8(payload, (uint8_t)message->outcome);
    reflex_write_u32(payload, message->repeats);
    reflex_write_u32(payload, message->elapsed);
    reflex_write_u32(payload, message->overhead);
    reflex_write_u32(payload, message->counter_hz);
}

bool
reflex_decode_pulse(const uint8_t* payload, size_t count, reflex_pulse_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->host_us = reflex_read_u32(&reader);
    message->acknowledged = reflex_read_u32(&reader);
    message->window = reflex_read_u16(&reader);
    return reflex_read_all(&reader);
}

void
reflex_encode_pulse_back(const reflex_pulse_back_message* message, reflex_writer* payload) {
    reflex_write_u32(payload, message->host_us);
    reflex_write_u32(payload, message->board_us);
    reflex_write_u32(payload, message->held_us);
    reflex_write_u32(payload, message->next_tick);
    reflex_write_u32(payload, message->oldest_tick);
    reflex_write_u32(payload, message->worst_us);
    reflex_write_u32(payload, message->jitter_us);
    reflex_write_u32(payload, message->missed);
    reflex_write_u32(payload, message->bad_frames);
}

bool
reflex_decode_refill(const uint8_t* payload, size_t count, reflex_refill_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->tick = reflex_read_u32(&reader);
    message->count = reflex_read_u16(&reader);
    return reflex_read_all(&reader);
}

void
reflex_encode_gone(const reflex_gone_message* message, reflex_writer* payload) {
    reflex_write_u32(payload, message->tick);
    reflex_write_u16(payload, message->count);
}

bool
reflex_decode_swap_begin(const uint8_t* payload, size_t count, reflex_swap_begin_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->schema_hash = reflex_read_u64(&reader);
    message->layout_hash = reflex_read_u64(&reader);
    message->policy_hash = reflex_read_u64(&reader);
    message->bytes = reflex_read_u32(&reader);
    message->crc32 = reflex_read_u32(&reader);
    message->packed = reflex_read_u32(&reader);
    message->base_hash = reflex_read_u64(&reader);
    return reflex_read_all(&reader);
}

void
reflex_encode_swap(const reflex_swap_message* message, reflex_writer* payload) {
    reflex_write_u8(payload, (uint8_t)message->phase);
    reflex_write_u8(payload, (uint8_t)message->outcome);
    reflex_write_u32(payload, message->received);
    reflex_write_u16(payload, message->proven);
    reflex_write_u64(payload, message->policy_hash);
    reflex_write_u8(payload, message->stored);
}

bool
reflex_decode_swap_chunk(const uint8_t* payload, size_t count, reflex_swap_chunk_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->offset = reflex_read_u32(&reader);
    message->bytes.count = reflex_read_u16(&reader);
    message->bytes.bytes = reflex_read_bytes(&reader, message->bytes.count);
    return reflex_read_all(&reader);
}

bool
reflex_decode_swap_prove(const uint8_t* payload, size_t count, reflex_swap_prove_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->index = reflex_read_u16(&reader);
    message->input.count = reflex_read_u16(&reader);
    message->input.bytes = reflex_read_bytes(&reader, message->input.count);
    message->output.count = reflex_read_u16(&reader);
    message->output.bytes = reflex_read_bytes(&reader, message->output.count);
    return reflex_read_all(&reader);
}

bool
reflex_decode_swap_commit(const uint8_t* payload, size_t count, reflex_swap_commit_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->policy_hash = reflex_read_u64(&reader);
    return reflex_read_all(&reader);
}

bool
reflex_decode_swap_revert(const uint8_t* payload, size_t count, reflex_swap_revert_message* message) {
    reflex_reader reader = {payload, count, 0, true};

    message->policy_hash = reflex_read_u64(&reader);
    return reflex_read_all(&reader);
}

void
reflex_encode_problem(const reflex_problem_message* message, reflex_writer* payload) {
    reflex_write_u8(payload, (uint8_t)message->code);
    reflex_write_u32(payload, message->detail);
}
