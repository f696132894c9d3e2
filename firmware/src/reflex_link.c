/**
 * @file reflex_link.c
 * @brief Frames over a port
 */
#include "reflex_link.h"
#include "reflex_crc16.h"

static const uint8_t frame_end = 0x00;

/* The frame to send is built behind the bytes that stuffing adds at most, then stuffed towards the front: one buffer does
   for both. The longest frame for which n bytes have room, its stuffing and the zero included, leaves this many free. */
static size_t
headroom(const reflex_link* link) {
    return 1u + (link->sent_capacity - 1u) / 255u;
}

void
reflex_link_start(reflex_link* link, const reflex_port* port, uint8_t* received, size_t received_capacity,
                  uint8_t* sent, size_t sent_capacity) {
    link->port = port;
    link->chunk_count = 0;
    link->chunk_position = 0;
    link->received = received;
    link->received_capacity = received_capacity;
    link->received_count = 0;
    link->cobs.code = 0;
    link->cobs.left = 0;
    link->sent = sent;
    link->sent_capacity = sent_capacity;
    link->counter = 0;
    link->bad_frames = 0;
    link->told_frames = 0;
    link->told_us = port->now_us();
    link->sent[0] = frame_end;
    link->sent_count = 1;
    link->sent_position = 0;
    (void)reflex_link_flush(link);
}

void
reflex_link_fill(reflex_link* link) {
    if (link->chunk_position == link->chunk_count) {
        link->chunk_count = link->port->read(link->chunk, REFLEX_CHUNK_BYTES);
        link->chunk_position = 0;
    }
}

/* At the end of a frame: whether it is whole. An empty one is neither good nor bad. */
static bool
accept(reflex_link* link, reflex_frame* frame) {
    const size_t count = link->received_count;
    const bool empty = link->cobs.code == 0u;
    bool good = link->cobs.left == 0u && count >= REFLEX_ENVELOPE_BYTES && count <= link->received_capacity;

    if (good) {
        const uint8_t* crc = &link->received[count - 2u];
        const uint16_t expected = reflex_crc16(link->received, count - 2u);

        good = crc[0] == (expected & 0xFFu) && crc[1] == expected >> 8;
    }
    if (good) {
        frame->id = link->received[0];
        frame->payload = &link->received[REFLEX_HEADER_BYTES];
        frame->count = count - REFLEX_ENVELOPE_BYTES;
    } else if (!empty) {
        link->bad_frames++;
    }
    link->received_count = 0;
    link->cobs.code = 0;
    link->cobs.left = 0;
    return good;
}

bool
reflex_link_next(reflex_link* link, reflex_frame* frame) {
    while (link->chunk_position < link->chunk_count) {
        const uint8_t stuffed = link->chunk[link->chunk_position];
        uint8_t byte;

        link->chunk_position++;
        if (stuffed == frame_end) {
            if (accept(link, frame)) {
                return true;
            }
        } else if (reflex_cobs_unstuff(&link->cobs, stuffed, &byte) &&
                   link->received_count <= link->received_capacity) {
            if (link->received_count < link->received_capacity) {
                link->received[link->received_count] = byte;
            }
            link->received_count++;
        }
    }
    return false;
}

bool
reflex_link_flush(reflex_link* link) {
    size_t taken = 0;

    if (!reflex_link_ready(link)) {
        taken = link->port->write(&link->sent[link->sent_position], link->sent_count - link->sent_position);
        link->sent_position += taken;
    }
    return taken > 0u;
}

bool
reflex_link_ready(const reflex_link* link) {
    return link->sent_position == link->sent_count;
}

bool
reflex_link_complains(reflex_link* link) {
    const uint32_t now_us = link->port->now_us();

    if (link->bad_frames == link->told_frames || now_us - link->told_us < REFLEX_PROBLEM_INTERVAL_US) {
        return false;
    }
    link->told_frames = link->bad_frames;
    link->told_us = now_us;
    return true;
}

reflex_writer
reflex_link_begin(reflex_link* link) {
    const size_t before = headroom(link) + REFLEX_HEADER_BYTES;
    reflex_writer payload;

    payload.bytes = &link->sent[before];
    payload.capacity = link->sent_capacity - before - 2u - 1u; /* CRC, zero */
    payload.count = 0;
    return payload;
}

reflex_status
reflex_link_send(reflex_link* link, uint8_t id, const reflex_writer* payload) {
    uint8_t* frame = &link->sent[headroom(link)];
    const size_t checked = REFLEX_HEADER_BYTES + payload->count;
    uint16_t crc;

    if (payload->count > payload->capacity) {
        return REFLEX_ERROR_TOO_LONG;
    }
    frame[0] = id;
    frame[1] = link->counter;
    link->counter++;
    crc = reflex_crc16(frame, checked);
    frame[checked] = (uint8_t)(crc & 0xFFu);
    frame[checked + 1u] = (uint8_t)(crc >> 8);
    link->sent_count = reflex_cobs_stuff(frame, checked + 2u, link->sent);
    link->sent[link->sent_count] = frame_end;
    link->sent_count++;
    link->sent_position = 0;
    (void)reflex_link_flush(link);
    return REFLEX_OK;
}
