/**
 * @file reflex_tick.c
 * @brief One tick of the robot: read, infer, guard, act
 *
 * What is particular to the robot is in robot.h, which is generated from robot.ts; what is particular to its policy in policy.h.
 */
#include "reflex_tick.h"
#include "robot.h"

static const reflex_port* board;

static robot_observation held;    /* the last good reading */
static robot_observation current; /* this tick's: what a camera sees is too large for a stack */
static uint8_t held_ticks;        /* its age; more than ROBOT_STALE_TICKS: too old, or there is none */
static robot_action host_action;
static robot_action done[REFLEX_SOURCE_COUNT]; /* the last action, of the actuators and of lock-step */
static bool rested;                            /* the last action was reflex_tick_rest()'s */

static reflex_tick_record tick; /* in the memory below */
static int8_t input[POLICY_INPUT_SIZE];
static int8_t output[POLICY_OUTPUT_SIZE];
static uint8_t observation_bytes[ROBOT_OBSERVATION_BYTES];
static uint8_t action_bytes[ROBOT_ACTION_BYTES];

/* Nobody is on board, unless the robot's own part says otherwise. */
__attribute__((weak)) reflex_status
reflex_expert(robot_action* action) {
    (void)action;
    return REFLEX_ERROR_NO_READING;
}

static uint8_t
fault_of(reflex_status status) {
    switch (status) {
        case REFLEX_OK:
            return 0;
        case REFLEX_ERROR_NOT_A_NUMBER:
            return REFLEX_FAULT_NOT_A_NUMBER;
        case REFLEX_ERROR_OUT_OF_RANGE:
            return REFLEX_FAULT_OUT_OF_RANGE;
        default:
            return REFLEX_FAULT_STALE;
    }
}

/* In lock-step, each tick has an observation of its own. Returns what is wrong with it, like read_sensors(). */
static uint8_t
take_observation(const uint8_t* observed, robot_observation* observation) {
    reflex_status status = robot_observation_from_wire(observed, observation);

    if (status == REFLEX_OK) {
        status = robot_check(observation);
    }
    for (size_t i = 0; i < ROBOT_OBSERVATION_BYTES; i++) {
        observation_bytes[i] = observed[i];
    }
    tick.circumstances |= REFLEX_CIRCUMSTANCE_OBSERVED;
    return fault_of(status);
}

/* A sensor that does not answer leaves the last good reading in force, until that is too old. */
static uint8_t
read_sensors(robot_observation* observation) {
    reflex_status status;

    if (held_ticks <= ROBOT_STALE_TICKS) {
        held_ticks++;
    }
    if (reflex_read(observation) == REFLEX_OK) {
        tick.circumstances |= REFLEX_CIRCUMSTANCE_OBSERVED;
        status = robot_check(observation);
        if (status == REFLEX_OK) {
            held = *observation;
            held_ticks = 0;
        }
    } else {
        *observation = held;
        status = held_ticks <= ROBOT_STALE_TICKS ? REFLEX_OK : REFLEX_ERROR_NO_READING;
    }
    robot_observation_to_wire(observation, observation_bytes);
    return fault_of(status);
}

/* What a policy that failed remembers is worth nothing. Returns whether it did. */
static bool
infer(const robot_observation* observation, reflex_safety* safety) {
    const bool afresh = reflex_safety_begins_afresh(safety);
    uint32_t begun_us;
    policy_status status;

    robot_encode(observation, input);
    begun_us = board->now_us();
    if (afresh) {
        policy_reset();
    }
    status = policy_infer(input, output);
    tick.infer_us = board->now_us() - begun_us;
    if (status != POLICY_OK) {
        reflex_safety_begin_afresh(safety);
        (void)reflex_safety_event(safety, REFLEX_EVENT_POLICY_FAILED);
        return true;
    }
    tick.circumstances |= REFLEX_CIRCUMSTANCE_INFERRED;
    if (afresh) {
        tick.circumstances |= REFLEX_CIRCUMSTANCE_AFRESH;
    }
    return false;
}

/* What the policy did not see and say is not reported. */
static void
clear_policy(void) {
    for (size_t i = 0; i < POLICY_INPUT_SIZE; i++) {
        input[i] = 0;
    }
    for (size_t i = 0; i < POLICY_OUTPUT_SIZE; i++) {
        output[i] = 0;
    }
}

/* What the actor wants done; `action` is the expert's so far. */
static void
choose(reflex_actor actor, robot_action* action) {
    switch (actor) {
        case REFLEX_ACTOR_EXPERT:
            break;
        case REFLEX_ACTOR_POLICY:
            robot_decode(output, action);
            break;
        default:
            robot_neutral(action);
            break;
    }
}

