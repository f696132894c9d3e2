/**
 * @file reflex_bytes.h
 * @brief Little-endian numbers into and out of bytes, on any core
 */
#ifndef REFLEX_BYTES_H
#define REFLEX_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Constant tables of an AVR stay in program memory, which is an address space of its own. */
#if defined(__AVR__) && defined(__FLASH) && !defined(__cplusplus)
#define REFLEX_FLASH __flash
#else
#define REFLEX_FLASH
#endif

/** @brief Bytes of known number, in someone else's memory */
typedef struct {
    const uint8_t* bytes;
    uint16_t count;
} reflex_blob;

/** @brief The same, of a policy's input or output */
typedef struct {
    const int8_t* bytes;
    uint16_t count;
} reflex_int8s;

/** @brief The same, as UTF-8 text without a zero at its end */
typedef struct {
    const char* bytes;
    uint8_t count;
} reflex_text;

/**
 * @brief Somewhere in a payload that is being written. What does not fit is counted, not written
 */
typedef struct {
    uint8_t* bytes;  /**< The payload */
    size_t capacity; /**< Room for it */
    size_t count;    /**< Bytes written so far; more than `capacity`: the payload is not whole */
} reflex_writer;

/**
 * @brief Somewhere in a payload that is being read. Reading past its end gives zeros and clears `ok`
 */
typedef struct {
    const uint8_t* bytes; /**< The payload */
    size_t count;         /**< Its length */
    size_t position;      /**< Bytes read so far */
    bool ok;              /**< Whether all that was read was there, and valid */
} reflex_reader;

void reflex_write_u8(reflex_writer* writer, uint8_t value);
void reflex_write_u16(reflex_writer* writer, uint16_t value);
void reflex_write_u32(reflex_writer* writer, uint32_t value);
void reflex_write_u64(reflex_writer* writer, uint64_t value);

/** @brief `count` bytes as they are */
void reflex_write_bytes(reflex_writer* writer, const void* bytes, size_t count);

uint8_t reflex_read_u8(reflex_reader* reader);
uint16_t reflex_read_u16(reflex_reader* reader);
uint32_t reflex_read_u32(reflex_reader* reader);
uint64_t reflex_read_u64(reflex_reader* reader);

/** @brief One of the values 0 to `count` - 1 in a u8; another one clears `ok` and gives 0 */
uint8_t reflex_read_value(reflex_reader* reader, uint8_t count);

/** @brief Where the next `count` bytes of the payload are; NULL where they are not */
const void* reflex_read_bytes(reflex_reader* reader, size_t count);

/** @brief Whether everything was valid and nothing is left over */
bool reflex_read_all(const reflex_reader* reader);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_BYTES_H */
