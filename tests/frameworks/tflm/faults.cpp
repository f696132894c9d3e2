/* Prints what policy_init and policy_infer answer to the fault whose number is given, and before and between what is in use of the
 * arena. */
#include <stdio.h>
#include <stdlib.h>

#include "policy.h"
#include "tensorflow/lite/schema/schema_generated.h"

fault chosen = NONE;

int
main(int, char** arguments) {
    int8_t input[POLICY_INPUT_SIZE] = {42};
    int8_t output[POLICY_OUTPUT_SIZE] = {0};
    const policy_status early = policy_infer(input, output);
    const unsigned unused = policy_arena_used();
    chosen = static_cast<fault>(atoi(arguments[1]));
    const policy_status started = policy_init();
    const unsigned used = policy_arena_used();
    const policy_status inferred = policy_infer(input, output);
    printf("%d %u %d %u %d %d\n", early, unused, started, used, inferred, output[POLICY_OUTPUT_SIZE - 1]);
    return 0;
}
