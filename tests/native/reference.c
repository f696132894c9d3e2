/* The framing of PROTOCOL.md, from its text alone. */
#include "reference.h"

#include <string.h>

uint16_t
reference_crc16(const uint8_t* bytes, size_t count) {
    uint32_t crc = 0xFFFF;

    for (size_t bit = 0; bit < 8u * count; bit++) {
        const uint32_t next = ((uint32_t)bytes[bit / 8u] >> (7u - bit % 8u)) & 1u;

        crc = (crc << 1) ^ (((crc >> 15) ^ next) != 0u ? 0x1021u : 0u);
        crc &= 0xFFFFu;
    }
    return (uint16_t)crc;
}

size_t
reference_encode(uint8_t id, uint8_t counter, const void* payload, size_t count, uint8_t* bytes) {
    static uint8_t content[REFERENCE_LONGEST + 5u];
    size_t made = 0;
    size_t from = 0;
    uint16_t crc;

    content[0] = id;
    content[1] = counter;
    if (count > 0u) {
        memcpy(&content[2], payload, count);
    }
    crc = reference_crc16(content, count + 2u);
    content[count + 2u] = (uint8_t)crc;
    content[count + 3u] = (uint8_t)(crc >> 8);
    content[count + 4u] = 0; /* the zero that isn't there ends the last block */
    while (from < count + 5u) {
        size_t run = 0;

        while (run < 254u && content[from + run] != 0u) {
            run++;
        }
        bytes[made] = (uint8_t)(run + 1u);
        memcpy(&bytes[made + 1u], &content[from], run);
        made += run + 1u;
        from += run + (run < 254u ? 1u : 0u);
    }
    bytes[made] = 0;
    return made + 1u;
}

/* What is between two zeros, in one piece. Returns the length; -1: its last block is cut short. */
static long
unstuff(const uint8_t* stuffed, size_t count, uint8_t* content) {
    size_t made = 0;
    size_t from = 0;

    while (from < count) {
        const size_t run = stuffed[from] - 1u;

        if (from + run >= count) {
            return -1;
        }
        memcpy(&content[made], &stuffed[from + 1u], run);
        made += run;
        from += run + 1u;
        if (run < 254u && from < count) {
            content[made] = 0;
            made++;
        }
    }
    return (long)made;
}

bool
reference_decode(reference_decoder* decoder, uint8_t byte, size_t longest, reference_frame* frame) {
    static uint8_t content[REFERENCE_LONGEST];
    const size_t count = decoder->count;
    long length;

    if (byte != 0u) {
        if (count < REFERENCE_LONGEST) {
            decoder->stuffed[count] = byte;
            decoder->count++;
        }
        return false;
    }
    decoder->count = 0;
    if (count == 0u) {
        return false;
    }
    length = count < REFERENCE_LONGEST ? unstuff(decoder->stuffed, count, content) : -1;
    if (length < 4 || (size_t)length > longest + 4u ||
        reference_crc16(content, (size_t)length - 2u) != (content[length - 2] | content[length - 1] << 8)) {
        decoder->bad_frames++;
        return false;
    }
    frame->id = content[0];
    frame->counter = content[1];
    frame->count = (size_t)length - 4u;
    memcpy(frame->payload, &content[2], frame->count);
    return true;
}
