/**
 * @file reflex_telemetry.h
 * @brief What happened, kept in a ring until the host has it
 *
 * A record is kept in its wire form. Its place is its tick's number modulo the size of the ring, so that any tick is found at
 * once and the oldest is overwritten by the newest. The half ring before a takeover is not overwritten before the host has it.
 * Tick numbers wrap at 2^32: they are compared by their distance alone.
 */
#ifndef REFLEX_TELEMETRY_H
#define REFLEX_TELEMETRY_H

#include "reflex_link.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Memory for `ticks` records of `record` bytes each */
#define REFLEX_RING_BYTES(ticks, record) ((size_t)(ticks) * (record))

/**
 * @brief The ring, and what of it the host has. Only reflex_telemetry.c looks inside
 */
typedef struct {
    uint8_t* records; /**< REFLEX_RING_BYTES: a record begins with its tick's number */
    size_t record_bytes;
    size_t batch_bytes;
    uint32_t capacity;     /**< Records that fit */
    uint32_t first;        /**< Number of the oldest tick not overwritten by its turn... */
    uint32_t next;         /**< ... and of the next one */
    uint32_t kept_from;    /**< Of the ticks before a takeover, which are not to be overwritten... */
    uint32_t kept_end;     /**< ... and of the one behind the last; the same: there are none */
    uint32_t sending;      /**< Of the next one to send */
    uint32_t acknowledged; /**< The host has all before it */
    uint16_t window;       /**< How far sending may run ahead of that; 0: nobody listens */
    bool refill_turn;      /**< The last frame was none of a refill */
    uint32_t refill;       /**< The next tick that the host asked for again... */
    uint32_t refill_end;   /**< ... and the one behind the last */
} reflex_telemetry;

/**
 * @brief Begin, with an empty ring and tick 0
 * \param[out]      telemetry: The state
 * \param[in]       records: Memory of REFLEX_RING_BYTES(capacity, record_bytes)
 * \param[in]       record_bytes: REFLEX_TICK_RECORD_BYTES of this robot
 * \param[in]       capacity: Records that fit there, at least 1
 * \param[in]       batch_bytes: Longest payload of `ticks`, at least one record. The link has room for it
 */
void reflex_telemetry_start(reflex_telemetry* telemetry, uint8_t* records, size_t record_bytes, uint32_t capacity,
                            size_t batch_bytes);

/** @brief The number of the next tick */
uint32_t reflex_telemetry_next(const reflex_telemetry* telemetry);

/** @brief The oldest tick in the ring; the next one's number when it is empty */
uint32_t reflex_telemetry_oldest(const reflex_telemetry* telemetry);

/**
 * @brief Keep the record of a tick, which gets the next number
 * \param[in]       telemetry: The state
 * \param[in]       record: The record, whole; its `tick` is filled in here
 * \param[in]       takeover: The expert acts from this tick on, after the policy: what led to it is to be kept
 */
void reflex_telemetry_add(reflex_telemetry* telemetry, reflex_tick_record* record, bool takeover);

/**
 * @brief `pulse`: the host has every tick before `acknowledged`, and takes `window` more
 *
 * With a window of 0 nothing is sent. A host that acknowledges what has not happened yet speaks of a time before this boot:
 * it is sent nothing until it has noticed.
 */
void reflex_telemetry_acknowledge(reflex_telemetry* telemetry, uint32_t acknowledged, uint16_t window);

/** @brief `refill`: the host asks for ticks again. Those that were not sent yet come in their turn */
void reflex_telemetry_refill(reflex_telemetry* telemetry, uint32_t tick, uint16_t count);

/** @brief The link is lost: nobody listens, until the next `pulse` */
void reflex_telemetry_silence(reflex_telemetry* telemetry);

/**
 * @brief Send one frame, `ticks` or `gone`, if there is one to send. To be called when the link is ready
 * @return Whether a frame was begun
 */
bool reflex_telemetry_send(reflex_telemetry* telemetry, reflex_link* link);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_TELEMETRY_H */
