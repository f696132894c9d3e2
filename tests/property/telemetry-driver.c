/* The board's ring of ticks at the end of a pipe: numbers in, what it has and what it sends out. For telemetry-ring.test.ts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reflex_telemetry.h"

#define INPUT_BYTES            3u
#define MOST_OBSERVATION_BYTES 500u
#define MOST_BATCH_BYTES       REFLEX_TICK_RECORD_BYTES(INPUT_BYTES, 0u, MOST_OBSERVATION_BYTES, 0u)

static uint8_t line[1024];
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

static const reflex_port port = {
    .read = read_nothing, .write = write_line, .now_us = now_us}; /* all that a link uses */
static uint8_t received[REFLEX_RECEIVE_BYTES(1u)];
static uint8_t sent[REFLEX_SEND_BYTES(MOST_BATCH_BYTES)];
static reflex_link link_to_host;
static reflex_telemetry telemetry;
static uint8_t* ring;
static uint16_t observation_bytes;
static const uint8_t observation[MOST_OBSERVATION_BYTES];

static void
start(uint32_t capacity, uint32_t batch_bytes, uint32_t first_tick) {
    const size_t record_bytes = REFLEX_TICK_RECORD_BYTES(INPUT_BYTES, 0u, observation_bytes, 0u);

    free(ring);
    ring = malloc(REFLEX_RING_BYTES(capacity, record_bytes)); /* of this very size, so that sanitizers see its ends */
    if (ring == NULL) {
        exit(1);
    }
    memset(ring, 0xFF, REFLEX_RING_BYTES(capacity, record_bytes)); /* what was there before, with numbers of ticks */
    reflex_link_start(&link_to_host, &port, received, sizeof(received), sent, sizeof(sent));
    reflex_telemetry_start(&telemetry, ring, record_bytes, capacity, batch_bytes);
    /* As after so many ticks that nobody kept. */
    telemetry.first = telemetry.next = telemetry.kept_from = telemetry.kept_end = first_tick;
    telemetry.sending = telemetry.acknowledged = first_tick;
}

static void
add(uint32_t mark, bool takeover) {
    const int8_t input[INPUT_BYTES] = {(int8_t)(mark & 0x7Fu), 0, -1};
    reflex_tick_record record = {0};

    record.time_us = mark;
    record.mode = REFLEX_MODE_AUTO;
    record.input.bytes = input;
    record.input.count = INPUT_BYTES;
    record.observation.bytes = observation;
    record.observation.count = observation_bytes;
    reflex_telemetry_add(&telemetry, &record, takeover);
}

int
main(void) {
    char command;
    unsigned long a, b, c;

    while (scanf(" %c %lu %lu %lu", &command, &a, &b, &c) == 4) {
        bool begun = false;

        line_count = 0;
        switch (command) {
            case 'o':
                observation_bytes = (uint16_t)a;
                break;
            case 's':
                start((uint32_t)a, (uint32_t)b, (uint32_t)c);
                break;
            case 'a':
                add((uint32_t)a, b != 0u);
                break;
            case 'k':
                reflex_telemetry_acknowledge(&telemetry, (uint32_t)a, (uint16_t)b);
                break;
            case 'r':
                reflex_telemetry_refill(&telemetry, (uint32_t)a, (uint16_t)b);
                break;
            case 'q':
                reflex_telemetry_silence(&telemetry);
                break;
            case 'w':
                telemetry.first = telemetry.next = telemetry.kept_from;
                break;
            case 'x':
                fflush(stdout);
                continue;
            case 'f':
                begun = reflex_telemetry_send(&telemetry, &link_to_host);
                break;
            default:
                return 1;
        }
        printf("%u %lu %lu ", begun ? 1u : 0u, (unsigned long)reflex_telemetry_next(&telemetry),
               (unsigned long)reflex_telemetry_oldest(&telemetry));
        for (size_t i = 0; i < line_count; i++) {
            printf("%02x", line[i]);
        }
        putchar('\n');
    }
    return 0;
}
