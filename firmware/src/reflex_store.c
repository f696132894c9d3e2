/**
 * @file reflex_store.c
 * @brief A block of bytes that survives a reboot
 */
#include "reflex_store.h"
#include "reflex_bytes.h"
#include "reflex_crc32.h"

/* "RXS" and the version of the head. */
#define MAGIC              UINT32_C(0x01535852)
#define CRC_BYTES          4u
#define CHECKED_HEAD_BYTES (REFLEX_STORE_HEAD_BYTES - CRC_BYTES)

/* Bytes read or offered to the port at once. */
#define PIECE_BYTES 64u

#define RESTING 0u
#define ERASING 1u
#define WRITING 2u

static size_t
smaller(size_t left, size_t right) {
    return left < right ? left : right;
}

/* A head without its CRC. */
static void
write_head(const reflex_store_identity* identity, uint32_t sequence, reflex_writer* head) {
    reflex_write_u32(head, MAGIC);
    reflex_write_u32(head, sequence);
    reflex_write_u64(head, identity->schema_hash);
    reflex_write_u64(head, identity->layout_hash);
    reflex_write_u64(head, identity->image_hash);
    reflex_write_u64(head, identity->policy_hash);
    reflex_write_u32(head, (uint32_t)identity->bytes);
}

static uint32_t
crc_of_block(const reflex_storage* storage, uint8_t slot, size_t bytes, uint32_t crc) {
    uint8_t piece[PIECE_BYTES];

    for (size_t position = 0; position < bytes; position += PIECE_BYTES) {
        const size_t count = smaller(PIECE_BYTES, bytes - position);

        storage->read(slot, REFLEX_STORE_HEAD_BYTES + position, piece, count);
        crc = reflex_crc32(crc, piece, count);
    }
    return crc;
}

/* Whether a slot is whole and belongs to what `wanted` says. */
static bool
read_slot(const reflex_storage* storage, uint8_t slot, const reflex_store_identity* wanted, uint32_t* sequence,
          reflex_store_identity* found) {
    uint8_t bytes[REFLEX_STORE_HEAD_BYTES];
    reflex_reader head = {bytes, sizeof(bytes), 0, true};
    uint32_t magic;
    uint32_t count;

    storage->read(slot, 0, bytes, sizeof(bytes));
    magic = reflex_read_u32(&head);
    *sequence = reflex_read_u32(&head);
    found->schema_hash = reflex_read_u64(&head);
    found->layout_hash = reflex_read_u64(&head);
    found->image_hash = reflex_read_u64(&head);
    found->policy_hash = reflex_read_u64(&head);
    count = reflex_read_u32(&head);
    if (magic != MAGIC || found->schema_hash != wanted->schema_hash || found->layout_hash != wanted->layout_hash ||
        found->image_hash != wanted->image_hash || (count != wanted->bytes && count != 0u)) {
        return false;
    }
    found->bytes = (size_t)count;
    return reflex_read_u32(&head) ==
           crc_of_block(storage, slot, found->bytes, reflex_crc32(0, bytes, CHECKED_HEAD_BYTES));
}

/* Sequence numbers wrap. */
static bool
newer(uint32_t left, uint32_t right) {
    return left != right && left - right < UINT32_C(0x80000000);
}

static bool
has_room(const reflex_storage* storage, size_t bytes) {
    return storage != NULL && storage->slot_bytes >= REFLEX_STORE_HEAD_BYTES &&
           bytes <= storage->slot_bytes - REFLEX_STORE_HEAD_BYTES;
}

bool
reflex_store_start(reflex_store* store, const reflex_storage* storage, reflex_store_identity* identity,
                   uint8_t* block) {
    bool any = false;

    store->storage = storage;
    store->block = NULL;
    store->sequence = 0;
    store->slot = 1;
    store->phase = RESTING;
    store->identity.bytes = 0;
    if (!has_room(storage, identity->bytes)) {
        return false;
    }
    for (uint8_t slot = 0; slot < 2u; slot++) {
        reflex_store_identity found;
        uint32_t sequence;

        if (read_slot(storage, slot, identity, &sequence, &found) && (!any || newer(sequence, store->sequence))) {
            any = true;
            store->sequence = sequence;
            store->slot = slot;
            store->identity = found;
        }
    }
    if (store->identity.bytes == 0u) {
        return false;
    }
    identity->policy_hash = store->identity.policy_hash;
    storage->read(store->slot, REFLEX_STORE_HEAD_BYTES, block, identity->bytes);
    return true;
}

bool
reflex_store_begin(reflex_store* store, const reflex_store_identity* identity, const uint8_t* block) {
    uint8_t bytes[CHECKED_HEAD_BYTES];
    reflex_writer head = {bytes, sizeof(bytes), 0};

    if (!has_room(store->storage, identity->bytes)) {
        return false;
    }
    store->identity = *identity;
    store->block = block;
    store->position = 0;
    store->phase = ERASING;
    write_head(identity, store->sequence + 1u, &head);
    store->crc = reflex_crc32(0, bytes, sizeof(bytes));
    return true;
}

bool
reflex_store_busy(const reflex_store* store) {
    return store->phase != RESTING;
}

static void
write_block_step(reflex_store* store, uint8_t slot) {
    const uint8_t* piece = &store->block[store->position];
    const size_t count = smaller(PIECE_BYTES, store->identity.bytes - store->position);
    const size_t taken = store->storage->write(slot, REFLEX_STORE_HEAD_BYTES + store->position, piece, count);

    store->crc = reflex_crc32(store->crc, piece, taken);
    store->position += taken;
}

static void
write_head_step(reflex_store* store, uint8_t slot) {
    const size_t written = store->position - store->identity.bytes;
    uint8_t bytes[REFLEX_STORE_HEAD_BYTES];
    reflex_writer head = {bytes, sizeof(bytes), 0};

    write_head(&store->identity, store->sequence + 1u, &head);
    reflex_write_u32(&head, store->crc);
    store->position += store->storage->write(slot, written, &bytes[written], sizeof(bytes) - written);
    if (store->position == store->identity.bytes + REFLEX_STORE_HEAD_BYTES) {
        store->sequence++;
        store->slot = slot;
        store->phase = RESTING;
    }
}

void
reflex_store_work(reflex_store* store) {
    const uint8_t slot = store->slot ^ 1u;

    if (store->phase == ERASING) {
        if (store->storage->erase(slot)) {
            store->phase = WRITING;
        }
    } else if (store->phase == WRITING) {
        if (store->position < store->identity.bytes) {
            write_block_step(store, slot);
        } else {
            write_head_step(store, slot);
        }
    }
}
