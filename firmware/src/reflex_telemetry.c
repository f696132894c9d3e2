/**
 * @file reflex_telemetry.c
 * @brief What happened, kept in a ring until the host has it
 *
 * Any tick's place may have been taken by another, so a record counts only where the number in it is the one looked for, and
 * only in the two ranges where records of this boot can be: [first, next), and [kept_from, kept_end) before a takeover.
 */
#include "reflex_telemetry.h"

/* Numbers further ahead of the next tick than this are behind it: they wrap. */
static const uint32_t farthest = UINT32_MAX / 2u;

static uint32_t
lesser(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* Whether a tick is one of [from, end). */
static bool
within(uint32_t tick, uint32_t from, uint32_t end) {
    return tick - from < end - from;
}

static uint8_t*
place_of(const reflex_telemetry* telemetry, uint32_t tick) {
    return &telemetry->records[(size_t)(tick % telemetry->capacity) * telemetry->record_bytes];
}

static uint32_t
tick_at(const uint8_t* place) {
    reflex_reader reader = {place, sizeof(uint32_t), 0, true};

    return reflex_read_u32(&reader);
}

static bool
is_kept(const reflex_telemetry* telemetry, uint32_t tick) {
    return within(tick, telemetry->kept_from, telemetry->kept_end);
}

/* Whether the ring may have a tick: without a look at its place. */
static bool
may_have(const reflex_telemetry* telemetry, uint32_t tick) {
    return within(tick, telemetry->first, telemetry->next) || is_kept(telemetry, tick);
}

static bool
has(const reflex_telemetry* telemetry, uint32_t tick) {
    return may_have(telemetry, tick) && tick_at(place_of(telemetry, tick)) == tick;
}

/* The first of the ticks [from, end) that the ring has, or `end`. What it can't have is leapt over, so this looks at no more
   places than the ring has. */
static uint32_t
first_had(const reflex_telemetry* telemetry, uint32_t from, uint32_t end) {
    uint32_t tick = from;

    while (tick != end && !has(telemetry, tick)) {
        uint32_t step = 1;

        if (!may_have(telemetry, tick)) {
            step = lesser(end - tick, telemetry->first - tick);
            if (telemetry->kept_from != telemetry->kept_end) {
                step = lesser(step, telemetry->kept_from - tick);
            }
        }
        tick += step;
    }
    return tick;
}

void
reflex_telemetry_start(reflex_telemetry* telemetry, uint8_t* records, size_t record_bytes, uint32_t capacity,
                       size_t batch_bytes) {
    telemetry->records = records;
    telemetry->record_bytes = record_bytes;
    telemetry->batch_bytes = batch_bytes;
    telemetry->capacity = capacity;
    telemetry->first = 0;
    telemetry->next = 0;
    telemetry->kept_from = 0;
    telemetry->kept_end = 0;
    telemetry->sending = 0;
    telemetry->acknowledged = 0;
    telemetry->refill_turn = false;
    reflex_telemetry_silence(telemetry);
}

uint32_t
reflex_telemetry_next(const reflex_telemetry* telemetry) {
    return telemetry->next;
}

uint32_t
reflex_telemetry_oldest(const reflex_telemetry* telemetry) {
    const bool keeps_older = telemetry->kept_from != telemetry->kept_end &&
                             telemetry->next - telemetry->kept_from > telemetry->next - telemetry->first;

    return first_had(telemetry, keeps_older ? telemetry->kept_from : telemetry->first, telemetry->next);
}

/* Keeps the half ring before a takeover, as far as it is there and the host has not got it. */
static void
keep_before(reflex_telemetry* telemetry, uint32_t takeover) {
    uint32_t count = telemetry->capacity / 2u;

    count = lesser(count, takeover - telemetry->first);
    count = lesser(count, takeover - telemetry->acknowledged);
    telemetry->kept_from = takeover - count;
    telemetry->kept_end = takeover;
}

void
reflex_telemetry_add(reflex_telemetry* telemetry, reflex_tick_record* record, bool takeover) {
    const uint32_t tick = telemetry->next;
    reflex_writer place = {place_of(telemetry, tick), telemetry->record_bytes, 0};
    uint32_t before;

    if (tick == telemetry->kept_from) { /* the numbers have come round to those kept, which nobody fetched */
        telemetry->kept_end = tick;
    }
    if (takeover && telemetry->kept_from == telemetry->kept_end) {
        keep_before(telemetry, tick);
    }
    before = tick_at(place.bytes);
    record->tick = tick;
    if (!is_kept(telemetry, before) || place_of(telemetry, before) != place.bytes) {
        reflex_encode_tick_record(record, &place);
    }
    telemetry->next++;
    if (telemetry->next - telemetry->first > telemetry->capacity) {
        telemetry->first = telemetry->next - telemetry->capacity;
    }
}

void
reflex_telemetry_acknowledge(reflex_telemetry* telemetry, uint32_t acknowledged, uint16_t window) {
    const uint32_t behind = telemetry->next - acknowledged;

    if (behind > farthest) {
        reflex_telemetry_silence(telemetry);
        return;
    }
    if (telemetry->window == 0u || telemetry->next - telemetry->sending > behind) {
        telemetry->sending = acknowledged;
    }
    telemetry->acknowledged = acknowledged;
    telemetry->window = window;
    if (behind <= telemetry->next - telemetry->kept_end) {
        telemetry->kept_from = telemetry->kept_end;
    }
}

void
reflex_telemetry_refill(reflex_telemetry* telemetry, uint32_t tick, uint16_t count) {
    const uint32_t behind = telemetry->next - tick;
    const uint32_t unsent = telemetry->window == 0u ? 0u : telemetry->next - telemetry->sending;
    const bool was_sent = behind <= farthest && behind > unsent;

    telemetry->refill = tick;
    telemetry->refill_end = tick + (was_sent ? lesser(count, behind - unsent) : 0u);
}

void
reflex_telemetry_silence(reflex_telemetry* telemetry) {
    telemetry->window = 0;
    telemetry->refill = 0;
    telemetry->refill_end = 0;
}

/* Sends the ticks from `from` on, as many as one frame takes, up to the first that the ring does not have. Returns the one
   behind the last. */
static uint32_t
send_ticks(const reflex_telemetry* telemetry, reflex_link* link, uint32_t from, uint32_t end) {
    reflex_writer payload = reflex_link_begin(link);
    uint32_t tick = from;

    while (tick != end && payload.count + telemetry->record_bytes <= telemetry->batch_bytes && has(telemetry, tick)) {
        reflex_write_bytes(&payload, place_of(telemetry, tick), telemetry->record_bytes);
        tick++;
    }
    (void)reflex_link_send(link, REFLEX_ID_TICKS, &payload);
    return tick;
}

static void
send_refill(reflex_telemetry* telemetry, reflex_link* link) {
    const uint32_t had = first_had(telemetry, telemetry->refill, telemetry->refill_end);

    if (had != telemetry->refill) {
        const reflex_gone_message message = {telemetry->refill, (uint16_t)(had - telemetry->refill)};
        reflex_writer payload = reflex_link_begin(link);

        reflex_encode_gone(&message, &payload);
        (void)reflex_link_send(link, REFLEX_ID_GONE, &payload);
        telemetry->refill = had;
    } else {
        telemetry->refill = send_ticks(telemetry, link, had, telemetry->refill_end);
    }
}

/* How many ticks the host takes from `sending` on. What is lost is passed over: the host's window begins behind it. */
static uint32_t
count_live(reflex_telemetry* telemetry) {
    uint32_t ahead;

    if (telemetry->window == 0u || telemetry->sending == telemetry->next) {
        return 0;
    }
    telemetry->sending = first_had(telemetry, telemetry->sending, telemetry->next);
    ahead = telemetry->sending - first_had(telemetry, telemetry->acknowledged, telemetry->next);
    if (ahead >= telemetry->window) {
        return 0;
    }
    return lesser(telemetry->window - ahead, telemetry->next - telemetry->sending);
}

bool
reflex_telemetry_send(reflex_telemetry* telemetry, reflex_link* link) {
    const uint32_t live = count_live(telemetry);
    const bool refills = telemetry->refill != telemetry->refill_end;

    if (refills && (live == 0u || telemetry->refill_turn)) {
        telemetry->refill_turn = false;
        send_refill(telemetry, link);
        return true;
    }
    if (live > 0u) {
        telemetry->refill_turn = true;
        telemetry->sending = send_ticks(telemetry, link, telemetry->sending, telemetry->sending + live);
        return true;
    }
    return false;
}
