/**
 * @file reflex_agent.c
 * @brief The robot's application: what the host asks for, and a tick each period
 *
 * What a tick does is in reflex_tick.c, who may drive in reflex_safety.c, what is kept of it in reflex_telemetry.c, how
 * parameters are exchanged in reflex_swap.c. Requests are acted on at once; what there is to answer waits in an outbox of flags
 * for the line to have room. So nothing here ever waits, and a line that is stuck holds up neither a stop nor a tick.
 */
#include "reflex_link.h"
#include "reflex_safety.h"
#include "reflex_swap.h"
#include "reflex_telemetry.h"
#include "reflex_tick.h"
#include "robot.h"

#define RECORD_BYTES                                                                                                   \
    REFLEX_TICK_RECORD_BYTES(POLICY_INPUT_SIZE, POLICY_OUTPUT_SIZE, ROBOT_OBSERVATION_BYTES, ROBOT_ACTION_BYTES)

#define LONGEST_TICK_REQUEST                                                                                           \
    REFLEX_LARGER(REFLEX_OBSERVE_BYTES(ROBOT_OBSERVATION_BYTES), REFLEX_ACT_BYTES(ROBOT_ACTION_BYTES))
#if ROBOT_PARAMETER_SLOTS > 0
#define LONGEST_SWAP_REQUEST                                                                                           \
    REFLEX_LARGER(REFLEX_SWAP_CHUNK_BYTES(REFLEX_CHUNK_LIMIT),                                                         \
                  REFLEX_SWAP_PROVE_BYTES(POLICY_INPUT_SIZE, POLICY_OUTPUT_SIZE))
#else
#define LONGEST_SWAP_REQUEST REFLEX_SWAP_BEGIN_BYTES /* which is refused */
#endif
#define LONGEST_REQUEST REFLEX_LARGER(LONGEST_TICK_REQUEST, LONGEST_SWAP_REQUEST)

/* Of all but these, no answer is longer than `hello`. */
#define LONGEST_ANSWER                                                                                                 \
    REFLEX_LARGER(REFLEX_LARGER(ROBOT_BATCH_BYTES, RECORD_BYTES), REFLEX_HELLO_BYTES(sizeof(ROBOT_NAME) - 1u))

static uint8_t received[REFLEX_RECEIVE_BYTES(LONGEST_REQUEST)];
static uint8_t sent[REFLEX_SEND_BYTES(LONGEST_ANSWER)];
static uint8_t ring[REFLEX_RING_BYTES(ROBOT_RING_TICKS, RECORD_BYTES)];

/* So many frames of telemetry, where any wait, go ahead of the answer to a pulse: it would take half of a slow line. */
#define BATCHES_PER_PULSE 4u

static const reflex_port* board;
static reflex_link host;
static reflex_safety safety;
static reflex_telemetry telemetry;

/* The outbox: what is to be told as soon as the line has room, the most urgent first. */
enum {
    OWES_MODE = 1u << 0,
    OWES_HELLO = 1u << 1,
    OWES_TICK = 1u << 2, /* the last tick in lock-step */
    OWES_PROBLEM = 1u << 3,
};
static uint8_t owed;
static bool pulsed;                        /* a pulse is to be answered, which can wait */
static uint8_t batches;                    /* of telemetry, since the last answer to one */
static const reflex_tick_record* answered; /* the last tick in lock-step; NULL: there was none since the mode changed */
static uint32_t pulse_us;                  /* when the last pulse was read ... */
static uint32_t pulse_host_us;             /* ... and the host's clock in it */
static reflex_problem_message problem;

static uint32_t due_us;         /* when the last tick was due */
static reflex_actor last_actor; /* of the last tick by the board's own sensors */
static uint32_t worst_us;       /* the longest tick since boot */
static uint32_t jitter_us;      /* the most by which one began late */
static uint32_t missed;         /* deadlines */

static void
owe(uint8_t what) {
    owed = (uint8_t)(owed | what);
}

/* --- What the board tells ------------------------------------------------------------------------------------------ */

static void
write_mode(reflex_writer* payload) {
    const reflex_mode_message message = {safety.mode, safety.source, safety.reason};

    reflex_encode_mode(&message, payload);
}

