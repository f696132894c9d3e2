/**
 * @file reflex_agent.c
 * @brief The robot's application: senses, decides, limits, acts and reports, tick by tick
 *
 * What is particular to the robot is in robot.h, which is generated from robot.ts; what is particular to its policy in
 * policy.h. Who may drive is decided in reflex_safety.c.
 */
#include "reflex_link.h"
#include "reflex_safety.h"
#include "robot.h"

#define LONGEST_REQUEST                                                                                                \
    REFLEX_LARGER(REFLEX_OBSERVE_BYTES(ROBOT_OBSERVATION_BYTES), REFLEX_ACT_BYTES(ROBOT_ACTION_BYTES))
#define LONGEST_ANSWER                                                                                                 \
    REFLEX_LARGER(REFLEX_TICK_BYTES(ROBOT_OBSERVATION_BYTES, POLICY_OUTPUT_SIZE, ROBOT_ACTION_BYTES),                  \
                  REFLEX_HELLO_BYTES(sizeof(ROBOT_NAME) - 1u))

static uint8_t received[REFLEX_RECEIVE_BYTES(LONGEST_REQUEST)];
static uint8_t sent[REFLEX_SEND_BYTES(LONGEST_ANSWER)];

static const reflex_port* board;
static reflex_link host;
static reflex_safety safety;

static uint32_t due_us;          /* when the last tick was due */
static uint32_t ticks;           /* the board's own number for the next tick */
static robot_action host_action; /* from the last `act` */
static bool answered;            /* `last` is the tick of the last `observe` */
static reflex_tick_message last; /* the last tick, in the memory below */
static uint8_t observation_bytes[ROBOT_OBSERVATION_BYTES];
static uint8_t action_bytes[ROBOT_ACTION_BYTES];
static int8_t output[POLICY_OUTPUT_SIZE];

static void
tell_hello(void) {
    reflex_hello_message message;
    reflex_writer payload = reflex_link_begin(&host);

    message.protocol_version = REFLEX_PROTOCOL_VERSION;
    message.application = REFLEX_APPLICATION_AGENT;
    message.schema_hash = ROBOT_SCHEMA_HASH;
    message.schema_revision = ROBOT_SCHEMA_REVISION;
    message.policy_hash = POLICY_HASH;
    message.firmware_hash = ROBOT_FIRMWARE_HASH;
    message.period_us = ROBOT_PERIOD_US;
    message.observation_bytes = ROBOT_OBSERVATION_BYTES;
    message.action_bytes = ROBOT_ACTION_BYTES;
    message.input_bytes = POLICY_INPUT_SIZE;
    message.output_bytes = POLICY_OUTPUT_SIZE;
    message.name.bytes = ROBOT_NAME;
    message.name.count = (uint8_t)(sizeof(ROBOT_NAME) - 1u);
    reflex_encode_hello(&message, &payload);
    (void)reflex_link_send(&host, REFLEX_ID_HELLO, &payload);
}

static void
tell_mode(void) {
    const reflex_mode_message message = {safety.mode, safety.source, safety.reason};
    reflex_writer payload = reflex_link_begin(&host);

    reflex_encode_mode(&message, &payload);
    (void)reflex_link_send(&host, REFLEX_ID_MODE, &payload);
}

static void
tell_last_tick(void) {
    reflex_writer payload = reflex_link_begin(&host);

    reflex_encode_tick(&last, &payload);
    (void)reflex_link_send(&host, REFLEX_ID_TICK, &payload);
}

/* The neutral action, now. */
static void
rest(void) {
    robot_action action;

    robot_neutral(&action);
    robot_limit(&action);
    reflex_act(&action);
}

