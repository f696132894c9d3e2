/* What the firmware uses of ESP-IDF's UART driver, as its API reference declares it. */
#ifndef DRIVER_UART_H
#define DRIVER_UART_H

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "freertos/FreeRTOS.h"

typedef enum {
    UART_NUM_0
} uart_port_t;
typedef enum {
    UART_DATA_8_BITS = 3
} uart_word_length_t;
typedef enum {
    UART_PARITY_DISABLE = 0
} uart_parity_t;
typedef enum {
    UART_STOP_BITS_1 = 1
} uart_stop_bits_t;
typedef enum {
    UART_HW_FLOWCTRL_DISABLE = 0
} uart_hw_flowcontrol_t;
typedef enum {
    UART_SCLK_DEFAULT = 4
} uart_sclk_t;

typedef struct {
    int baud_rate;
    uart_word_length_t data_bits;
    uart_parity_t parity;
    uart_stop_bits_t stop_bits;
    uart_hw_flowcontrol_t flow_ctrl;
    uint8_t rx_flow_ctrl_thresh;
    uart_sclk_t source_clk;
} uart_config_t;

esp_err_t uart_driver_install(uart_port_t port, int receive_bytes, int send_bytes, int queue_size, void* queue,
                              int flags);
esp_err_t uart_param_config(uart_port_t port, const uart_config_t* config);
int uart_read_bytes(uart_port_t port, void* bytes, uint32_t capacity, TickType_t ticks_to_wait);
int uart_tx_chars(uart_port_t port, const char* bytes, uint32_t count);

#endif /* DRIVER_UART_H */
