/* Of ESP-IDF's components/esp_timer/include/esp_timer.h: microseconds since boot. */
#ifndef ESP_TIMER_H
#define ESP_TIMER_H

#include <stdint.h>

int64_t esp_timer_get_time(void);

#endif /* ESP_TIMER_H */