static void
write_hello(reflex_writer* payload) {
    reflex_hello_message message;

    message.protocol_version = REFLEX_PROTOCOL_VERSION;
    message.application = REFLEX_APPLICATION_AGENT;
    message.schema_hash = ROBOT_SCHEMA_HASH;
    message.schema_revision = ROBOT_SCHEMA_REVISION;
    message.policy_hash = reflex_swap_policy_hash();
    message.layout_hash = ROBOT_PARAMETER_SLOTS > 0 ? POLICY_LAYOUT_HASH : 0;
    message.parameters_bytes = POLICY_PARAMETERS_BYTES;
    message.firmware_hash = ROBOT_FIRMWARE_HASH;
    message.period_us = ROBOT_PERIOD_US;
    message.observation_bytes = ROBOT_OBSERVATION_BYTES;
    message.action_bytes = ROBOT_ACTION_BYTES;
    message.input_bytes = POLICY_INPUT_SIZE;
    message.output_bytes = POLICY_OUTPUT_SIZE;
    message.ring_ticks = ROBOT_RING_TICKS;
    message.receive_bytes = (uint16_t)board->receive_bytes;
    message.longest_request = LONGEST_REQUEST;
    message.link_timeout_us = ROBOT_LINK_TIMEOUT_US;
    message.arena_bytes = policy_arena_bytes();
    message.arena_used = policy_arena_used();
    message.name.bytes = ROBOT_NAME;
    message.name.count = (uint8_t)(sizeof(ROBOT_NAME) - 1u);
    reflex_encode_hello(&message, payload);
}

static void
write_pulse_back(reflex_writer* payload) {
    reflex_pulse_back_message message;

    message.host_us = pulse_host_us;
    message.board_us = pulse_us;
    message.held_us = board->now_us() - pulse_us;
    message.next_tick = reflex_telemetry_next(&telemetry);
    message.oldest_tick = reflex_telemetry_oldest(&telemetry);
    message.worst_us = worst_us;
    message.jitter_us = jitter_us;
    message.missed = missed;
    message.bad_frames = host.bad_frames;
    reflex_encode_pulse_back(&message, payload);
}

/* Of all that is owed, what is to be told first. Its payload is written, its id returned; 0: nothing is owed. */
static uint8_t
write_most_urgent(reflex_writer* payload) {
    const uint8_t first = owed & (uint8_t)-owed; /* the lowest bit */
    reflex_swap_message swap;

    owed = (uint8_t)(owed & ~first);
    switch (first) {
        case OWES_MODE:
            write_mode(payload);
            return REFLEX_ID_MODE;
        case OWES_HELLO:
            write_hello(payload);
            return REFLEX_ID_HELLO;
        case OWES_TICK:
            reflex_encode_tick_record(answered, payload);
            return REFLEX_ID_TICKS;
        case OWES_PROBLEM:
            reflex_encode_problem(&problem, payload);
            return REFLEX_ID_PROBLEM;
        default:
            break;
    }
    if (reflex_swap_answers()) {
        reflex_swap_answer(&swap);
        reflex_encode_swap(&swap, payload);
        return REFLEX_ID_SWAP;
    }
    return 0;
}

static void
answer(void) {
    while (reflex_link_ready(&host)) {
        reflex_writer payload = reflex_link_begin(&host);
        const uint8_t id = write_most_urgent(&payload);

        if (id == 0u) {
            return;
        }
        (void)reflex_link_send(&host, id, &payload);
    }
}

/* What can wait: telemetry, and the answer to a pulse. One frame, so that a poll stays short. */
static void
report(void) {
    const bool first = !pulsed || batches < BATCHES_PER_PULSE;

    if (!reflex_link_ready(&host)) {
        return;
    }
    if (first && safety.source == REFLEX_SOURCE_SENSORS && reflex_telemetry_send(&telemetry, &host)) {
        batches = (uint8_t)(batches < BATCHES_PER_PULSE ? batches + 1u : batches);
    } else if (pulsed) {
        reflex_writer payload = reflex_link_begin(&host);

        write_pulse_back(&payload);
        (void)reflex_link_send(&host, REFLEX_ID_PULSE_BACK, &payload);
        pulsed = false;
        batches = 0;
    }
}

static void
complain(reflex_problem_code code, uint32_t detail) {
    problem.code = code;
    problem.detail = detail;
    owe(OWES_PROBLEM);
}

/* --- What the host asks for ---------------------------------------------------------------------------------------- */

/* A tick, with source host on what was `observed`. Where it changes the mode, that is told before it. */
static reflex_tick_record*
run_tick(const uint8_t* observed) {
    const reflex_mode before = safety.mode;
    reflex_tick_record* record = reflex_tick_run(&safety, observed, due_us);

    if (safety.mode != before) {
        owe(OWES_MODE);
    }
    return record;
}

