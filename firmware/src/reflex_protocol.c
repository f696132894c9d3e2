/**
 * @file reflex_protocol.c
 * @brief Messages into and out of payloads. Generated from firmware/PROTOCOL.md by `npm run protocol`: do not edit
 */
#include "reflex_protocol.h"

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
    reflex_write_u64(payload, message->firmware_hash);
    reflex_write_u32(payload, message->period_us);
    reflex_write_u16(payload, message->observation_bytes);
    reflex_write_u16(payload, message->action_bytes);
    reflex_write_u16(payload, message->input_bytes);
    reflex_write_u16(payload, message->output_bytes);
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
reflex_encode_tick(const reflex_tick_message* message, reflex_writer* payload) {
    reflex_write_u32(payload, message->tick);
    reflex_write_u32(payload, message->time_us);
    reflex_write_u8(payload, (uint8_t)message->mode);
    reflex_write_u8(payload, (uint8_t)message->actor);
    reflex_write_u8(payload, message->faults);
    reflex_write_u32(payload, message->infer_us);
    reflex_write_u16(payload, message->observation.count);
    reflex_write_bytes(payload, message->observation.bytes, message->observation.count);
    reflex_write_u16(payload, message->output.count);
    reflex_write_bytes(payload, message->output.bytes, message->output.count);
    reflex_write_u16(payload, message->action.count);
    reflex_write_bytes(payload, message->action.bytes, message->action.count);
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

void
reflex_encode_problem(const reflex_problem_message* message, reflex_writer* payload) {
    reflex_write_u8(payload, (uint8_t)message->code);
    reflex_write_u32(payload, message->detail);
}