/* The last word on every action, the neutral one too. */
static void
act(robot_action* action, reflex_source source) {
    robot_limit(action, &done[source]);
    done[source] = *action;
    if (source == REFLEX_SOURCE_SENSORS) {
        reflex_act(action);
        rested = false;
    }
}

/* Asked before acting, so that what came of a tick too slow is not done, and after it, in case acting is what was slow. */
static bool
is_late(reflex_source source, uint32_t due_us) {
    return source == REFLEX_SOURCE_SENSORS && board->now_us() - due_us > ROBOT_PERIOD_US;
}

void
reflex_tick_start(const reflex_port* port) {
    robot_neutral(&done[REFLEX_SOURCE_SENSORS]);
    robot_limit(&done[REFLEX_SOURCE_SENSORS], NULL);
    reflex_act(&done[REFLEX_SOURCE_SENSORS]);
    board = port;
    rested = false;
    robot_neutral(&host_action);
    tick.input.bytes = input;
    tick.input.count = POLICY_INPUT_SIZE;
    tick.output.bytes = output;
    tick.output.count = POLICY_OUTPUT_SIZE;
    tick.observation.bytes = observation_bytes;
    tick.observation.count = ROBOT_OBSERVATION_BYTES;
    tick.action.bytes = action_bytes;
    tick.action.count = ROBOT_ACTION_BYTES;
    reflex_tick_change_source();
}

void
reflex_tick_change_source(void) {
    held_ticks = ROBOT_STALE_TICKS + 1u;
    robot_neutral(&done[REFLEX_SOURCE_HOST]);
    robot_limit(&done[REFLEX_SOURCE_HOST], NULL);
}

void
reflex_tick_rest(void) {
    robot_action action;

    if (!rested) {
        robot_neutral(&action);
        act(&action, REFLEX_SOURCE_SENSORS);
        rested = true;
    }
}

void
reflex_tick_rest_period(void) {
    robot_action action;

    robot_neutral(&action);
    act(&action, REFLEX_SOURCE_SENSORS);
}

reflex_status
reflex_tick_take_action(const uint8_t* bytes) {
    robot_action action;
    const reflex_status status = robot_action_from_wire(bytes, &action);

    if (status == REFLEX_OK) {
        host_action = action;
    }
    return status;
}

reflex_tick_record*
reflex_tick_run(reflex_safety* safety, const uint8_t* observed, uint32_t due_us) {
    const reflex_source source = observed == NULL ? REFLEX_SOURCE_SENSORS : REFLEX_SOURCE_HOST;
    robot_action action;
    uint8_t faults;
    bool on_board;
    bool failed = false;
    bool missed;

    tick.time_us = board->now_us();
    tick.infer_us = 0;
    tick.circumstances = observed == NULL ? 0u : REFLEX_CIRCUMSTANCE_LOCK_STEP;

    /* read */
    faults = observed == NULL ? read_sensors(&current) : take_observation(observed, &current);
    on_board = reflex_expert(&action) == REFLEX_OK;
    if (!on_board) {
        action = host_action;
    }

    /* infer */
    if (faults == 0u && reflex_safety_infers(safety)) {
        failed = infer(&current, safety);
    }
    if ((tick.circumstances & REFLEX_CIRCUMSTANCE_INFERRED) == 0u) {
        clear_policy();
    }

    /* guard */
    missed = is_late(source, due_us);
    if (missed) {
        (void)reflex_safety_deadline(safety, true);
    }
    tick.actor = reflex_safety_actor(safety, on_board, &faults);
    choose(tick.actor, &action);

    /* act */
    act(&action, source);
    if (!missed && source == REFLEX_SOURCE_SENSORS) {
        missed = is_late(source, due_us);
        if (reflex_safety_deadline(safety, missed)) {
            tick.actor = REFLEX_ACTOR_NEUTRAL;
            choose(tick.actor, &action);
            act(&action, source);
        }
    }

    /* report */
    if (tick.actor == REFLEX_ACTOR_EXPERT && on_board) {
        tick.circumstances |= REFLEX_CIRCUMSTANCE_ON_BOARD;
    }
    if (failed) {
        faults |= REFLEX_FAULT_POLICY_FAILED;
    }
    if (missed) {
        faults |= REFLEX_FAULT_DEADLINE_MISSED;
    }
    tick.faults = faults;
    tick.mode = safety->mode;
    robot_action_to_wire(&action, action_bytes);
    tick.busy_us = board->now_us() - tick.time_us;
    return &tick;
}
