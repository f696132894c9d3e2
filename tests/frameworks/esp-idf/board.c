/* An Espressif chip on this computer: UART 0 is standard input and output. It ends when standard input does. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "driver/uart.h"
#include "esp_timer.h"
#include "freertos/task.h"

static int installed = 0;

esp_err_t
uart_driver_install(uart_port_t port, int receive_bytes, int send_bytes, int queue_size, void* queue, int flags) {
    /* The driver insists on a receive buffer longer than the hardware's 128 bytes. */
    installed = port == UART_NUM_0 && receive_bytes > 128 && (send_bytes == 0 || send_bytes > 128) && queue_size == 0 &&
                queue == NULL && flags == 0;
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
uart_write_bytes(uart_port_t port, const void* bytes, size_t count) {
    return installed && port == UART_NUM_0 ? (int)write(STDOUT_FILENO, bytes, count) : -1;
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
