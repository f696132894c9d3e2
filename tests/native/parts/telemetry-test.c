/* The ring of ticks: what it keeps, what it sends, and what it admits to have lost. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "reference.h"
#include "reflex_telemetry.h"

#define RECORD_BYTES REFLEX_TICK_RECORD_BYTES(1u, 0u, 0u, 0u)
#define BATCH_BYTES  (3u * RECORD_BYTES + 5u)

static uint8_t line[4096];
static size_t line_count;

static size_t
read_nothing(uint8_t* bytes, size_t capacity) {
    (void)bytes;
    (void)capacity;
    return 0;
}

static size_t
write_line(const uint8_t* bytes, size_t count) {
    memcpy(&line[line_count], bytes, count);
    line_count += count;
    return count;
}

static uint32_t
now_us(void) {
    return 0;
}

static const reflex_port port = {.read = read_nothing, .write = write_line, .now_us = now_us};
static uint8_t received[REFLEX_RECEIVE_BYTES(1u)];
static uint8_t sent[REFLEX_SEND_BYTES(BATCH_BYTES)];
static reflex_link to_host;
static reflex_telemetry telemetry;
static uint8_t* ring;

static void
add(unsigned count, bool takeover) {
    for (unsigned i = 0; i < count; i++) {
        const int8_t input = 7;
        reflex_tick_record record = {0};

        record.input.bytes = &input;
        record.input.count = 1;
        record.time_us = 3u * telemetry.next;
        reflex_telemetry_add(&telemetry, &record, takeover);
        CHECK_EQUAL(record.tick + 1u, reflex_telemetry_next(&telemetry));
    }
}

/* As after `first_tick` ticks that nobody kept. */
static void
start(uint32_t capacity, uint32_t first_tick) {
    free(ring);
    ring = malloc(REFLEX_RING_BYTES(capacity, RECORD_BYTES)); /* of this very size, so that sanitizers see its ends */
    if (!CHECK(ring != NULL)) {
        abort();
    }
    memset(ring, 0, REFLEX_RING_BYTES(capacity, RECORD_BYTES));
    reflex_link_start(&to_host, &port, received, sizeof(received), sent, sizeof(sent));
    reflex_telemetry_start(&telemetry, ring, RECORD_BYTES, capacity, BATCH_BYTES);
    telemetry.first = telemetry.next = telemetry.kept_from = telemetry.kept_end = first_tick;
    telemetry.sending = telemetry.acknowledged = first_tick;
}

/* Sends one frame. Returns how many ticks it holds or names, `first` being the first; negative: gone ones; 0: none was sent. */
static long
send(uint32_t* first) {
    static reference_decoder decoder;
    static reference_frame frame;
    bool whole = false;

    line_count = 0;
    if (!reflex_telemetry_send(&telemetry, &to_host)) {
        CHECK_EQUAL(line_count, 0);
        return 0;
    }
    for (size_t i = 0; i < line_count; i++) {
        whole = reference_decode(&decoder, line[i], BATCH_BYTES, &frame);
    }
    CHECK(whole);
    *first = frame.payload[0] | (uint32_t)frame.payload[1] << 8 | (uint32_t)frame.payload[2] << 16 |
             (uint32_t)frame.payload[3] << 24;
    if (frame.id == REFLEX_ID_GONE) {
        return -(long)(frame.payload[4] | frame.payload[5] << 8);
    }
    CHECK_EQUAL(frame.id, REFLEX_ID_TICKS);
    CHECK(frame.count > 0u);
    CHECK_EQUAL(frame.count % RECORD_BYTES, 0);
    for (size_t i = 0; i < frame.count / RECORD_BYTES; i++) {
        const uint8_t* record = &frame.payload[i * RECORD_BYTES];
        const uint32_t tick = *first + (uint32_t)i;

        CHECK_EQUAL(record[0], tick & 0xFFu); /* in order */
        CHECK_EQUAL(record[4], (3u * tick) & 0xFFu);
    }
    return (long)(frame.count / RECORD_BYTES);
}

static void
expect_sent(uint32_t first, long count) {
    uint32_t actual = 0;

    CHECK_EQUAL(send(&actual), count);
    if (count != 0) {
        CHECK_EQUAL(actual, first);
    }
}

TEST(nothing_is_sent_unasked) {
    start(8, 0);
    add(3, false);
    expect_sent(0, 0);
    reflex_telemetry_acknowledge(&telemetry, 0, 0);
    expect_sent(0, 0);
    reflex_telemetry_acknowledge(&telemetry, 0, 10);
    expect_sent(0, 3);
    expect_sent(0, 0);
    add(1, false);
    expect_sent(3, 1);
    reflex_telemetry_silence(&telemetry);
    add(1, false);
    expect_sent(0, 0);
    CHECK_EQUAL(reflex_telemetry_oldest(&telemetry), 0);
}

TEST(a_window_is_not_overrun) {
    start(16, 0);
    add(10, false);
    reflex_telemetry_acknowledge(&telemetry, 0, 4);
    expect_sent(0, 3); /* a batch */
    expect_sent(3, 1);
    expect_sent(0, 0);
    reflex_telemetry_acknowledge(&telemetry, 2, 4);
    expect_sent(4, 2);
    expect_sent(0, 0);
    /* Once more the same, as after a lost frame: nothing goes twice unasked. */
    reflex_telemetry_acknowledge(&telemetry, 2, 4);
    expect_sent(0, 0);
    /* After silence it goes on from what was acknowledged. */
    reflex_telemetry_silence(&telemetry);
    reflex_telemetry_acknowledge(&telemetry, 2, 2);
    expect_sent(2, 2);
    /* A host that has more than was sent, from another listener. */
    reflex_telemetry_acknowledge(&telemetry, 9, 8);
    expect_sent(9, 1);
}

