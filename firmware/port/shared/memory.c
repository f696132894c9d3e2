/**
 * @file memory.c
 * @brief The functions of <string.h> that gcc calls by itself, for cores whose compiler comes without a C library
 *
 * Words where both ends are aligned, else bytes. Each loop that gcc would recognise, and turn into a call of the very function
 * that it stands in, keeps it from that by an empty assembler statement.
 */
#include <stdint.h>

#include "memory.h"

typedef uint32_t __attribute__((may_alias)) aliasing_word;

#define WORD_BYTES          sizeof(aliasing_word)
#define IS_ALIGNED(address) (((uintptr_t)(address) % WORD_BYTES) == 0U)
#define KEEP_THIS_LOOP()    __asm__ volatile("" ::: "memory")

void*
memcpy(void* destination, const void* source, size_t count) {
    uint8_t* to = destination;
    const uint8_t* from = source;

    if (IS_ALIGNED(to) && IS_ALIGNED(from)) {
        for (; count >= WORD_BYTES; count -= WORD_BYTES, to += WORD_BYTES, from += WORD_BYTES) {
            *(aliasing_word*)(void*)to = *(const aliasing_word*)(const void*)from;
            KEEP_THIS_LOOP();
        }
    }
    for (; count > 0U; --count) {
        *to++ = *from++;
        KEEP_THIS_LOOP();
    }
    return destination;
}

void*
memmove(void* destination, const void* source, size_t count) {
    uint8_t* to = destination;
    const uint8_t* from = source;

    if ((uintptr_t)to - (uintptr_t)from >= count) {
        return memcpy(destination, source, count);
    }
    while (count > 0U) {
        --count;
        to[count] = from[count];
        KEEP_THIS_LOOP();
    }
    return destination;
}

void*
memset(void* destination, int value, size_t count) {
    uint8_t* to = destination;

    if (IS_ALIGNED(to)) {
        for (; count >= WORD_BYTES; count -= WORD_BYTES, to += WORD_BYTES) {
            *(aliasing_word*)(void*)to = 0x01010101U * (uint8_t)value;
            KEEP_THIS_LOOP();
        }
    }
    for (; count > 0U; --count) {
        *to++ = (uint8_t)value;
        KEEP_THIS_LOOP();
    }
    return destination;
}

int
memcmp(const void* left, const void* right, size_t count) {
    const uint8_t* one = left;
    const uint8_t* other = right;

    for (size_t i = 0; i < count; ++i) {
        if (one[i] != other[i]) {
            return one[i] < other[i] ? -1 : 1;
        }
    }
    return 0;
}