static void
handle_set_mode(const reflex_set_mode_message* message) {
    const bool moved = message->source != safety.source;
    const bool changed = moved || message->mode != safety.mode;

    reflex_safety_request(&safety, message->mode, message->source);
    if (changed) { /* asked again, it is no reason to compute a tick twice */
        answered = NULL;
    }
    if (moved) {
        reflex_tick_change_source();
        last_actor = REFLEX_ACTOR_NEUTRAL;
    }
    /* From one driver to another, the robot keeps moving. */
    if (moved || safety.mode == REFLEX_MODE_SAFE) {
        reflex_tick_rest();
    }
    owe(OWES_MODE);
}

static void
handle_observe(const reflex_observe_message* message) {
    if (message->observation.count != ROBOT_OBSERVATION_BYTES) {
        complain(REFLEX_PROBLEM_CODE_WRONG_SIZE, REFLEX_ID_OBSERVE);
    } else if (safety.source != REFLEX_SOURCE_HOST) {
        complain(REFLEX_PROBLEM_CODE_UNEXPECTED_MESSAGE, REFLEX_ID_OBSERVE);
    } else {
        if (answered == NULL || message->tick != answered->tick) {
            reflex_tick_record* record = run_tick(message->observation.bytes);

            record->tick = message->tick;
            answered = record;
        }
        owe(OWES_TICK);
    }
}

static void
handle_act(const reflex_act_message* message) {
    if (message->action.count != ROBOT_ACTION_BYTES) {
        complain(REFLEX_PROBLEM_CODE_WRONG_SIZE, REFLEX_ID_ACT);
    } else if (reflex_tick_take_action(message->action.bytes) != REFLEX_OK) {
        complain(REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE, REFLEX_ID_ACT);
    } else if (!reflex_safety_act(&safety)) {
        complain(REFLEX_PROBLEM_CODE_UNEXPECTED_MESSAGE, REFLEX_ID_ACT);
    }
}

static void
handle_stop(void) {
    (void)reflex_safety_event(&safety, REFLEX_EVENT_STOP);
    reflex_tick_rest();
    owe(OWES_MODE);
}

static void
handle_pulse(const reflex_pulse_message* message) {
    pulse_us = board->now_us();
    pulse_host_us = message->host_us;
    reflex_telemetry_acknowledge(&telemetry, message->acknowledged, message->window);
    pulsed = true;
}

static void
handle_swap_commit(const reflex_swap_commit_message* message) {
    if (reflex_swap_commit(message)) {
        reflex_safety_begin_afresh(&safety);
    }
}

static void
handle_swap_revert(const reflex_swap_revert_message* message) {
    if (reflex_swap_revert(message)) {
        reflex_safety_begin_afresh(&safety);
    }
}

static void
handle_refill(const reflex_refill_message* message) {
    reflex_telemetry_refill(&telemetry, message->tick, message->count);
}

/* A message with the form of its table is handled; one without is a problem. */
#define HANDLE(name, handler)                                                                                          \
    do {                                                                                                               \
        reflex_##name##_message message;                                                                               \
        well_formed = reflex_decode_##name(frame->payload, frame->count, &message);                                    \
        if (well_formed) {                                                                                             \
            handler(&message);                                                                                         \
        }                                                                                                              \
    } while (0)

static void
handle(const reflex_frame* frame) {
    bool well_formed = true;

    switch (frame->id) {
        case REFLEX_ID_STOP:
            handle_stop(); /* whatever its payload */
            break;
        case REFLEX_ID_HELLO_REQUEST:
            owe(OWES_HELLO); /* whatever its version: the answer has ours */
            break;
        case REFLEX_ID_SET_MODE:
            HANDLE(set_mode, handle_set_mode);
            break;
        case REFLEX_ID_OBSERVE:
            HANDLE(observe, handle_observe);
            break;
        case REFLEX_ID_ACT:
            HANDLE(act, handle_act);
            break;
        case REFLEX_ID_HAND_BACK:
            well_formed = frame->count == 0u;
            if (well_formed) {
                reflex_safety_hand_back(&safety);
                owe(OWES_MODE);
            }
            break;
        case REFLEX_ID_PULSE:
            HANDLE(pulse, handle_pulse);
            break;
        case REFLEX_ID_REFILL:
            HANDLE(refill, handle_refill);
            break;
        case REFLEX_ID_SWAP_BEGIN:
            HANDLE(swap_begin, reflex_swap_begin);
            break;
        case REFLEX_ID_SWAP_CHUNK:
            HANDLE(swap_chunk, reflex_swap_chunk);
            break;
        case REFLEX_ID_SWAP_PROVE:
            HANDLE(swap_prove, reflex_swap_prove);
            break;
        case REFLEX_ID_SWAP_COMMIT:
            HANDLE(swap_commit, handle_swap_commit);
            break;
        case REFLEX_ID_SWAP_REVERT:
            HANDLE(swap_revert, handle_swap_revert);
            break;
        default:
            complain(REFLEX_PROBLEM_CODE_UNKNOWN_MESSAGE, frame->id);
            break;
    }
    if (!well_formed) {
        complain(REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE, frame->id);
    }
}