TEST(what_is_overwritten_is_passed_over_and_named_when_asked_for) {
    start(4, 0);
    reflex_telemetry_acknowledge(&telemetry, 0, 8);
    add(10, false);
    CHECK_EQUAL(reflex_telemetry_oldest(&telemetry), 6);
    expect_sent(6, 3);
    expect_sent(9, 1);
    reflex_telemetry_refill(&telemetry, 0, 8);
    expect_sent(0, -6);
    expect_sent(6, 2);
    expect_sent(0, 0);
    reflex_telemetry_refill(&telemetry, 0, 3);
    expect_sent(0, -3);
    expect_sent(0, 0);
}

TEST(of_the_future_nothing_is_promised) {
    start(4, 0);
    add(2, false);
    reflex_telemetry_acknowledge(&telemetry, 2, 8);
    reflex_telemetry_refill(&telemetry, 2, 1);
    expect_sent(0, 0);
    reflex_telemetry_refill(&telemetry, 1, 65535);
    expect_sent(1, 1);
    expect_sent(0, 0);
    reflex_telemetry_refill(&telemetry, 1000, 2);
    expect_sent(0, 0);
    reflex_telemetry_acknowledge(&telemetry, 3, 8);
    add(1, false);
    expect_sent(0, 0);
}

TEST(refills_and_the_newest_take_turns) {
    start(16, 0);
    reflex_telemetry_acknowledge(&telemetry, 0, 16);
    add(3, false);
    expect_sent(0, 3);
    add(6, false);
    reflex_telemetry_refill(&telemetry, 0, 3);
    expect_sent(0, 3); /* the last frame was none of a refill */
    reflex_telemetry_refill(&telemetry, 0, 3);
    expect_sent(3, 3);
    expect_sent(0, 3);
    expect_sent(6, 3);
    expect_sent(0, 0);
}

TEST(the_half_ring_before_a_takeover_is_kept) {
    start(8, 0);
    add(10, false);
    add(1, true); /* tick 10: 6..9 are kept */
    add(20, false);
    CHECK_EQUAL(reflex_telemetry_oldest(&telemetry), 6);
    reflex_telemetry_acknowledge(&telemetry, 6, 3);
    expect_sent(6, 3);
    reflex_telemetry_acknowledge(&telemetry, 9, 3);
    expect_sent(9, 1);
    reflex_telemetry_acknowledge(&telemetry, 10, 100);
    CHECK(reflex_telemetry_oldest(&telemetry) >= 23u); /* and is free now */
    CHECK_EQUAL(telemetry.kept_from, telemetry.kept_end);
}

TEST(a_second_takeover_waits_for_the_first) {
    start(8, 0);
    add(4, false);
    add(1, true);
    add(3, false);
    add(1, true);
    CHECK_EQUAL(telemetry.kept_from, 0);
    CHECK_EQUAL(telemetry.kept_end, 4);
    reflex_telemetry_acknowledge(&telemetry, 4, 0);
    CHECK_EQUAL(telemetry.kept_from, telemetry.kept_end);
    add(1, true);
    CHECK_EQUAL(telemetry.kept_end, 9);
    CHECK_EQUAL(telemetry.kept_from, 5);
}

TEST(what_the_host_has_need_not_be_kept) {
    start(8, 0);
    add(6, false);
    reflex_telemetry_acknowledge(&telemetry, 5, 0);
    add(1, true);
    CHECK_EQUAL(telemetry.kept_from, 5);
    CHECK_EQUAL(telemetry.kept_end, 6);
}

TEST(a_ring_of_one) {
    start(1, 0);
    CHECK_EQUAL(reflex_telemetry_oldest(&telemetry), 0);
    reflex_telemetry_acknowledge(&telemetry, 0, 4);
    for (uint32_t tick = 0; tick < 5u; tick++) {
        add(1, tick == 3u);
        CHECK_EQUAL(reflex_telemetry_oldest(&telemetry), tick);
        expect_sent(tick, 1);
        expect_sent(0, 0);
        reflex_telemetry_acknowledge(&telemetry, tick + 1u, 4);
    }
    add(3, false);
    reflex_telemetry_refill(&telemetry, 5, 3);
    expect_sent(7, 1); /* what was not sent yet need not be asked for */
    reflex_telemetry_refill(&telemetry, 5, 3);
    expect_sent(5, -2);
    expect_sent(7, 1);
    expect_sent(0, 0);
}

TEST(numbers_wrap) {
    for (uint32_t capacity = 1; capacity <= 9u; capacity++) {
        start(capacity, UINT32_MAX - 20u);
        reflex_telemetry_acknowledge(&telemetry, UINT32_MAX - 20u, 2);
        for (unsigned i = 0; i < 40u; i++) {
            const uint32_t tick = reflex_telemetry_next(&telemetry);
            uint32_t first = 0;

            add(1, i % 7u == 0u);
            CHECK_EQUAL(send(&first), 1);
            CHECK_EQUAL(first, tick);
            reflex_telemetry_acknowledge(&telemetry, tick + 1u, 2);
        }
    }
}

/* Ticks kept before a takeover that nobody ever fetches are given up when their numbers come round. */
TEST(nothing_is_kept_for_ever) {
    start(8, 100);
    add(4, false);
    add(1, true);
    CHECK_EQUAL(telemetry.kept_from, 100);
    telemetry.next = telemetry.first = 100u - 1u; /* 2^32 ticks later, nearly */
    add(2, false);
    CHECK_EQUAL(telemetry.kept_from, telemetry.kept_end);
}
