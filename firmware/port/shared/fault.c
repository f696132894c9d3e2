/**
 * @file fault.c
 * @brief The last words of a program that went wrong: one line on the link
 */
#include "fault.h"

void
fault_text(const char* text) {
    for (; *text != '\0'; ++text) {
        fault_put((uint8_t)*text);
    }
}

void
fault_word(uint32_t word) {
    for (uint32_t digit = 0; digit < 8U; ++digit) {
        fault_put((uint8_t) "0123456789abcdef"[(word >> (28U - 4U * digit)) & 0xFU]);
    }
}
