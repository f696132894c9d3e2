/* Prints what a policy that remembers says, a line a tick: afresh every seventh tick, and after policy_init at tick 20. */
#include <stdio.h>

#include "policy.h"
#include "tensorflow/lite/schema/schema_generated.h"

fault chosen = NONE;

int
main() {
    int8_t input[POLICY_INPUT_SIZE];
    int8_t output[POLICY_OUTPUT_SIZE];
    policy_reset(); /* before there is anything to forget */
    for (int tick = 0; tick < 30; tick++) {
        if (tick == 0 || tick == 20) {
            (void)policy_init();
        } else if (tick % 7 == 0) {
            policy_reset();
        }
        for (int i = 0; i < POLICY_INPUT_SIZE; i++) {
            input[i] = static_cast<int8_t>(tick * 37 + i * 11);
        }
        (void)policy_infer(input, output);
        for (int i = 0; i < POLICY_OUTPUT_SIZE; i++) {
            printf("%d ", output[i]);
        }
        printf("\n");
    }
    return 0;
}
