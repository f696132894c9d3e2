/* Listens inside the firmware: what it took for whole frames, and its ticks as they happened. The agent is built with two of its
   calls renamed to those below, which do the same and keep a copy for the test. */
#include "reflex_link.h"
#include "reflex_telemetry.h"

#define EXPORT(name) __attribute__((export_name(name)))
#define CAPACITY     65536u

enum {
    FRAME = 0,
    TICK = 1
};

/* Entries of: what it is, a length of two bytes, the content. */
static uint8_t heard[CAPACITY];
static uint32_t heard_count;

EXPORT("tap_bytes") uint8_t* tap_bytes(void) {
    return heard;
}

/* How many there are; from now on they are forgotten. */
EXPORT("tap_take") uint32_t tap_take(void) {
    const uint32_t count = heard_count;

    heard_count = 0;
    return count;
}

static reflex_writer
begin(uint8_t what) {
    const reflex_writer entry = {&heard[heard_count], CAPACITY - heard_count, 3};

    heard[heard_count] = what;
    return entry;
}

static void
end(const reflex_writer* entry) {
    const size_t length = entry->count - 3u;

    heard[heard_count + 1u] = (uint8_t)length;
    heard[heard_count + 2u] = (uint8_t)(length >> 8);
    heard_count += (uint32_t)entry->count;
}

bool
tapped_link_next(reflex_link* link, reflex_frame* frame) {
    const bool whole = reflex_link_next(link, frame);

    if (whole) {
        reflex_writer entry = begin(FRAME);

        reflex_write_bytes(&entry, &frame->id, 1);
        reflex_write_bytes(&entry, frame->payload, frame->count);
        end(&entry);
    }
    return whole;
}

void
tapped_telemetry_add(reflex_telemetry* telemetry, reflex_tick_record* record, bool takeover) {
    reflex_writer entry = begin(TICK);

    reflex_telemetry_add(telemetry, record, takeover); /* which numbers it */
    reflex_encode_tick_record(record, &entry);
    end(&entry);
}
