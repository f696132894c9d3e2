/**
 * @file reflex_store.h
 * @brief A block of bytes that survives a reboot, in two slots of which one is always whole
 *
 * A slot is a head (sequence number, length, identity, CRC-32 of head and block) and the block. The head is written last, so a
 * slot that was being written when the power went has none that is valid.
 */
#ifndef REFLEX_STORE_H
#define REFLEX_STORE_H

#include <stdbool.h>

#include "reflex_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @brief What a block belongs to */
typedef struct {
    uint64_t schema_hash;
    uint64_t layout_hash;
    uint64_t image_hash; /**< Of what the image was built with: flashing another one counts more than what was stored */
    uint64_t policy_hash; /**< Of the block */
    size_t bytes;         /**< Length of the block; 0: none, what the image was built with drives */
} reflex_store_identity;

/** @brief Bytes of a slot beside the block */
#define REFLEX_STORE_HEAD_BYTES 48u

/** @brief Where a store is. Only reflex_store.c looks inside */
typedef struct {
    const reflex_storage* storage;
    const uint8_t* block; /**< What is being written */
    reflex_store_identity identity;
    uint32_t sequence; /**< Of the newest slot */
    size_t position;   /**< Bytes that are written: those of the block, then those of the head */
    uint32_t crc;
    uint8_t slot;  /**< The newest */
    uint8_t phase; /**< Of writing the other one */
} reflex_store;

/**
 * @brief Look for the newest whole slot that fits
 * \param[out]      store: The store
 * \param[in]       storage: The port's; NULL: there is none
 * \param[in,out]   identity: What must fit (schema, layout, image, length); its `policy_hash` is filled in
 * \param[out]      block: Memory of `identity->bytes`: the block, where one is found
 * @return Whether one was found, and is not of length 0
 */
bool reflex_store_start(reflex_store* store, const reflex_storage* storage, reflex_store_identity* identity,
                        uint8_t* block);

/**
 * @brief Begin to write a block to the older slot, instead of what was being written. It must stay as it is until
 *        reflex_store_busy() says no
 * @return Whether it fits
 */
bool reflex_store_begin(reflex_store* store, const reflex_store_identity* identity, const uint8_t* block);

/** @brief Whether writing is not finished */
bool reflex_store_busy(const reflex_store* store);

/** @brief One step of writing, of little more than the storage's step_us */
void reflex_store_work(reflex_store* store);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_STORE_H */