static void
fall(reflex_reason reason) {
    reflex_safety_fall(&safety, reason);
    rest();
    tell_mode();
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

/* The observation, from the host's bytes or else from the sensors, into `last` too. Returns its faults. */
static uint8_t
sense(const uint8_t* from_host, robot_observation* observation) {
    reflex_status status;

    last.observation.count = 0;
    if (from_host != NULL) {
        for (size_t i = 0; i < ROBOT_OBSERVATION_BYTES; i++) {
            observation_bytes[i] = from_host[i];
        }
        last.observation.count = ROBOT_OBSERVATION_BYTES;
        status = robot_observation_from_wire(observation_bytes, observation);
    } else {
        status = reflex_read(observation);
        if (status == REFLEX_OK) {
            robot_observation_to_wire(observation, observation_bytes);
            last.observation.count = ROBOT_OBSERVATION_BYTES;
        }
    }
    if (status == REFLEX_OK) {
        status = robot_check(observation);
    }
    return fault_of(status);
}

/* The policy's action; a failure ends in SAFE. */
static void
infer(const robot_observation* observation, robot_action* action) {
    int8_t input[POLICY_INPUT_SIZE];
    const uint32_t begun_us = board->now_us();
    policy_status status;

    robot_encode(observation, input);
    status = policy_infer(input, output);
    last.infer_us = board->now_us() - begun_us;
    if (status == POLICY_OK) {
        last.output.count = POLICY_OUTPUT_SIZE;
        robot_decode(output, action);
    } else {
        last.faults |= REFLEX_FAULT_POLICY_FAILED;
        reflex_safety_fall(&safety, REFLEX_REASON_POLICY_FAILED);
    }
}

/* One tick: `number` and `from_host` from `observe`, or `from_host` is NULL and the board's own sensors are read. */
static void
run_tick(uint32_t number, const uint8_t* from_host) {
    const reflex_mode mode_before = safety.mode;
    robot_observation observation;
    robot_action action;

    last.tick = number;
    last.time_us = board->now_us();
    last.infer_us = 0;
    last.output.count = 0;
    last.faults = sense(from_host, &observation);
    last.actor = reflex_safety_actor(&safety, &last.faults);
    switch (last.actor) {
        case REFLEX_ACTOR_NEUTRAL:
            break;
        case REFLEX_ACTOR_POLICY:
            infer(&observation, &action);
            break;
        case REFLEX_ACTOR_EXPERT:
            action = host_action;
            break;
    }
    if (from_host == NULL) {
        const bool missed = board->now_us() - due_us > ROBOT_PERIOD_US;

        if (missed) {
            last.faults |= REFLEX_FAULT_DEADLINE_MISSED;
            due_us = board->now_us(); /* what was missed is not made up for */
        }
        (void)reflex_safety_deadline(&safety, missed);
    }
    last.mode = safety.mode;
    if (last.mode == REFLEX_MODE_SAFE) {
        last.actor = REFLEX_ACTOR_NEUTRAL;
    }
    if (last.actor == REFLEX_ACTOR_NEUTRAL) {
        robot_neutral(&action);
    }
    robot_limit(&action);
    if (from_host == NULL) {
        reflex_act(&action);
    }
    robot_action_to_wire(&action, action_bytes);

    if (safety.mode != mode_before) {
        tell_mode();
    }
    if (from_host != NULL || safety.heard) {
        tell_last_tick();
    }
}

static void
handle_set_mode(const reflex_set_mode_message* message) {
    const bool moved = message->source != safety.source;

    reflex_safety_request(&safety, message->mode, message->source);
    answered = false;
    if (moved) {
        due_us = board->now_us();
    }
    /* From teleop to auto and back, the robot keeps moving. */
    if (moved || safety.mode == REFLEX_MODE_SAFE) {
        rest();
    }
    tell_mode();
}

static void
handle_observe(const reflex_observe_message* message) {
    if (message->observation.count != ROBOT_OBSERVATION_BYTES) {
        reflex_link_problem(&host, REFLEX_PROBLEM_CODE_WRONG_SIZE, REFLEX_ID_OBSERVE);
    } else if (safety.source != REFLEX_SOURCE_HOST) {
        reflex_link_problem(&host, REFLEX_PROBLEM_CODE_UNEXPECTED_MESSAGE, REFLEX_ID_OBSERVE);
    } else if (answered && message->tick == last.tick) {
        tell_last_tick();
    } else {
        run_tick(message->tick, message->observation.bytes);
        answered = true;
    }
}

static void
handle_act(const reflex_act_message* message) {
    if (message->action.count != ROBOT_ACTION_BYTES) {
        reflex_link_problem(&host, REFLEX_PROBLEM_CODE_WRONG_SIZE, REFLEX_ID_ACT);
    } else if (safety.mode != REFLEX_MODE_TELEOP) {
        reflex_link_problem(&host, REFLEX_PROBLEM_CODE_UNEXPECTED_MESSAGE, REFLEX_ID_ACT);
    } else if (robot_action_from_wire(message->action.bytes, &host_action) != REFLEX_OK) {
        reflex_link_problem(&host, REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE, REFLEX_ID_ACT);
    } else {
        reflex_safety_act(&safety);
    }
}

static void
handle(const reflex_frame* frame) {
    union {
        reflex_set_mode_message set_mode;
        reflex_observe_message observe;
        reflex_act_message act;
    } message;
    bool well_formed = true;

    switch (frame->id) {
        case REFLEX_ID_HELLO_REQUEST:
            tell_hello();
            break; /* whatever its version: the answer has ours */
        case REFLEX_ID_STOP:
            fall(REFLEX_REASON_STOP);
            break;
        case REFLEX_ID_SET_MODE:
            well_formed = reflex_decode_set_mode(frame->payload, frame->count, &message.set_mode);
            if (well_formed) {
                handle_set_mode(&message.set_mode);
            }
            break;
        case REFLEX_ID_OBSERVE:
            well_formed = reflex_decode_observe(frame->payload, frame->count, &message.observe);
            if (well_formed) {
                handle_observe(&message.observe);
            }
            break;
        case REFLEX_ID_ACT:
            well_formed = reflex_decode_act(frame->payload, frame->count, &message.act);
            if (well_formed) {
                handle_act(&message.act);
            }
            break;
        default:
            reflex_link_problem(&host, REFLEX_PROBLEM_CODE_UNKNOWN_MESSAGE, frame->id);
            break;
    }
    if (!well_formed) {
        reflex_link_problem(&host, REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE, frame->id);
    }
}

void
reflex_app_start(const reflex_port* port) {
    board = port;
    ticks = 0;
    answered = false;
    last.observation.bytes = observation_bytes;
    last.output.bytes = output;
    last.action.bytes = action_bytes;
    last.action.count = ROBOT_ACTION_BYTES;
    rest();
    reflex_safety_start(&safety, policy_init() == POLICY_OK);
    due_us = board->now_us();
    reflex_link_start(&host, port, received, sizeof(received), sent, sizeof(sent));
    tell_mode();
}

void
reflex_app_poll(void) {
    reflex_frame frame;

    reflex_link_fill(&host);
    while (reflex_link_next(&host, &frame)) {
        reflex_safety_hear(&safety, board->now_us());
        handle(&frame);
    }
    reflex_link_report(&host);
    if (reflex_safety_watch(&safety, board->now_us())) {
        rest();
        tell_mode();
    }
    if (safety.source == REFLEX_SOURCE_SENSORS && board->now_us() - due_us >= ROBOT_PERIOD_US) {
        due_us += ROBOT_PERIOD_US;
        run_tick(ticks, NULL);
        ticks++;
    }
}
