/* Of FreeRTOS: components/freertos/FreeRTOS-Kernel/include/freertos/queue.h. */
#ifndef FREERTOS_QUEUE_H
#define FREERTOS_QUEUE_H

#include "freertos/FreeRTOS.h"

typedef struct QueueDefinition* QueueHandle_t;

#endif /* FREERTOS_QUEUE_H */
