/* An Espressif chip on this computer: standard input and output are UART 0, or USB-Serial-JTAG, whichever is opened. It ends when
 * standard input does. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "driver/uart.h"
#include "driver/usb_serial_jtag.h"
#include "esp_task_wdt.h"
#include "esp_timer.h"
#include "freertos/task.h"

#define FIFO_BYTES       128
#define WATCHDOG_SECONDS 5 /* more than a second: this computer may be busy */

#define PACKET_BYTES 64
#define MOST_TO_SEND 1024

static bool uart_installed = false;
static bool usb_installed = false;
static bool watched = false;

/* What the driver of USB-Serial-JTAG has still to send. */
static char to_send[MOST_TO_SEND];
static size_t to_send_bytes = 0;
static size_t to_send_capacity = 0;

void
_esp_error_check_failed(esp_err_t rc, const char* file, int line, const char* function, const char* expression) {
    fprintf(stderr, "%s:%d: %s: %s is 0x%x\n", file, line, function, expression, (unsigned)rc);
    abort();
}

static void
never_wait_for_the_host(void) {
    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
}

static int
read_input(void* bytes, uint32_t capacity) {
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, 0) != 1) {
        return 0;
    }
    const ssize_t count = read(STDIN_FILENO, bytes, capacity);
    if (count <= 0) {
        exit(0);
    }
    return (int)count;
}

esp_err_t
uart_driver_install(uart_port_t uart_num, int rx_buffer_size, int tx_buffer_size, int queue_size,
                    QueueHandle_t* uart_queue, int intr_alloc_flags) {
    /* The driver insists on a receive buffer longer than the hardware's 128 bytes; uart_tx_chars() is for where it has none to
     * send from. */
    uart_installed = uart_num == UART_NUM_0 && rx_buffer_size > FIFO_BYTES && tx_buffer_size == 0 && queue_size == 0 &&
                     uart_queue == NULL && intr_alloc_flags == 0;
    never_wait_for_the_host();
    return uart_installed ? ESP_OK : ESP_FAIL;
}

esp_err_t
uart_param_config(uart_port_t uart_num, const uart_config_t* uart_config) {
    return uart_num == UART_NUM_0 && uart_config->baud_rate == 115200 && uart_config->data_bits == UART_DATA_8_BITS
               ? ESP_OK
               : ESP_FAIL;
}

int
uart_read_bytes(uart_port_t uart_num, void* buf, uint32_t length, TickType_t ticks_to_wait) {
    return uart_installed && uart_num == UART_NUM_0 && ticks_to_wait == 0 ? read_input(buf, length) : -1;
}

int
uart_tx_chars(uart_port_t uart_num, const char* buffer, uint32_t len) {
    if (!uart_installed || uart_num != UART_NUM_0 || len == 0) {
        return -1;
    }
    const ssize_t taken = write(STDOUT_FILENO, buffer, len < FIFO_BYTES ? len : FIFO_BYTES);
    return taken > 0 ? (int)taken : 0;
}

/* The driver insists on a receive buffer longer than a packet. */
esp_err_t
usb_serial_jtag_driver_install(usb_serial_jtag_driver_config_t* usb_serial_jtag_config) {
    if (usb_installed) {
        return ESP_ERR_INVALID_STATE;
    }
    to_send_capacity = usb_serial_jtag_config->tx_buffer_size;
    usb_installed = usb_serial_jtag_config->rx_buffer_size > PACKET_BYTES && to_send_capacity > 0 &&
                    to_send_capacity <= MOST_TO_SEND;
    never_wait_for_the_host();
    return usb_installed ? ESP_OK : ESP_ERR_INVALID_ARG;
}

/* What its interrupt does when the host has taken a packet. */
static void
send_packet(void) {
    const ssize_t taken =
        write(STDOUT_FILENO, to_send, to_send_bytes < PACKET_BYTES ? to_send_bytes : (size_t)PACKET_BYTES);
    if (taken > 0) {
        to_send_bytes -= (size_t)taken;
        memmove(to_send, &to_send[taken], to_send_bytes);
    }
}

int
usb_serial_jtag_read_bytes(void* buf, uint32_t length, TickType_t ticks_to_wait) {
    if (!usb_installed || ticks_to_wait != 0) {
        return -1;
    }
    send_packet();
    return read_input(buf, length);
}

/* Its ring buffer takes all or nothing, and it complains when there is nothing to take. */
int
usb_serial_jtag_write_bytes(const void* src, size_t size, TickType_t ticks_to_wait) {
    if (!usb_installed || size == 0 || ticks_to_wait != 0) {
        abort();
    }
    if (size > to_send_capacity - to_send_bytes) {
        send_packet();
        return 0;
    }
    memcpy(&to_send[to_send_bytes], src, size);
    to_send_bytes += size;
    return (int)size;
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
esp_task_wdt_add(TaskHandle_t task_handle) {
    watched = task_handle == NULL;
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
vTaskDelay(const TickType_t xTicksToDelay) {
    poll(NULL, 0, (int)xTicksToDelay);
}

void app_main(void);

int
main(void) {
    app_main();
    return 0;
}
