/**
 * @file reflex_swap.c
 * @brief New parameters for the policy while it drives
 */
#include "reflex_swap.h"
#include "robot.h"

static reflex_swap_message answer; /* `phase`, `received` and `proven` are the state of the transfer, too */
static bool asked;                 /* `answer` was not fetched yet */

/* What was wrong first stays until it is told. */
static void
respond(reflex_swap_outcome outcome) {
    if (!asked || answer.outcome == REFLEX_SWAP_OUTCOME_OK) {
        answer.outcome = outcome;
    }
    asked = true;
}

bool
reflex_swap_answers(void) {
    return asked;
}

#if ROBOT_PARAMETER_SLOTS == 0

bool
reflex_swap_start(const reflex_port* port) {
    (void)port;
    answer.phase = REFLEX_SWAP_PHASE_IDLE;
    answer.received = 0;
    answer.proven = 0;
    asked = false;
    return policy_init() == POLICY_OK;
}

uint64_t
reflex_swap_policy_hash(void) {
    return POLICY_HASH;
}

void
reflex_swap_begin(const reflex_swap_begin_message* message) {
    (void)message;
    respond(REFLEX_SWAP_OUTCOME_NO_SLOT);
}

void
reflex_swap_chunk(const reflex_swap_chunk_message* message) {
    (void)message;
    respond(REFLEX_SWAP_OUTCOME_NO_SLOT);
}

void
reflex_swap_prove(const reflex_swap_prove_message* message) {
    (void)message;
    respond(REFLEX_SWAP_OUTCOME_NO_SLOT);
}

bool
reflex_swap_commit(const reflex_swap_commit_message* message) {
    (void)message;
    respond(REFLEX_SWAP_OUTCOME_NO_SLOT);
    return false;
}

bool
reflex_swap_revert(const reflex_swap_revert_message* message) {
    (void)message;
    respond(REFLEX_SWAP_OUTCOME_NO_SLOT);
    return false;
}

void
reflex_swap_work(uint32_t spare_us) {
    (void)spare_us;
}

void
reflex_swap_answer(reflex_swap_message* message) {
    answer.policy_hash = POLICY_HASH;
    answer.stored = 1;
    *message = answer;
    asked = false;
}

#else

#include "reflex_crc32.h"
#include "reflex_store.h"
#include "reflex_unpack.h"

/* Bytes of the block that one step unpacks and checks. */
#define CHECKED_AT_ONCE 32u

/* A place of parameters: block 0 or 1, or what the image was built with. */
#define BUILT_IN        2u
#define PLACE_COUNT     3u

static const reflex_port* board;
static reflex_store store;
static uint32_t blocks[BUILT_IN][(POLICY_PARAMETERS_BYTES + 3u) / 4u];
static uint64_t policy_hashes[PLACE_COUNT];
static uint8_t active;   /* the place that drives */
static uint8_t previous; /* the place that drove before the last commit; the same: none */
static uint8_t spare;    /* the block that new parameters go to */
static bool stored;      /* what drives survives a reboot, or will when the store has written it */

static reflex_swap_begin_message announced;
static const uint8_t* base; /* what the block was packed as the difference to; NULL: nothing */
static reflex_unpacker unpacker;
static uint32_t checked; /* bytes of the block that are in their place, and that `crc` is over */
static uint32_t crc;
static uint32_t check_us; /* the longest that checking so many bytes took */

static bool vector_waits;
static int8_t vector_input[POLICY_INPUT_SIZE];
static int8_t vector_output[POLICY_OUTPUT_SIZE];
static uint32_t inference_us;              /* the longest that one took */
#if POLICY_STATE_BYTES > 0
static uint8_t memory[POLICY_STATE_BYTES]; /* of the policy that drives, during a proof */
#endif

static uint8_t*
bytes_of(uint8_t block) {
    return (uint8_t*)blocks[block];
}

