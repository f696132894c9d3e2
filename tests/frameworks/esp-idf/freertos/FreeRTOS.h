/* Of FreeRTOS as ESP-IDF has it: components/freertos/FreeRTOS-Kernel/portable/.../portmacro.h. */
#ifndef FREERTOS_H
#define FREERTOS_H

#include <stdint.h>

typedef uint32_t TickType_t;

#endif /* FREERTOS_H */
