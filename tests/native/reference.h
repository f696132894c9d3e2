/* The framing of PROTOCOL.md written once more, as plainly as can be: what the firmware's own is compared with. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REFERENCE_LONGEST 4096u

typedef struct {
    uint8_t id;
    uint8_t counter;
    size_t count; /* of the payload */
    uint8_t payload[REFERENCE_LONGEST];
} reference_frame;

/* What is between two zeros. Begin with zeros. */
typedef struct {
    uint8_t stuffed[REFERENCE_LONGEST];
    size_t count;
    uint32_t bad_frames;
} reference_decoder;

uint16_t reference_crc16(const uint8_t* bytes, size_t count);

/* A whole frame, with its zero. `bytes` has room for count + count / 254 + 8. Returns how many there are. */
size_t reference_encode(uint8_t id, uint8_t counter, const void* payload, size_t count, uint8_t* bytes);

/* Takes one byte; whether it completes a good frame of at most `longest` bytes of payload. */
bool reference_decode(reference_decoder* decoder, uint8_t byte, size_t longest, reference_frame* frame);

#endif
