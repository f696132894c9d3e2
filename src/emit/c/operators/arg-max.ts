// ARG_MAX in plain C; its output is int32.

import type { ArgMaxStep } from "../../../artifacts/integer-program.ts";
import type { Kernel, PrintedStep } from "../printed-step.ts";
import { STORE_WORD } from "./float-ends.ts";
import { loops, place, plainStep } from "./plain-step.ts";

const ARG_MAX: Kernel = {
  name: "arg_max",
  needs: [STORE_WORD],
  text: `/** @brief Stores the index of the first largest of \`count\` elements that lie \`step\` apart. */
static void
arg_max(const int8_t* input, size_t step, size_t count, int8_t* output) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        if (input[i * step] > input[best * step]) {
            best = i;
        }
    }
    store_word((word){.integer = (int32_t)best}, output);
}
`,
};

export function argMax({ input, output, outer, count, inner }: ArgMaxStep): PrintedStep {
  return plainStep({
    description: `arg max of ${count}`,
    kernels: [ARG_MAX],
    fields: [],
    call: ({ buffer }) =>
      loops([outer, inner], ([i = "", j = ""]) => {
        const source = place(buffer(input), 0, [[i, count * inner], [j, 1]]); // prettier-ignore
        const target = place(buffer(output), 0, [[i, 4 * inner], [j, 4]]); // prettier-ignore
        return [`arg_max(${source}, ${inner}, ${count}, ${target});`];
      }),
  });
}
