// Functions of one byte in plain C: a table of all 256 values.

import type { TableStep } from "../../../artifacts/integer-program.ts";
import { scalar, type Kernel, type PrintedStep } from "../printed-step.ts";
import { plainStep } from "./plain-step.ts";

const LOOK_UP: Kernel = {
  name: "look_up",
  needs: [],
  text: `/** @brief output[i] = table[input[i] + 128]: a function of one byte. In place, too. */
static void
look_up(const int8_t* input, int8_t* output, size_t count, const POLICY_FLASH int8_t* table) {
    for (size_t i = 0; i < count; i++) {
        output[i] = table[input[i] + 128];
    }
}
`,
};

export function table(step: TableStep): PrintedStep {
  return plainStep({
    description: `${step.function} of ${step.count}`,
    kernels: [LOOK_UP],
    fields: [
      { role: "table", type: scalar("int8_t"), count: 256, values: step.table, perLine: 16, comment: `${step.function} of -128 to 127.` },
    ],
    inPlace: [step.input],
    call: ({ buffer, field }) => [`look_up(${buffer(step.input)}, ${buffer(step.output)}, ${step.count}, ${field("table")});`],
  });
}
