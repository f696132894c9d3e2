/**
 * @file reflex_link.h
 * @brief Frames over a port: COBS( id, counter, payload, CRC-16 ) 0x00, as PROTOCOL.md has them
 *
 * Sending never waits: what the port has no room for goes out with the next calls of reflex_link_flush(). So one frame at a
 * time is under way, and whoever has something to tell asks reflex_link_ready() first.
 *
 * The application owns the memory, because only it knows its longest message:
 *
 *     static uint8_t received[REFLEX_RECEIVE_BYTES(LONGEST_REQUEST)];
 *     static uint8_t sent[REFLEX_SEND_BYTES(LONGEST_ANSWER)];
 *     reflex_link_start(&link, port, received, sizeof(received), sent, sizeof(sent));
 */
#ifndef REFLEX_LINK_H
#define REFLEX_LINK_H

#include "reflex.h"
#include "reflex_bytes.h"
#include "reflex_cobs.h"
#include "reflex_protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Bytes taken from the port at once */
#ifndef REFLEX_CHUNK_BYTES
#ifdef __AVR__
#define REFLEX_CHUNK_BYTES 16u /* of 2 KB of RAM */
#else
#define REFLEX_CHUNK_BYTES 64u
#endif
#endif

/** @brief Id and counter ahead of a payload */
#define REFLEX_HEADER_BYTES 2u

/** @brief Header and CRC around a payload */
#define REFLEX_ENVELOPE_BYTES 4u

/** @brief Memory to receive payloads of up to `payload` bytes */
#define REFLEX_RECEIVE_BYTES(payload) ((payload) + REFLEX_ENVELOPE_BYTES)

/** @brief Memory to send payloads of up to `payload` bytes: room for stuffing in front, for the zero behind */
#define REFLEX_SEND_BYTES(payload)                                                                                     \
    ((payload) + REFLEX_ENVELOPE_BYTES + REFLEX_COBS_OVERHEAD((payload) + REFLEX_ENVELOPE_BYTES) + 1u)

/** @brief The larger of two numbers: of sizes, in constants too */
#define REFLEX_LARGER(a, b) ((a) > (b) ? (a) : (b))

/**
 * @brief A frame that arrived whole. Valid until the next one is asked for
 */
typedef struct {
    uint8_t id;             /**< Which message: REFLEX_ID_... */
    const uint8_t* payload; /**< Its payload */
    size_t count;           /**< Bytes of it */
} reflex_frame;

/**
 * @brief Both directions of a link. Only reflex_link.c looks inside, but for `bad_frames`
 */
typedef struct {
    const reflex_port* port;
    uint8_t chunk[REFLEX_CHUNK_BYTES]; /**< Bytes as they came from the port */
    size_t chunk_count;
    size_t chunk_position;
    uint8_t* received; /**< The frame so far, unstuffed */
    size_t received_capacity;
    size_t received_count; /**< More than the capacity: it was too long */
    reflex_cobs cobs;
    uint8_t* sent; /**< The frame to send */
    size_t sent_capacity;
    size_t sent_count;    /**< Bytes of the frame under way */
    size_t sent_position; /**< Of them, how many the port has taken */
    uint8_t counter;      /**< Of the next frame */
    uint32_t bad_frames;  /**< Frames dropped since start */
    uint32_t told_frames; /**< Of them, how many the host was told of */
    uint32_t told_us;     /**< When */
} reflex_link;

/**
 * @brief Begin. Sends one 0x00, so that what was on the line before does no harm
 * \param[out]      link: The link
 * \param[in]       port: Where bytes come and go
 * \param[in]       received: REFLEX_RECEIVE_BYTES(longest payload to receive)
 * \param[in]       received_capacity: Its size
 * \param[in]       sent: REFLEX_SEND_BYTES(longest payload to send)
 * \param[in]       sent_capacity: Its size
 */
void reflex_link_start(reflex_link* link, const reflex_port* port, uint8_t* received, size_t received_capacity,
                       uint8_t* sent, size_t sent_capacity);

/** @brief Take what arrived from the port: at most REFLEX_CHUNK_BYTES, and only when the last ones are used up */
void reflex_link_fill(reflex_link* link);

/**
 * @brief The next whole frame among the bytes taken
 * \param[in]       link: The link
 * \param[out]      frame: The frame
 * @return Whether there is one. If not, all bytes taken are used up
 */
bool reflex_link_next(reflex_link* link, reflex_frame* frame);

/** @brief Give the port what is left of the frame under way, as far as it has room. @return Whether anything moved */
bool reflex_link_flush(reflex_link* link);

/** @brief Whether nothing is left of the frame before, so that another one may begin */
bool reflex_link_ready(const reflex_link* link);

/**
 * @brief Whether the host is to be told of bad frames now: there are new ones, and the last time is long enough ago. The next
 *        time is counted from here then
 */
bool reflex_link_complains(reflex_link* link);

/** @brief Where to write the payload of the next frame. To be called only when the link is ready */
reflex_writer reflex_link_begin(reflex_link* link);

/**
 * @brief Send the frame whose payload was written: now what the port has room for, the rest as it is flushed
 * \param[in]       link: The link
 * \param[in]       id: Which message
 * \param[in]       payload: What reflex_link_begin() gave
 * @return REFLEX_OK, or REFLEX_ERROR_TOO_LONG: nothing was sent
 */
reflex_status reflex_link_send(reflex_link* link, uint8_t id, const reflex_writer* payload);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_LINK_H */
