/**
 * \file            reflex_esp_idf.c
 * \brief           The firmware on an Espressif chip: the link is UART 0, the clock is esp_timer, the watchdog that of tasks
 *
 * No storage: a partition for it would need a table of partitions of the project's own.
 */
#include "reflex_esp_idf.h"

#include <stdbool.h>

#include "driver/uart.h"
#include "esp_err.h"
#include "esp_task_wdt.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#define LINK          UART_NUM_0 /*!< On its own pins, where boards have their USB converter */
#define BAUD_RATE     115200
#define RECEIVE_BYTES 1024 /*!< The driver's memory for bytes that nobody has asked for yet */
#define WATCHDOG_MS   1000 /*!< A board that hung for so long starts again */

static bool link_used = false; /*!< Bytes arrived since this was last cleared */

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    const int count = uart_read_bytes(LINK, bytes, (uint32_t)capacity, 0);
    if (count <= 0) {
        return 0;
    }
    link_used = true;
    return (size_t)count;
}

/* Into the hardware's 128 bytes, 11 ms of the line: unlike uart_write_bytes(), this never waits. */
static size_t
port_write(const uint8_t* bytes, size_t count) {
    const int taken = count > 0U ? uart_tx_chars(LINK, (const char*)bytes, (uint32_t)count) : 0;
    return taken > 0 ? (size_t)taken : 0;
}

static uint32_t
port_now_us(void) {
    return (uint32_t)esp_timer_get_time();
}

/* It may watch other tasks by now, as sdkconfig says: those then have a second, too. */
static void
port_alive(void) {
    static bool watched = false;
    if (!watched) {
        const esp_task_wdt_config_t config = {.timeout_ms = WATCHDOG_MS, .idle_core_mask = 0, .trigger_panic = true};
        if (esp_task_wdt_reconfigure(&config) == ESP_ERR_INVALID_STATE) {
            ESP_ERROR_CHECK(esp_task_wdt_init(&config));
        }
        ESP_ERROR_CHECK(esp_task_wdt_add(NULL));
        watched = true;
    }
    ESP_ERROR_CHECK(esp_task_wdt_reset());
}

static const reflex_port port = {
    .read = port_read,
    .receive_bytes = RECEIVE_BYTES,
    .write = port_write,
    .now_us = port_now_us,
    .counter = NULL,
    .counter_hz = 0,
    .alive = port_alive,
    .storage = NULL,
};

void
reflex_run(void) {
    const uart_config_t line = {
        .baud_rate = BAUD_RATE,
        .data_bits = UART_DATA_8_BITS,
        .parity = UART_PARITY_DISABLE,
        .stop_bits = UART_STOP_BITS_1,
        .flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
        .source_clk = UART_SCLK_DEFAULT,
    };
    ESP_ERROR_CHECK(uart_driver_install(LINK, RECEIVE_BYTES, 0, 0, NULL, 0));
    ESP_ERROR_CHECK(uart_param_config(LINK, &line));
    reflex_app_start(&port);
    for (;;) {
        link_used = false;
        reflex_app_poll();
        if (!link_used) {
            vTaskDelay(1); /* a millisecond for the other tasks: CONFIG_FREERTOS_HZ is 1000 */
        }
    }
}
