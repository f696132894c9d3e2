/**
 * @file fault.h
 * @brief The last words of a program that went wrong: one line on the link
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdint.h>

/**
 * @brief Send a byte, whatever state the rest of the program is in. The port brings this one
 * \param[in]       byte: What to send
 */
void fault_put(uint8_t byte);

/**
 * @brief Send a text
 * \param[in]       text: Ends with 0
 */
void fault_text(const char* text);

/**
 * @brief Send a word as eight hexadecimal digits
 * \param[in]       word: Any
 */
void fault_word(uint32_t word);

#endif /* FAULT_H */
