/* The test robot and its policy, which check what the firmware asks of them. */
#define reflex_read  plain_read
#define reflex_act   plain_act
#define policy_infer plain_infer
#include "robot.c"
#include "policy.c"
#undef reflex_read
#undef reflex_act
#undef policy_infer

#include "harness.h"
#include "inside.h"
#include "reflex_crc32.h"

#define ROUNDING       1e-6f
#define MOST_ANNOUNCED 64u
#define MOST_MOVES     3u /* in a tick: its own, back when that took too long, and to rest behind it */

static bool booting;
static uint32_t failed_readings; /* running */
static bool wrong_reading;
static uint32_t moves; /* since the last reading */
static uint32_t announced[MOST_ANNOUNCED];
static uint32_t announced_count;

void
inside_announce(uint32_t crc32) {
    announced[announced_count % MOST_ANNOUNCED] = crc32;
    announced_count++;
}

void
inside_new(void) {
    announced_count = 0;
    failed_readings = 0;
    wrong_reading = false;
}

void
inside_boot(void) {
    booting = true;
    moves = 0;
    used = &built_in;
}

reflex_status
reflex_read(robot_observation* observation) {
    const reflex_status status = plain_read(observation);

    moves = 0;
    failed_readings = status == REFLEX_OK ? 0u : failed_readings + 1u;
    wrong_reading = status == REFLEX_OK && robot_check(observation) != REFLEX_OK;
    return status;
}

/* The last word on every action: within range and slew, and towards neutral wherever nobody may act. */
void
reflex_act(const robot_action* action) {
    const reflex_safety* safety = inside_safety();
    const float before = distance_between(bench.motor, bench.neutral);
    const float after = distance_between(action->motor, bench.neutral);

    CHECK(action->motor >= -1.0f && action->motor <= 1.0f);
    moves = safety->source == REFLEX_SOURCE_HOST ? 0u : moves + 1u;
    CHECK(moves <= MOST_MOVES);
    if (booting) {
        CHECK(action->motor == bench.neutral);
        booting = false;
    } else {
        CHECK(distance_between(action->motor, bench.motor) <= bench.slew + ROUNDING);
        if (safety->mode == REFLEX_MODE_SAFE || safety->source == REFLEX_SOURCE_HOST || wrong_reading ||
            failed_readings > ROBOT_STALE_TICKS) {
            CHECK(after <= larger(0.0f, before - bench.slew) + ROUNDING);
        }
    }
    plain_act(action);
}

static bool
was_announced(void) {
    const uint32_t crc = reflex_crc32(0, (const uint8_t*)used, sizeof(*used));
    const uint32_t count = announced_count < MOST_ANNOUNCED ? announced_count : MOST_ANNOUNCED;

    for (uint32_t i = 0; i < count; i++) {
        if (announced[i] == crc) {
            return true;
        }
    }
    return announced_count > MOST_ANNOUNCED;
}

/* Never with half a block. */
policy_status
policy_infer(const int8_t input[POLICY_INPUT_SIZE], int8_t output[POLICY_OUTPUT_SIZE]) {
    CHECK(used == &built_in || was_announced());
    return plain_infer(input, output);
}
