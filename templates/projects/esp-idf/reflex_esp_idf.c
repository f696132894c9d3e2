/**
 * \file            reflex_esp_idf.c
 * \brief           The firmware on an Espressif chip: the clock is esp_timer, the watchdog that of tasks
 *
 * No storage: while flash is erased the chip stands still, for longer than a tick.
 */
#include "reflex_esp_idf.h"

#include <stdbool.h>

#include "esp_err.h"
#include "esp_task_wdt.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "reflex_esp_idf_line.h"

#define WATCHDOG_MS 1000 /*!< A board that hung for so long starts again */

static bool line_used = false; /*!< Bytes arrived since this was last cleared */

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    const size_t count = reflex_line_read(bytes, capacity);
    line_used = line_used || count > 0U;
    return count;
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
    .receive_bytes = REFLEX_LINE_RECEIVE_BYTES,
    .write = reflex_line_write,
    .now_us = port_now_us,
    .counter = NULL,
    .counter_hz = 0,
    .alive = port_alive,
    .storage = NULL,
};

void
reflex_run(void) {
    reflex_line_open();
    reflex_app_start(&port);
    for (;;) {
        line_used = false;
        reflex_app_poll();
        if (!line_used) {
            vTaskDelay(1); /* a millisecond for the other tasks: CONFIG_FREERTOS_HZ is 1000 */
        }
    }
}