/* --- What happens by itself ---------------------------------------------------------------------------------------- */

/* The tick that is due, by the board's own sensors. */
static void
run_due_tick(void) {
    reflex_tick_record* record = run_tick(NULL);
    const uint32_t late_us = record->time_us - due_us;
    const bool takeover = record->actor == REFLEX_ACTOR_EXPERT && last_actor == REFLEX_ACTOR_POLICY;

    worst_us = REFLEX_LARGER(worst_us, record->busy_us);
    jitter_us = REFLEX_LARGER(jitter_us, late_us);
    if ((record->faults & REFLEX_FAULT_DEADLINE_MISSED) != 0u) {
        missed++;
    }
    last_actor = record->actor;
    reflex_telemetry_add(&telemetry, record, takeover);
}

/* A period has passed: a tick, or while lock-step has detached the actuators, a step of theirs towards neutral. */
static void
pass_period(void) {
    due_us += ROBOT_PERIOD_US;
    if (safety.source == REFLEX_SOURCE_SENSORS) {
        run_due_tick();
    } else {
        reflex_tick_rest_period();
    }
    if (board->now_us() - due_us > ROBOT_PERIOD_US) {
        due_us = board->now_us(); /* what was missed is not made up for */
    }
}

/* The host's silence, and its garbage. */
static void
watch(void) {
    const uint32_t now_us = board->now_us();

    if (reflex_safety_watch(&safety, now_us)) {
        reflex_tick_rest();
        owe(OWES_MODE);
    }
    if (now_us - pulse_us > ROBOT_LINK_TIMEOUT_US) {
        reflex_telemetry_silence(&telemetry);
    }
    if ((owed & OWES_PROBLEM) == 0u && reflex_link_complains(&host)) {
        complain(REFLEX_PROBLEM_CODE_BAD_FRAMES, host.bad_frames);
    }
}

/* Time until the next tick is due. While the robot stands it may be late; in lock-step none is due. */
static uint32_t
spare_us(void) {
    const uint32_t passed_us = board->now_us() - due_us;

    if (safety.mode == REFLEX_MODE_SAFE || safety.source == REFLEX_SOURCE_HOST) {
        return UINT32_MAX;
    }
    return passed_us < ROBOT_PERIOD_US ? ROBOT_PERIOD_US - passed_us : 0u;
}

void
reflex_app_start(const reflex_port* port) {
    static const reflex_safety_rules rules = {ROBOT_LINK_TIMEOUT_US, ROBOT_AUTONOMOUS != 0};

    board = port;
    reflex_tick_start(port);
    reflex_safety_start(&safety, &rules, reflex_swap_start(port));
    reflex_telemetry_start(&telemetry, ring, RECORD_BYTES, ROBOT_RING_TICKS, ROBOT_BATCH_BYTES);
    reflex_link_start(&host, port, received, sizeof(received), sent, sizeof(sent));
    answered = NULL;
    last_actor = REFLEX_ACTOR_NEUTRAL;
    worst_us = 0;
    jitter_us = 0;
    missed = 0;
    due_us = board->now_us();
    pulse_us = due_us;
    pulsed = false;
    batches = 0;
    owed = OWES_MODE;
    answer();
}

void
reflex_app_poll(void) {
    reflex_frame frame;

    if (board->alive != NULL) {
        board->alive();
    }
    (void)reflex_link_flush(&host);
    reflex_link_fill(&host);
    /* In lock-step the next question is taken when the last one is answered. */
    while ((owed & OWES_TICK) == 0u && reflex_link_next(&host, &frame)) {
        reflex_safety_hear(&safety, board->now_us());
        handle(&frame);
        answer();
    }
    watch();
    if (board->now_us() - due_us >= ROBOT_PERIOD_US) {
        pass_period();
    }
    answer();
    report();
    reflex_swap_work(spare_us());
}
