/* An Espressif chip on this computer: UART 0 is standard input and output. It ends when standard input does. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "driver/uart.h"
#include "esp_task_wdt.h"
#include "esp_timer.h"
#include "freertos/task.h"

#define FIFO_BYTES       128
#define WATCHDOG_SECONDS 5 /* more than a second: this computer may be busy */

static int installed = 0;
static bool watched = false;

esp_err_t
uart_driver_install(uart_port_t port, int receive_bytes, int send_bytes, int queue_size, void* queue, int flags) {
    /* The driver insists on a receive buffer longer than the hardware's 128 bytes; uart_tx_chars() is for where it has none to
     * send from. */
    installed =
        port == UART_NUM_0 && receive_bytes > 128 && send_bytes == 0 && queue_size == 0 && queue == NULL && flags == 0;
    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
    return installed ? ESP_OK : ESP_FAIL;
}

esp_err_t
uart_param_config(uart_port_t port, const uart_config_t* config) {
    return port == UART_NUM_0 && config->baud_rate == 115200 && config->data_bits == UART_DATA_8_BITS ? ESP_OK
                                                                                                      : ESP_FAIL;
}

int
uart_read_bytes(uart_port_t port, void* bytes, uint32_t capacity, TickType_t ticks_to_wait) {
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    if (!installed || port != UART_NUM_0 || ticks_to_wait != 0) {
        return -1;
    }
    if (poll(&input, 1, 0) != 1) {
        return 0;
    }
    const ssize_t count = read(STDIN_FILENO, bytes, capacity);
    if (count <= 0) {
        exit(0);
    }
    return (int)count;
}

int
uart_tx_chars(uart_port_t port, const char* bytes, uint32_t count) {
    if (!installed || port != UART_NUM_0 || count == 0) {
        return -1;
    }
    const ssize_t taken = write(STDOUT_FILENO, bytes, count < FIFO_BYTES ? count : FIFO_BYTES);
    return taken > 0 ? (int)taken : 0;
}

static bool
is_as_expected(const esp_task_wdt_config_t* config) {
    return config->timeout_ms == 1000 && config->idle_core_mask == 0 && config->trigger_panic;
}

esp_err_t
esp_task_wdt_reconfigure(const esp_task_wdt_config_t* config) {
    return is_as_expected(config) ? ESP_ERR_INVALID_STATE : ESP_FAIL;
}

esp_err_t
esp_task_wdt_init(const esp_task_wdt_config_t* config) {
    return is_as_expected(config) ? ESP_OK : ESP_FAIL;
}

esp_err_t
esp_task_wdt_add(TaskHandle_t task) {
    watched = task == NULL;
    return watched ? ESP_OK : ESP_FAIL;
}

/* A task that is not watched can't say that it is alive. The alarm ends this process. */
esp_err_t
esp_task_wdt_reset(void) {
    if (!watched) {
        return ESP_FAIL;
    }
    alarm(WATCHDOG_SECONDS);
    return ESP_OK;
}

int64_t
esp_timer_get_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
vTaskDelay(TickType_t ticks) {
    poll(NULL, 0, (int)ticks);
}

void app_main(void);

int
main(void) {
    app_main();
    return 0;
}
