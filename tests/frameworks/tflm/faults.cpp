/* Prints what policy_init and policy_infer answer to the fault whose number is given. */
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
    chosen = static_cast<fault>(atoi(arguments[1]));
    const policy_status started = policy_init();
    const policy_status inferred = policy_infer(input, output);
    printf("%d %d %d %d\n", early, started, inferred, output[POLICY_OUTPUT_SIZE - 1]);
    return 0;
}
