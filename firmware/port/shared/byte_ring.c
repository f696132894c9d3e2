/**
 * @file byte_ring.c
 * @brief The program's side of a ring of bytes
 */
#include "byte_ring.h"

size_t
byte_ring_read(byte_ring* ring, uint8_t* bytes, size_t capacity) {
    size_t count = 0;
    for (; count < capacity && !byte_ring_empty(ring); ++count) {
        bytes[count] = byte_ring_next(ring);
        byte_ring_drop(ring);
    }
    return count;
}

size_t
byte_ring_write(byte_ring* ring, const uint8_t* bytes, size_t count) {
    size_t taken = 0;
    for (; taken < count && !byte_ring_full(ring); ++taken) {
        byte_ring_put(ring, bytes[taken]);
    }
    return taken;
}
