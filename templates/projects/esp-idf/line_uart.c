/**
 * \file            reflex_esp_idf_line.c
 * \brief           The line to the host is UART 0, on the pins where boards have their USB converter
 */
#include "reflex_esp_idf_line.h"

#include "driver/uart.h"
#include "esp_err.h"

#define LINE      UART_NUM_0
#define BAUD_RATE 115200

void
reflex_line_open(void) {
    const uart_config_t config = {
        .baud_rate = BAUD_RATE,
        .data_bits = UART_DATA_8_BITS,
        .parity = UART_PARITY_DISABLE,
        .stop_bits = UART_STOP_BITS_1,
        .flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
        .source_clk = UART_SCLK_DEFAULT,
    };
    ESP_ERROR_CHECK(uart_driver_install(LINE, REFLEX_LINE_RECEIVE_BYTES, 0, 0, NULL, 0));
    ESP_ERROR_CHECK(uart_param_config(LINE, &config));
}

size_t
reflex_line_read(uint8_t* bytes, size_t capacity) {
    const int count = uart_read_bytes(LINE, bytes, (uint32_t)capacity, 0);
    return count > 0 ? (size_t)count : 0;
}

/* Into the hardware's 128 bytes, 11 ms of the line: unlike uart_write_bytes(), this never waits. */
size_t
reflex_line_write(const uint8_t* bytes, size_t count) {
    const int taken = count > 0U ? uart_tx_chars(LINE, (const char*)bytes, (uint32_t)count) : 0;
    return taken > 0 ? (size_t)taken : 0;
}
