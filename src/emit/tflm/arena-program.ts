// A program around policy.h for a computer: one inference, then how much of the tensor arena is in use.

/** main.cpp: prints bytes; its exit code is 1 where the policy doesn't start or fails. */
export const ARENA_PROGRAM = `#include <stdio.h>

#include "policy.h"

int
main() {
    static int8_t input[POLICY_INPUT_SIZE];
    static int8_t output[POLICY_OUTPUT_SIZE];
    if (policy_init() != POLICY_OK || policy_infer(input, output) != POLICY_OK) {
        return 1;
    }
    printf("%lu\\n", static_cast<unsigned long>(policy_arena_used()));
    return 0;
}
`;