static void
lengthen(uint32_t* longest_us, uint32_t begun_us) {
    const uint32_t took_us = board->now_us() - begun_us;

    if (took_us > *longest_us) {
        *longest_us = took_us;
    }
}

/* Lets the policy run with the parameters of a place. */
static bool
use(uint8_t place) {
    const void* parameters = place == BUILT_IN ? NULL : bytes_of(place);

    return policy_use((const policy_parameters*)parameters) == POLICY_OK;
}

/* The same, with nothing remembered. */
static bool
start_with(uint8_t place) {
    return use(place) && policy_init() == POLICY_OK;
}

static void
keep_active(void) {
    const reflex_store_identity identity = {ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, POLICY_HASH, policy_hashes[active],
                                            active == BUILT_IN ? 0u : POLICY_PARAMETERS_BYTES};

    stored = reflex_store_begin(&store, &identity, active == BUILT_IN ? NULL : bytes_of(active)) || active == BUILT_IN;
}

/* Nothing is on its way. */
static void
forget(void) {
    answer.phase = REFLEX_SWAP_PHASE_IDLE;
    answer.received = 0;
    answer.proven = 0;
    vector_waits = false;
}

/* The time of an inference, whatever it is given. What it leaves in the policy's memory is forgotten. */
static bool
measure(void) {
    const uint32_t begun_us = board->now_us();

    (void)policy_infer(vector_input, vector_output);
    inference_us = 0;
    lengthen(&inference_us, begun_us);
    return policy_init() == POLICY_OK;
}

bool
reflex_swap_start(const reflex_port* port) {
    reflex_store_identity identity = {ROBOT_SCHEMA_HASH, POLICY_LAYOUT_HASH, POLICY_HASH, 0, POLICY_PARAMETERS_BYTES};

    board = port;
    asked = false;
    check_us = 0;
    forget();
    policy_hashes[BUILT_IN] = POLICY_HASH;
    active = BUILT_IN;
    if (reflex_store_start(&store, port->storage, &identity, bytes_of(0)) && start_with(0)) {
        policy_hashes[0] = identity.policy_hash;
        active = 0;
    }
    previous = BUILT_IN;
    stored = true;
    return (active == 0u || start_with(BUILT_IN)) && measure();
}

uint64_t
reflex_swap_policy_hash(void) {
    return policy_hashes[active];
}

/* A block that does not drive takes new parameters: from now on there is no way back to what it holds. */
static void
choose_spare(void) {
    spare = active == 0u ? 1u : 0u;
    if (previous == spare) {
        previous = BUILT_IN;
    }
}

static bool
is_announced(const reflex_swap_begin_message* message) {
    return message->policy_hash == announced.policy_hash && message->crc32 == announced.crc32 &&
           message->packed == announced.packed && message->base_hash == announced.base_hash;
}

/* Where the bytes that travel are put: packed ones at the end of the block, which they become from its beginning on. */
static uint8_t*
arrival(void) {
    return &bytes_of(spare)[POLICY_PARAMETERS_BYTES - announced.packed];
}

static void
expect(const reflex_swap_begin_message* message) {
    forget();
    choose_spare();
    announced = *message;
    base = NULL;
    if (announced.base_hash != 0u) {
        base = active == BUILT_IN ? (const uint8_t*)policy_built_in() : bytes_of(active);
    }
    reflex_unpack_start(&unpacker, arrival(), announced.packed);
    checked = 0;
    crc = 0;
    answer.phase = REFLEX_SWAP_PHASE_RECEIVING;
}

