/**
 * @file reflex_probe.c
 * @brief The application that runs a policy on the host's inputs: for `verify` and `bench`. Moves nothing
 */
#include "policy.h"
#include "reflex_link.h"

#define LONGEST_REQUEST REFLEX_LARGER(REFLEX_INFER_BYTES(POLICY_INPUT_SIZE), REFLEX_MEASURE_BYTES(POLICY_INPUT_SIZE))
#define LONGEST_ANSWER  REFLEX_LARGER(REFLEX_INFERRED_BYTES(POLICY_OUTPUT_SIZE), REFLEX_HELLO_BYTES(0u))

static uint8_t received[REFLEX_RECEIVE_BYTES(LONGEST_REQUEST)];
static uint8_t sent[REFLEX_SEND_BYTES(REFLEX_LARGER(LONGEST_ANSWER, REFLEX_MEASURED_BYTES))];

static const reflex_port* board;
static reflex_link host;
static bool policy_ready;
static bool answered; /**< `output` holds the answer to `answered_tick` */
static uint32_t answered_tick;

/* As in the agent, the policy has arrays of its own: a measurement does not depend on how a message is aligned. */
static int8_t input[POLICY_INPUT_SIZE];
static int8_t output[POLICY_OUTPUT_SIZE];

static void
tell_hello(void) {
    reflex_hello_message message = {0};
    reflex_writer payload = reflex_link_begin(&host);

    message.protocol_version = REFLEX_PROTOCOL_VERSION;
    message.application = REFLEX_APPLICATION_PROBE;
    message.policy_hash = POLICY_HASH;
    message.input_bytes = POLICY_INPUT_SIZE;
    message.output_bytes = POLICY_OUTPUT_SIZE;
    message.receive_bytes = (uint16_t)board->receive_bytes;
    message.longest_request = LONGEST_REQUEST;
    message.arena_bytes = policy_arena_bytes();
    message.arena_used = policy_arena_used();
    reflex_encode_hello(&message, &payload);
    (void)reflex_link_send(&host, REFLEX_ID_HELLO, &payload);
}

static void
tell_problem(reflex_problem_code code, uint32_t detail) {
    const reflex_problem_message message = {code, detail};
    reflex_writer payload = reflex_link_begin(&host);

    reflex_encode_problem(&message, &payload);
    (void)reflex_link_send(&host, REFLEX_ID_PROBLEM, &payload);
}

static void
take_input(const reflex_int8s* from) {
    for (size_t i = 0; i < POLICY_INPUT_SIZE; i++) {
        input[i] = from->bytes[i];
    }
}

static void
handle_infer(const reflex_infer_message* request) {
    reflex_inferred_message answer;
    reflex_writer payload = reflex_link_begin(&host);
    bool good;

    if (answered && request->reset == 0 && request->tick == answered_tick) {
        good = true;
    } else {
        if (request->reset != 0) {
            policy_ready = policy_init() == POLICY_OK;
        }
        take_input(&request->input);
        good = policy_ready && policy_infer(input, output) == POLICY_OK;
        answered = good;
        answered_tick = request->tick;
    }
    answer.tick = request->tick;
    answer.outcome = good ? REFLEX_OUTCOME_OK : REFLEX_OUTCOME_POLICY_FAILED;
    answer.output.bytes = output;
    answer.output.count = good ? POLICY_OUTPUT_SIZE : 0;
    reflex_encode_inferred(&answer, &payload);
    (void)reflex_link_send(&host, REFLEX_ID_INFERRED, &payload);
}

/* A measurement takes as long as the host has asked for: so not only once a poll. */
static void
stay_alive(void) {
    if (board->alive != NULL) {
        board->alive();
    }
}

static policy_status
nothing(const int8_t unused_input[POLICY_INPUT_SIZE], int8_t unused_output[POLICY_OUTPUT_SIZE]) {
    (void)unused_input;
    (void)unused_output;
    return POLICY_OK;
}

/* Counts that `repeats` calls take. The pointer is volatile so that a compiler can neither inline the call nor drop it. */
static uint32_t
count(policy_status (*function)(const int8_t*, int8_t*), uint32_t repeats, bool* good) {
    policy_status (*volatile called)(const int8_t*, int8_t*) = function;
    uint32_t (*const counter)(void) = board->counter != NULL ? board->counter : board->now_us;
    const uint32_t begun = counter();

    for (uint32_t i = 0; i < repeats; i++) {
        if (called(input, output) != POLICY_OK) {
            *good = false;
        }
        stay_alive();
    }
    return counter() - begun;
}

static void
handle_measure(const reflex_measure_message* request) {
    reflex_measured_message answer;
    reflex_writer payload = reflex_link_begin(&host);
    bool good = policy_ready;

    answered = false;
    take_input(&request->input);
    answer.tick = request->tick;
    answer.repeats = request->repeats;
    answer.elapsed = count(policy_infer, request->repeats, &good);
    answer.overhead = count(nothing, request->repeats, &good);
    answer.counter_hz = board->counter != NULL ? board->counter_hz : 1000000u;
    answer.outcome = good ? REFLEX_OUTCOME_OK : REFLEX_OUTCOME_POLICY_FAILED;
    reflex_encode_measured(&answer, &payload);
    (void)reflex_link_send(&host, REFLEX_ID_MEASURED, &payload);
}

static void
handle(const reflex_frame* frame) {
    reflex_infer_message infer;
    reflex_measure_message measure;
    reflex_problem_code problem = REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE;

    switch (frame->id) {
        case REFLEX_ID_HELLO_REQUEST:
            tell_hello();
            return;
        case REFLEX_ID_INFER:
            if (reflex_decode_infer(frame->payload, frame->count, &infer)) {
                if (infer.input.count == POLICY_INPUT_SIZE) {
                    handle_infer(&infer);
                    return;
                }
                problem = REFLEX_PROBLEM_CODE_WRONG_SIZE;
            }
            break;
        case REFLEX_ID_MEASURE:
            if (reflex_decode_measure(frame->payload, frame->count, &measure)) {
                if (measure.input.count == POLICY_INPUT_SIZE) {
                    handle_measure(&measure);
                    return;
                }
                problem = REFLEX_PROBLEM_CODE_WRONG_SIZE;
            }
            break;
        default:
            problem = REFLEX_PROBLEM_CODE_UNKNOWN_MESSAGE;
            break;
    }
    tell_problem(problem, frame->id);
}

void
reflex_app_start(const reflex_port* port) {
    board = port;
    policy_ready = policy_init() == POLICY_OK;
    reflex_link_start(&host, port, received, sizeof(received), sent, sizeof(sent));
}

/* One question at a time: the next is taken when the line has room for its answer. */
void
reflex_app_poll(void) {
    reflex_frame frame;

    stay_alive();
    (void)reflex_link_flush(&host);
    reflex_link_fill(&host);
    while (reflex_link_ready(&host) && reflex_link_next(&host, &frame)) {
        handle(&frame);
    }
    if (reflex_link_ready(&host) && reflex_link_complains(&host)) {
        tell_problem(REFLEX_PROBLEM_CODE_BAD_FRAMES, host.bad_frames);
    }
}
