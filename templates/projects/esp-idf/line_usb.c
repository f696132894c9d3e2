/**
 * \file            reflex_esp_idf_line.c
 * \brief           The line to the host is the chip's USB-Serial-JTAG, which is what people plug a cable into
 */
#include "reflex_esp_idf_line.h"

#include "driver/usb_serial_jtag.h"
#include "esp_err.h"

#define SEND_BYTES  256 /*!< What the driver keeps while the host does not read; after that nothing is taken */
#define PIECE_BYTES 64U /*!< A packet of USB: of a piece the driver takes all or nothing */

void
reflex_line_open(void) {
    usb_serial_jtag_driver_config_t config = {
        .tx_buffer_size = SEND_BYTES,
        .rx_buffer_size = REFLEX_LINE_RECEIVE_BYTES,
    };
    ESP_ERROR_CHECK(usb_serial_jtag_driver_install(&config));
}

size_t
reflex_line_read(uint8_t* bytes, size_t capacity) {
    const int count = usb_serial_jtag_read_bytes(bytes, (uint32_t)capacity, 0);
    return count > 0 ? (size_t)count : 0;
}

size_t
reflex_line_write(const uint8_t* bytes, size_t count) {
    size_t taken = 0;
    while (taken < count) {
        const size_t piece = count - taken < PIECE_BYTES ? count - taken : PIECE_BYTES;
        if (usb_serial_jtag_write_bytes(&bytes[taken], piece, 0) <= 0) {
            break;
        }
        taken += piece;
    }
    return taken;
}
