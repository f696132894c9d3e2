/**
 * @file reflex_bytes.c
 * @brief Little-endian numbers into and out of bytes
 */
#include "reflex_bytes.h"

void
reflex_write_u8(reflex_writer* writer, uint8_t value) {
    if (writer->count < writer->capacity) {
        writer->bytes[writer->count] = value;
    }
    writer->count++;
}

void
reflex_write_u16(reflex_writer* writer, uint16_t value) {
    reflex_write_u8(writer, (uint8_t)(value & 0xFFu));
    reflex_write_u8(writer, (uint8_t)(value >> 8));
}

void
reflex_write_u32(reflex_writer* writer, uint32_t value) {
    reflex_write_u16(writer, (uint16_t)(value & 0xFFFFu));
    reflex_write_u16(writer, (uint16_t)(value >> 16));
}

void
reflex_write_u64(reflex_writer* writer, uint64_t value) {
    reflex_write_u32(writer, (uint32_t)(value & 0xFFFFFFFFu));
    reflex_write_u32(writer, (uint32_t)(value >> 32));
}

void
reflex_write_bytes(reflex_writer* writer, const void* bytes, size_t count) {
    const uint8_t* from = bytes;

    for (size_t i = 0; i < count; i++) {
        reflex_write_u8(writer, from[i]);
    }
}

const void*
reflex_read_bytes(reflex_reader* reader, size_t count) {
    const uint8_t* found;

    if (count > reader->count - reader->position) {
        reader->position = reader->count;
        reader->ok = false;
        return NULL;
    }
    found = &reader->bytes[reader->position];
    reader->position += count;
    return found;
}

uint8_t
reflex_read_u8(reflex_reader* reader) {
    const uint8_t* byte = reflex_read_bytes(reader, 1);

    return byte == NULL ? 0u : *byte;
}

uint16_t
reflex_read_u16(reflex_reader* reader) {
    const uint16_t low = reflex_read_u8(reader);
    const uint16_t high = reflex_read_u8(reader);

    return (uint16_t)(low | (uint16_t)(high << 8));
}

uint32_t
reflex_read_u32(reflex_reader* reader) {
    const uint32_t low = reflex_read_u16(reader);
    const uint32_t high = reflex_read_u16(reader);

    return low | (high << 16);
}

uint64_t
reflex_read_u64(reflex_reader* reader) {
    const uint64_t low = reflex_read_u32(reader);
    const uint64_t high = reflex_read_u32(reader);

    return low | (high << 32);
}

uint8_t
reflex_read_value(reflex_reader* reader, uint8_t count) {
    const uint8_t value = reflex_read_u8(reader);

    if (value >= count) {
        reader->ok = false;
        return 0;
    }
    return value;
}

bool
reflex_read_all(const reflex_reader* reader) {
    return reader->ok && reader->position == reader->count;
}
