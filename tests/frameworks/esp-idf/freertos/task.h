#ifndef FREERTOS_TASK_H
#define FREERTOS_TASK_H

#include "freertos/FreeRTOS.h"

typedef struct task* TaskHandle_t;

void vTaskDelay(TickType_t ticks);

#endif /* FREERTOS_TASK_H */
