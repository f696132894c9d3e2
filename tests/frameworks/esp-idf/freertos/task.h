/* Of FreeRTOS: components/freertos/FreeRTOS-Kernel/include/freertos/task.h. */
#ifndef FREERTOS_TASK_H
#define FREERTOS_TASK_H

#include "freertos/FreeRTOS.h"

typedef struct tskTaskControlBlock* TaskHandle_t;

void vTaskDelay(const TickType_t xTicksToDelay);

#endif /* FREERTOS_TASK_H */
