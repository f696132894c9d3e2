/**
 * \file            reflex_esp_idf_line.h
 * \brief           The line to the host: UART 0 or the chip's own USB, whichever reflex_esp_idf_line.c is for this board
 */
#ifndef REFLEX_ESP_IDF_LINE_H
#define REFLEX_ESP_IDF_LINE_H

#include <stddef.h>
#include <stdint.h>

#define REFLEX_LINE_RECEIVE_BYTES 1024 /*!< The driver's memory for bytes that nobody has asked for yet */

/** \brief           Install the driver */
void reflex_line_open(void);

/** \brief           What has arrived, at most `capacity` bytes. Never waits
 *  \return          How many */
size_t reflex_line_read(uint8_t* bytes, size_t capacity);

/** \brief           Send what there is room for. Never waits
 *  \return          How many bytes were taken, the first ones */
size_t reflex_line_write(const uint8_t* bytes, size_t count);

#endif /* REFLEX_ESP_IDF_LINE_H */