void
reflex_swap_begin(const reflex_swap_begin_message* message) {
    reflex_swap_outcome outcome = REFLEX_SWAP_OUTCOME_OK;

    if (message->schema_hash != ROBOT_SCHEMA_HASH) {
        outcome = REFLEX_SWAP_OUTCOME_OTHER_SCHEMA;
    } else if (message->layout_hash != POLICY_LAYOUT_HASH) {
        outcome = REFLEX_SWAP_OUTCOME_OTHER_LAYOUT;
    } else if (message->bytes != POLICY_PARAMETERS_BYTES || message->packed > message->bytes) {
        outcome = REFLEX_SWAP_OUTCOME_WRONG_SIZE;
    } else if (answer.phase != REFLEX_SWAP_PHASE_IDLE && is_announced(message)) {
        outcome = REFLEX_SWAP_OUTCOME_OK; /* it goes on where it is */
    } else if (message->base_hash != 0u && message->base_hash != policy_hashes[active]) {
        outcome = REFLEX_SWAP_OUTCOME_OTHER_BASE;
    } else {
        expect(message);
    }
    respond(outcome);
}

void
reflex_swap_chunk(const reflex_swap_chunk_message* message) {
    reflex_swap_outcome outcome = REFLEX_SWAP_OUTCOME_OK;

    if (answer.phase == REFLEX_SWAP_PHASE_IDLE) {
        outcome = REFLEX_SWAP_OUTCOME_NOT_READY;
    } else if (message->offset > answer.received) {
        outcome = REFLEX_SWAP_OUTCOME_WRONG_PLACE;
    } else if (message->bytes.count > announced.packed - message->offset) {
        outcome = REFLEX_SWAP_OUTCOME_WRONG_SIZE;
    } else {
        /* What is there already stays as it is. */
        for (uint32_t i = answer.received - message->offset; i < message->bytes.count; i++) {
            arrival()[answer.received] = message->bytes.bytes[i];
            answer.received++;
        }
    }
    respond(outcome);
}

void
reflex_swap_prove(const reflex_swap_prove_message* message) {
    if (message->input.count != POLICY_INPUT_SIZE || message->output.count != POLICY_OUTPUT_SIZE) {
        respond(REFLEX_SWAP_OUTCOME_WRONG_SIZE);
    } else if (answer.phase == REFLEX_SWAP_PHASE_IDLE || answer.received < announced.packed) {
        respond(REFLEX_SWAP_OUTCOME_NOT_READY);
    } else if (message->index < answer.proven || answer.phase == REFLEX_SWAP_PHASE_COMMITTED) {
        respond(REFLEX_SWAP_OUTCOME_OK);
    } else if (message->index > answer.proven) {
        respond(REFLEX_SWAP_OUTCOME_WRONG_PLACE);
    } else if (!vector_waits) {
        for (size_t i = 0; i < POLICY_INPUT_SIZE; i++) {
            vector_input[i] = message->input.bytes[i];
        }
        for (size_t i = 0; i < POLICY_OUTPUT_SIZE; i++) {
            vector_output[i] = message->output.bytes[i];
        }
        vector_waits = true;
    }
}

/* Lets a place drive in the place of the one that does, which goes on where it can't. Returns whether it drives. */
static bool
hand_over(uint8_t place) {
    if (!start_with(place)) {
        (void)start_with(active);
        respond(REFLEX_SWAP_OUTCOME_WRONG_OUTPUT);
        return false;
    }
    active = place;
    return true;
}

bool
reflex_swap_commit(const reflex_swap_commit_message* message) {
    const uint8_t before = active;

    if (answer.phase == REFLEX_SWAP_PHASE_COMMITTED && message->policy_hash == policy_hashes[active]) {
        respond(REFLEX_SWAP_OUTCOME_OK);
        return false;
    }
    if (answer.phase != REFLEX_SWAP_PHASE_RECEIVED || answer.proven == 0u ||
        message->policy_hash != announced.policy_hash) {
        respond(REFLEX_SWAP_OUTCOME_NOT_READY);
        return false;
    }
    if (hand_over(spare)) {
        previous = before;
        policy_hashes[active] = announced.policy_hash;
        vector_waits = false;
        answer.phase = REFLEX_SWAP_PHASE_COMMITTED;
        keep_active();
        respond(REFLEX_SWAP_OUTCOME_OK);
    } else {
        forget();
    }
    return true;
}

