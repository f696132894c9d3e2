/* The test robot, its policy, and its sensors and motor as variables that the test sets and reads. */
#include "robot.h"
#include "bench.h"

static float
clamp(float value, float low, float high) {
    return value < low ? low : value > high ? high : value;
}

static float
larger(float left, float right) {
    return left > right ? left : right;
}

static float
distance_between(float left, float right) {
    return left > right ? left - right : right - left;
}

static float
float_from_bits(uint32_t bits) {
    union {
        uint32_t bits;
        float value;
    } both;

    both.bits = bits;
    return both.value;
}

static uint32_t
bits_of_float(float value) {
    union {
        uint32_t bits;
        float value;
    } both;

    both.value = value;
    return both.bits;
}

static uint32_t
get_word(const uint8_t* bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void
put_word(uint32_t word, uint8_t* bytes) {
    for (uint32_t i = 0; i < 4u; i++) {
        bytes[i] = (uint8_t)(word >> (8u * i));
    }
}

reflex_status
robot_check(const robot_observation* observation) {
    if (observation->distance != observation->distance) {
        return REFLEX_ERROR_NOT_A_NUMBER;
    }
    if (observation->distance < 0.0f || observation->distance > 2.0f) {
        return REFLEX_ERROR_OUT_OF_RANGE;
    }
    return REFLEX_OK;
}

void
robot_encode(const robot_observation* observation, int8_t input[POLICY_INPUT_SIZE]) {
    input[0] = (int8_t)(observation->distance * 60.0f);
    input[1] = (int8_t)observation->bumper;
}

/* An output beyond 100 asks for more than the motor can do: robot_limit() has to see to it. */
void
robot_decode(const int8_t output[POLICY_OUTPUT_SIZE], robot_action* action) {
    action->motor = (float)output[0] / 100.0f;
}

void
robot_neutral(robot_action* action) {
    action->motor = bench.neutral;
}

void
robot_limit(robot_action* action, const robot_action* previous) {
    action->motor = action->motor != action->motor ? bench.neutral : clamp(action->motor, -1.0f, 1.0f);
    if (previous != NULL) {
        action->motor = clamp(action->motor, previous->motor - bench.slew, previous->motor + bench.slew);
    }
}

reflex_status
robot_observation_from_wire(const uint8_t bytes[ROBOT_OBSERVATION_BYTES], robot_observation* observation) {
    observation->distance = float_from_bits(get_word(bytes));
    observation->bumper = bytes[4];
    return bytes[4] < 2u ? REFLEX_OK : REFLEX_ERROR_OUT_OF_RANGE;
}

void
robot_observation_to_wire(const robot_observation* observation, uint8_t bytes[ROBOT_OBSERVATION_BYTES]) {
    put_word(bits_of_float(observation->distance), bytes);
    bytes[4] = observation->bumper;
}

reflex_status
robot_action_from_wire(const uint8_t bytes[ROBOT_ACTION_BYTES], robot_action* action) {
    action->motor = float_from_bits(get_word(bytes));
    return action->motor == action->motor ? REFLEX_OK : REFLEX_ERROR_NOT_A_NUMBER;
}

void
robot_action_to_wire(const robot_action* action, uint8_t bytes[ROBOT_ACTION_BYTES]) {
    put_word(bits_of_float(action->motor), bytes);
}

/* A sensor that fails leaves whatever it likes. */
reflex_status
reflex_read(robot_observation* observation) {
    bench.now_us += bench.read_us;
    observation->distance = bench.sensor_works ? bench.distance : -1.0f;
    observation->bumper = bench.sensor_works ? 0 : 77;
    return bench.sensor_works ? REFLEX_OK : REFLEX_ERROR_NO_READING;
}

void
reflex_act(const robot_action* action) {
    bench.now_us += bench.act_us;
    bench.farthest = bench.acts == 0u ? 0.0f : larger(bench.farthest, distance_between(action->motor, bench.motor));
    bench.motor = action->motor;
    bench.acts++;
}

#ifndef NO_EXPERT
reflex_status
reflex_expert(robot_action* action) {
    action->motor = bench.expert_motor;
    return bench.expert_drives ? REFLEX_OK : REFLEX_ERROR_NO_READING;
}
#endif
