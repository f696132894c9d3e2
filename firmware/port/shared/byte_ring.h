/**
 * @file byte_ring.h
 * @brief Bytes on their way between an interrupt and the program: one side puts, the other takes, and neither waits for the other
 *
 * Each side changes its own count alone, and that only after the bytes are where it says: nothing has to be locked.
 */
#ifndef BYTE_RING_H
#define BYTE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @brief Bytes put and not yet taken
 */
typedef struct {
    volatile uint8_t* const bytes;
    const uint32_t size;     /**< A power of two */
    volatile uint32_t end;   /**< Bytes that were ever put */
    volatile uint32_t start; /**< Bytes of them that were taken */
} byte_ring;

/** @brief An empty ring over an array */
#define BYTE_RING(array)                                                                                               \
    { (array), sizeof(array), 0U, 0U }

static inline bool
byte_ring_empty(const byte_ring* ring) {
    return ring->start == ring->end;
}

static inline bool
byte_ring_full(const byte_ring* ring) {
    return ring->end - ring->start == ring->size;
}

/** @brief Put a byte into a ring that is not full */
static inline void
byte_ring_put(byte_ring* ring, uint8_t byte) {
    const uint32_t end = ring->end;
    ring->bytes[end & (ring->size - 1U)] = byte;
    ring->end = end + 1U;
}

/** @brief The byte that byte_ring_drop() takes next, of a ring that is not empty */
static inline uint8_t
byte_ring_next(const byte_ring* ring) {
    return ring->bytes[ring->start & (ring->size - 1U)];
}

static inline void
byte_ring_drop(byte_ring* ring) {
    ring->start = ring->start + 1U;
}

/** @brief Take as many as there are, up to `capacity`. @return how many */
size_t byte_ring_read(byte_ring* ring, uint8_t* bytes, size_t capacity);

/** @brief Put as many as there is room for, up to `count`. @return how many */
size_t byte_ring_write(byte_ring* ring, const uint8_t* bytes, size_t count);

#endif /* BYTE_RING_H */