bool
reflex_swap_revert(const reflex_swap_revert_message* message) {
    if (message->policy_hash != policy_hashes[active]) {
        respond(REFLEX_SWAP_OUTCOME_OK); /* it was carried out already */
        return false;
    }
    if (previous == active) {
        respond(REFLEX_SWAP_OUTCOME_NO_SLOT);
        return false;
    }
    if (hand_over(previous)) {
        forget();
        keep_active();
        respond(REFLEX_SWAP_OUTCOME_OK);
    }
    return true;
}

/* Parameters that are not right are dropped. */
static void
drop(reflex_swap_outcome outcome) {
    forget();
    respond(outcome);
}

/* Whether what has arrived is enough for one more byte of the block. */
static bool
can_check(void) {
    const uint32_t taken = announced.packed < announced.bytes ? unpacker.position + REFLEX_UNPACK_AHEAD : checked + 1u;

    return checked < POLICY_PARAMETERS_BYTES && (taken <= answer.received || answer.received == announced.packed);
}

static void
check_byte(void) {
    uint8_t* byte = &bytes_of(spare)[checked];

    if (announced.packed < announced.bytes) {
        *byte = (uint8_t)(reflex_unpack(&unpacker) + (base == NULL ? 0u : base[checked]));
    }
    crc = reflex_crc32(crc, byte, 1);
    checked++;
}

/* One step towards the whole block and its CRC; at its end the parameters are received. */
static void
check(void) {
    const uint32_t begun_us = board->now_us();

    for (uint32_t i = 0; i < CHECKED_AT_ONCE && can_check(); i++) {
        check_byte();
    }
    lengthen(&check_us, begun_us);
    if (checked == POLICY_PARAMETERS_BYTES) {
        if (crc != announced.crc32) {
            drop(REFLEX_SWAP_OUTCOME_WRONG_CRC);
        } else if (!use(spare)) {
            drop(REFLEX_SWAP_OUTCOME_OTHER_LAYOUT);
        } else {
            (void)use(active);
            answer.phase = REFLEX_SWAP_PHASE_RECEIVED;
        }
    }
}

/* Whether the new parameters give what they should. What the policy that drives remembers stays. */
static bool
gives_vector(void) {
    int8_t output[POLICY_OUTPUT_SIZE];
    bool right = start_with(spare) && policy_infer(vector_input, output) == POLICY_OK;

    for (size_t i = 0; i < POLICY_OUTPUT_SIZE && right; i++) {
        right = output[i] == vector_output[i];
    }
    return right;
}

static void
prove(void) {
    const uint32_t begun_us = board->now_us();
    bool right;

#if POLICY_STATE_BYTES > 0
    policy_remember(memory);
#endif
    right = gives_vector();
    (void)use(active);
#if POLICY_STATE_BYTES > 0
    policy_recall(memory);
#endif
    lengthen(&inference_us, begun_us);
    vector_waits = false;
    if (right) {
        answer.proven++;
        respond(REFLEX_SWAP_OUTCOME_OK);
    } else {
        drop(REFLEX_SWAP_OUTCOME_WRONG_OUTPUT);
    }
}

/* Whether there is time for something, and a quarter to spare. */
static bool
fits(uint32_t takes_us, uint32_t spare_us) {
    return takes_us < spare_us - spare_us / 4u;
}

void
reflex_swap_work(uint32_t spare_us) {
    if (answer.phase == REFLEX_SWAP_PHASE_RECEIVING && can_check()) {
        if (fits(check_us, spare_us)) {
            check();
        }
    } else if (vector_waits) {
        if (fits(inference_us, spare_us)) {
            prove();
        }
    } else if (reflex_store_busy(&store) && fits(board->storage->step_us, spare_us)) {
        reflex_store_work(&store);
    }
}

void
reflex_swap_answer(reflex_swap_message* message) {
    answer.policy_hash = policy_hashes[active];
    answer.stored = stored && !reflex_store_busy(&store) ? 1u : 0u;
    *message = answer;
    asked = false;
}

#endif
