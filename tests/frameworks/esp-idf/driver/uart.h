/* Of ESP-IDF's components/esp_driver_uart/include/driver/uart.h and the types that it includes. */
#ifndef DRIVER_UART_H
#define DRIVER_UART_H

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"

typedef enum {
    UART_NUM_0
} uart_port_t;
typedef enum {
    UART_DATA_8_BITS = 0x3
} uart_word_length_t;
typedef enum {
    UART_PARITY_DISABLE = 0x0
} uart_parity_t;
typedef enum {
    UART_STOP_BITS_1 = 0x1
} uart_stop_bits_t;
typedef enum {
    UART_HW_FLOWCTRL_DISABLE = 0x0
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
    uart_sclk_t source_clk; /* where the chip has a low-power UART, in a union */
    struct {
        uint32_t backup_before_sleep : 1;
    } flags;
} uart_config_t;

esp_err_t uart_driver_install(uart_port_t uart_num, int rx_buffer_size, int tx_buffer_size, int queue_size,
                              QueueHandle_t* uart_queue, int intr_alloc_flags);
esp_err_t uart_param_config(uart_port_t uart_num, const uart_config_t* uart_config);
int uart_read_bytes(uart_port_t uart_num, void* buf, uint32_t length, TickType_t ticks_to_wait);
int uart_tx_chars(uart_port_t uart_num, const char* buffer, uint32_t len);

#endif /* DRIVER_UART_H */
