/* A policy for the tests of the firmware: its output is its first input, plus a parameter. It remembers how often it was asked.
   In the form of the generated policy.h. */
#ifndef POLICY_H
#define POLICY_H

#include <stdint.h>

#define POLICY_INPUT_SIZE  2
#define POLICY_OUTPUT_SIZE 1
#define POLICY_HASH        UINT64_C(0x0123456789abcdef)
#define POLICY_LAYOUT_HASH UINT64_C(0x00000000000000aa)
#ifndef POLICY_PARAMETERS_BYTES
#define POLICY_PARAMETERS_BYTES 100
#endif
#ifndef POLICY_STATE_BYTES
#define POLICY_STATE_BYTES 4
#endif

#define POLICY_PARAMETERS_MAGIC 0x52415031u

typedef enum {
    POLICY_OK = 0,
    POLICY_ERROR = -1
} policy_status;

typedef struct {
    uint32_t magic;          /* POLICY_PARAMETERS_MAGIC */
    uint32_t layout_hash[2]; /* lower half first */
    int8_t offset;           /* added to the output */
    uint8_t rest[POLICY_PARAMETERS_BYTES - 13];
} policy_parameters;

policy_status policy_init(void);
void policy_reset(void);
policy_status policy_use(const policy_parameters* parameters);
const policy_parameters* policy_built_in(void);
#if POLICY_STATE_BYTES > 0
void policy_remember(uint8_t memory[POLICY_STATE_BYTES]);
void policy_recall(const uint8_t memory[POLICY_STATE_BYTES]);
#endif
policy_status policy_infer(const int8_t input[POLICY_INPUT_SIZE], int8_t output[POLICY_OUTPUT_SIZE]);

static inline uint32_t
policy_arena_bytes(void) {
    return 0;
}
static inline uint32_t
policy_arena_used(void) {
    return 0;
}

#endif
