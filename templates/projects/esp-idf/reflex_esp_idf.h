/**
 * \file            reflex_esp_idf.h
 * \brief           The firmware in an ESP-IDF project: app_main() calls reflex_run()
 */
#ifndef REFLEX_ESP_IDF_H
#define REFLEX_ESP_IDF_H

#include "reflex.h"

#ifdef __cplusplus
extern "C" {
#endif

/** \brief           Open the line to the host and run the firmware. Never returns */
void reflex_run(void);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_ESP_IDF_H */
