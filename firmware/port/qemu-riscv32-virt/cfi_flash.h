/**
 * @file cfi_flash.h
 * @brief The machine's second bank of flash as storage
 */
#ifndef CFI_FLASH_H
#define CFI_FLASH_H

#include "reflex_port.h"

/** @brief A slot is a sector: the first two of the bank. */
extern const reflex_storage cfi_flash;

#endif /* CFI_FLASH_H */
