/* The test policy. */
#include <stddef.h>

#include "bench.h"
#include "policy.h"

static const policy_parameters built_in = {
    POLICY_PARAMETERS_MAGIC,
    {(uint32_t)(POLICY_LAYOUT_HASH & UINT32_MAX), (uint32_t)(POLICY_LAYOUT_HASH >> 32)},
    0,
    {0},
};
static const policy_parameters* used = &built_in;

void
policy_reset(void) {
    bench.remembered = 0;
}

policy_status
policy_init(void) {
    policy_reset();
    return bench.policy_starts ? POLICY_OK : POLICY_ERROR;
}

policy_status
policy_use(const policy_parameters* parameters) {
    const policy_parameters* wanted = parameters == NULL ? &built_in : parameters;

    if (wanted->magic != POLICY_PARAMETERS_MAGIC || wanted->layout_hash[0] != built_in.layout_hash[0] ||
        wanted->layout_hash[1] != built_in.layout_hash[1]) {
        return POLICY_ERROR;
    }
    used = wanted;
    return POLICY_OK;
}

const policy_parameters*
policy_built_in(void) {
    return &built_in;
}

#if POLICY_STATE_BYTES > 0
void
policy_remember(uint8_t memory[POLICY_STATE_BYTES]) {
    for (size_t i = 0; i < POLICY_STATE_BYTES; i++) {
        memory[i] = (uint8_t)(bench.remembered >> (8u * i));
    }
}

void
policy_recall(const uint8_t memory[POLICY_STATE_BYTES]) {
    bench.remembered = 0;
    for (size_t i = 0; i < POLICY_STATE_BYTES; i++) {
        bench.remembered |= (uint32_t)memory[i] << (8u * i);
    }
}
#endif

policy_status
policy_infer(const int8_t input[POLICY_INPUT_SIZE], int8_t output[POLICY_OUTPUT_SIZE]) {
    bench.now_us += bench.policy_us;
    bench.inferences++;
    bench.remembered++;
    output[0] = (int8_t)(input[0] + used->offset);
    return bench.policy_works ? POLICY_OK : POLICY_ERROR;
}
