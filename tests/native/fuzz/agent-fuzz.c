/* The whole agent: what a host, a line, sensors, a storage and time can do to it, in any order; and what must hold all the same.
   An input is a list of deeds, each a byte that says which and the bytes that it takes. */
#include <string.h>

#include "harness.h"
#include "host.h"
#include "inside.h"
#include "pack.h"
#include "reflex_crc32.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#define TICKS_SEEN 256u
#define RECORD_BYTES                                                                                                   \
    REFLEX_TICK_RECORD_BYTES(POLICY_INPUT_SIZE, POLICY_OUTPUT_SIZE, ROBOT_OBSERVATION_BYTES, ROBOT_ACTION_BYTES)

static const float values[] = {0.0f, 0.5f, 1.0f, -1.0f, 2.0f, 3.0f, 1e30f, -0.25f};
static const uint32_t durations[] = {0, 1000, ROBOT_PERIOD_US / 2u, ROBOT_PERIOD_US + 1u};

static struct {
    const uint8_t* bytes;
    size_t count;
} input;

/* What the host knows, from the bytes alone. */
static struct {
    reference_decoder decoder; /* of what the board was given */
    bool told;                 /* a whole frame since the board read all */
    uint32_t heard_us;
    bool silent;
    bool armed; /* a mode was asked for since the last stop */
    uint32_t polls;
    bool lock_stepped; /* in this life: ticks have the host's numbers */
    struct {
        bool known;
        bool gone;
        uint8_t record[RECORD_BYTES];
    } ticks[TICKS_SEEN];
    uint32_t refill;
} host;

static uint8_t
next(void) {
    if (input.count == 0u) {
        return 0;
    }
    input.count--;
    return *input.bytes++;
}

static float
next_value(void) {
    const uint8_t which = next();

    return which % 9u == 8u ? 0.0f / values[0] : values[which % 9u];
}

/* --- What the board says ------------------------------------------------------------------------------------------- */

