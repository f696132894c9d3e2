/* Of ESP-IDF's components/esp_common/include/esp_err.h: errors, and the macro that ends the program on one. */
#ifndef ESP_ERR_H
#define ESP_ERR_H

#include <stdint.h>

typedef int esp_err_t;

#define ESP_OK                0
#define ESP_FAIL              -1
#define ESP_ERR_INVALID_ARG   0x102
#define ESP_ERR_INVALID_STATE 0x103
#define ESP_ERROR_CHECK(x)                                                                                             \
    do {                                                                                                               \
        esp_err_t err_rc_ = (x);                                                                                       \
        if (err_rc_ != ESP_OK) {                                                                                       \
            _esp_error_check_failed(err_rc_, __FILE__, __LINE__, __func__, #x);                                        \
        }                                                                                                              \
    } while (0)

void _esp_error_check_failed(esp_err_t rc, const char* file, int line, const char* function, const char* expression)
    __attribute__((__noreturn__));

#endif /* ESP_ERR_H */