static uint32_t
word(const uint8_t* bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* A tick is told the same each time, and not after it was said to be gone. */
static void
see_record(const uint8_t* record) {
    const uint32_t tick = word(record);

    CHECK(record[16] < REFLEX_MODE_COUNT && record[17] < REFLEX_ACTOR_COUNT);
    if (!host.lock_stepped && tick < TICKS_SEEN) {
        CHECK(!host.ticks[tick].gone);
        CHECK(!host.ticks[tick].known || memcmp(host.ticks[tick].record, record, RECORD_BYTES) == 0);
        host.ticks[tick].known = true;
        memcpy(host.ticks[tick].record, record, RECORD_BYTES);
    }
}

static void
see(const reference_frame* frame) {
    switch (frame->id) {
        case REFLEX_ID_HELLO:
            CHECK_EQUAL(frame->count, REFLEX_HELLO_BYTES(sizeof(ROBOT_NAME) - 1u));
            CHECK_EQUAL(frame->payload[0], REFLEX_PROTOCOL_VERSION);
            break;
        case REFLEX_ID_MODE:
            CHECK_EQUAL(frame->count, REFLEX_MODE_BYTES);
            CHECK(frame->payload[0] < REFLEX_MODE_COUNT && frame->payload[1] < REFLEX_SOURCE_COUNT &&
                  frame->payload[2] < REFLEX_REASON_COUNT);
            break;
        case REFLEX_ID_TICKS:
            CHECK(frame->count > 0u && frame->count % RECORD_BYTES == 0u);
            CHECK(frame->count <= ROBOT_BATCH_BYTES);
            for (size_t at = 0; at < frame->count; at += RECORD_BYTES) {
                see_record(&frame->payload[at]);
            }
            break;
        case REFLEX_ID_PULSE_BACK:
            CHECK_EQUAL(frame->count, REFLEX_PULSE_BACK_BYTES);
            break;
        case REFLEX_ID_GONE:
            CHECK_EQUAL(frame->count, REFLEX_GONE_BYTES);
            CHECK((frame->payload[4] | frame->payload[5]) != 0);
            for (uint32_t i = 0; i < (uint32_t)(frame->payload[4] | frame->payload[5] << 8); i++) {
                if (word(frame->payload) + i < TICKS_SEEN) {
                    host.ticks[word(frame->payload) + i].gone = true;
                }
            }
            break;
        case REFLEX_ID_SWAP:
            CHECK_EQUAL(frame->count, REFLEX_SWAP_BYTES);
            CHECK(word(&frame->payload[2]) <= POLICY_PARAMETERS_BYTES);
            break;
        case REFLEX_ID_PROBLEM:
            CHECK_EQUAL(frame->count, REFLEX_PROBLEM_BYTES);
            break;
        default:
            CHECK(false);
            break;
    }
}

/* --- What it was given --------------------------------------------------------------------------------------------- */

static void
note(const reference_frame* frame) {
    host.told = true;
    if (frame->id == REFLEX_ID_STOP) {
        host.armed = false;
    } else if (frame->id == REFLEX_ID_SET_MODE && frame->count == REFLEX_SET_MODE_BYTES) {
        host.armed = true; /* or refused, which is safe */
    } else if (frame->id == REFLEX_ID_SWAP_BEGIN && frame->count >= 32u) {
        inside_announce(word(&frame->payload[28]));
    }
}

static void
offer(const uint8_t* bytes, size_t count) {
    static reference_frame frame;

    board_offer(bytes, count);
    for (size_t i = 0; i < count; i++) {
        if (reference_decode(&host.decoder, bytes[i], REFERENCE_LONGEST, &frame)) {
            note(&frame);
        }
    }
}

static void
poll(void) {
    static reference_frame frame;
    const uint32_t begun_us = bench.now_us;
    const reflex_safety* safety = inside_safety();
    const bool lock_step = safety->source == REFLEX_SOURCE_HOST;

    board_poll();
    host.polls++;
    CHECK_EQUAL(bench.alive, host.polls);
    CHECK_EQUAL(board.storage.misuses, 0);
    host.lock_stepped = host.lock_stepped || lock_step || safety->source == REFLEX_SOURCE_HOST;
    /* In lock-step a frame may wait inside the agent: then it is heard later than the host knows. */
    if (lock_step || safety->source == REFLEX_SOURCE_HOST || !board_heard() || host.told) {
        host.heard_us = bench.now_us;
        host.silent = false;
        host.told = !board_heard();
    } else {
        host.silent = host.silent || begun_us - host.heard_us > ROBOT_LINK_TIMEOUT_US;
        CHECK(!host.silent || safety->mode == REFLEX_MODE_SAFE ||
              (ROBOT_AUTONOMOUS != 0 && safety->mode == REFLEX_MODE_AUTO));
        CHECK(host.armed || safety->mode == REFLEX_MODE_SAFE);
    }
    while (board_take(&frame)) {
        see(&frame);
    }
}

/* Polls until all is read that the board was given. */
static void
listen(void) {
    for (int polls = 0; polls < 100 && !board_heard(); polls++) {
        poll();
    }
}

static void
boot(void) {
    memset(&host, 0, sizeof(host));
    bench.alive = 0;
    bench.acts = 0;
    inside_boot();
    board_boot();
    host.heard_us = bench.now_us;
}

/* --- Deeds --------------------------------------------------------------------------------------------------------- */

static void
say(uint8_t id, const host_payload* payload) {
    static uint8_t bytes[REFERENCE_LONGEST + 64u];

    offer(bytes, reference_encode(id, 0, payload->bytes, payload->writer.count, bytes));
    listen();
}

static void
say_anything(void) {
    host_payload payload;
    reflex_writer* writer = host_begin(&payload);
    const uint8_t id = next();
    const uint8_t count = next() % 80u;

    for (uint8_t i = 0; i < count; i++) {
        reflex_write_u8(writer, next());
    }
    say(id, &payload);
}

static void
make_noise(void) {
    uint8_t bytes[64];
    const size_t count = next() % sizeof(bytes);

    for (size_t i = 0; i < count; i++) {
        bytes[i] = next();
    }
    offer(bytes, count);
}

static void
write_value(reflex_writer* writer, float value) {
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    reflex_write_u32(writer, bits);
}

static void
say_something(void) {
    host_payload payload;
    reflex_writer* writer = host_begin(&payload);

    switch (next() % 6u) {
        case 0:
            reflex_write_u8(writer, next() % REFLEX_MODE_COUNT);
            reflex_write_u8(writer, next() % 4u == 0u ? REFLEX_SOURCE_HOST : REFLEX_SOURCE_SENSORS);
            say(REFLEX_ID_SET_MODE, &payload);
            break;
        case 1:
            reflex_write_u16(writer, ROBOT_ACTION_BYTES);
            write_value(writer, next_value());
            say(REFLEX_ID_ACT, &payload);
            break;
        case 2:
            reflex_write_u32(writer, next());
            reflex_write_u16(writer, ROBOT_OBSERVATION_BYTES);
            write_value(writer, next_value());
            reflex_write_u8(writer, next() % 3u);
            say(REFLEX_ID_OBSERVE, &payload);
            break;
        case 3:
            reflex_write_u32(writer, bench.now_us);
            reflex_write_u32(writer, next());
            reflex_write_u16(writer, next());
            say(REFLEX_ID_PULSE, &payload);
            break;
        case 4:
            reflex_write_u32(writer, next());
            reflex_write_u16(writer, next());
            say(REFLEX_ID_REFILL, &payload);
            break;
        default:
            say(next() % 2u == 0u ? REFLEX_ID_STOP : REFLEX_ID_HAND_BACK, &payload);
            break;
    }
}

/* New parameters by the book, or nearly. */
static void
swap(void) {
    const uint8_t step = next();
    const uint8_t offset = next() % 4u;
    policy_parameters parameters = {POLICY_PARAMETERS_MAGIC,
                                    {(uint32_t)(POLICY_LAYOUT_HASH & UINT32_MAX), (uint32_t)(POLICY_LAYOUT_HASH >> 32)},
                                    (int8_t)offset,
                                    {offset}};
    static uint8_t packed[2u * sizeof(parameters)];
    static uint8_t travel; /* bytes that travel: packed, or all of them */
    host_payload payload;
    reflex_writer* writer = host_begin(&payload);
    uint8_t count;

    switch (step % 5u) {
        case 0:
            travel = (uint8_t)(step < 128u ? sizeof(parameters)
                                           : pack((const uint8_t*)&parameters, sizeof(parameters), packed));
            reflex_write_u64(writer, ROBOT_SCHEMA_HASH);
            reflex_write_u64(writer, POLICY_LAYOUT_HASH);
            reflex_write_u64(writer, offset);
            reflex_write_u32(writer, POLICY_PARAMETERS_BYTES);
            reflex_write_u32(writer, reflex_crc32(0, (const uint8_t*)&parameters, sizeof(parameters)));
            reflex_write_u32(writer, travel);
            reflex_write_u64(writer, next() % 4u == 3u ? POLICY_HASH : 0u);
            say(REFLEX_ID_SWAP_BEGIN, &payload);
            break;
        case 1:
            reflex_write_u32(writer, step >= 128u ? 0u : next());
            count = (uint8_t)(payload.bytes[0] < travel ? travel - payload.bytes[0] : 0);
            reflex_write_u16(writer, count);
            reflex_write_bytes(writer,
                               travel < sizeof(parameters) ? &packed[travel - count]
                                                           : (const uint8_t*)&parameters + (travel - count),
                               count);
            say(REFLEX_ID_SWAP_CHUNK, &payload);
            break;
        case 2:
            reflex_write_u16(writer, next() % 3u);
            reflex_write_u16(writer, POLICY_INPUT_SIZE);
            for (uint8_t i = 0; i < POLICY_INPUT_SIZE; i++) {
                reflex_write_u8(writer, 1);
            }
            reflex_write_u16(writer, POLICY_OUTPUT_SIZE);
            for (uint8_t i = 0; i < POLICY_OUTPUT_SIZE; i++) {
                reflex_write_u8(writer, (uint8_t)(1u + offset));
            }
            say(REFLEX_ID_SWAP_PROVE, &payload);
            break;
        case 3:
            reflex_write_u64(writer, offset);
            say(REFLEX_ID_SWAP_COMMIT, &payload);
            break;
        default:
            reflex_write_u64(writer, offset);
            say(REFLEX_ID_SWAP_REVERT, &payload);
            break;
    }
}

static void
pass(uint32_t us, uint32_t step_us) {
    for (uint32_t passed = 0; passed < us; passed += step_us) {
        bench.now_us += step_us;
        poll();
    }
}

static void
change_robot(void) {
    switch (next() % 7u) {
        case 0:
            bench.distance = next_value();
            break;
        case 1:
            bench.sensor_works = next() % 2u;
            break;
        case 2:
            bench.policy_works = next() % 2u;
            break;
        case 3:
            bench.policy_starts = next() % 2u;
            break;
        case 4:
            bench.read_us = durations[next() % 4u];
            bench.policy_us = durations[next() % 4u];
            bench.act_us = durations[next() % 4u];
            break;
        case 5:
            bench.expert_drives = next() % 2u;
            bench.expert_motor = next_value();
            break;
        default:
            board.storage.erase_steps = next() % 8u == 7u ? ENDLESS : 1u;
            board.storage.at_once = next();
            board.storage.power = next() % 4u == 0u ? next() : ENDLESS;
            break;
    }
}

static void
act_out(uint8_t deed) {
    switch (deed % 10u) {
        case 0:
            make_noise();
            break;
        case 1:
            say_anything();
            break;
        case 2:
        case 3:
            say_something();
            break;
        case 4:
            swap();
            break;
        case 5:
            pass(256u * next(), 4096);
            break;
        case 6:
            pass(ROBOT_PERIOD_US * (next() % 16u), ROBOT_PERIOD_US);
            break;
        case 7:
            change_robot();
            break;
        case 8:
            bench.room = next();
            bench.room = bench.room >= 128u ? ENDLESS : bench.room;
            poll();
            break;
        default:
            if (next() % 4u == 0u) {
                boot();
            } else {
                board.chunk = 1u + next();
                poll();
            }
            break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const float slews[] = {10.0f, 0.125f, 0.25f, 0.03125f};
    static const float neutrals[] = {0.0f, 0.0f, 0.5f, -1.0f};
    uint8_t setup;

    input.bytes = data;
    input.count = size;
    setup = next();
    board_make();
    inside_new();
    bench.slew = slews[setup % 4u];
    bench.neutral = neutrals[setup / 4u % 4u];
    bench.now_us = setup / 16u % 2u == 0u ? 0u : UINT32_MAX - 7u * ROBOT_PERIOD_US;
    board.storage.there = setup / 32u % 2u == 0u;
    boot();
    while (input.count > 0u) {
        act_out(next());
    }
    return 0;
}
