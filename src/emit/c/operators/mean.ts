// Means over dimensions in plain C: loops over what is kept and what is summed up, one multiplier that holds the division.

import { at } from "../../../core/assert.ts";
import type { MeanStep } from "../../../artifacts/integer-program.ts";
import type { Kernel, PrintedStep } from "../printed-step.ts";
import { outputLaw, REQUANTIZE } from "./arithmetic-law.ts";
import { denseStrides, loops, place, plainStep, terms } from "./plain-step.ts";

const SUM_OF: Kernel = {
  name: "sum_of",
  needs: [],
  text: `/** @brief The sum of \`count\` elements, \`step\` apart. */
static int32_t
sum_of(const int8_t* elements, size_t count, size_t step) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++, elements += step) {
        sum += *elements;
    }
    return sum;
}
`,
};

export function mean(step: MeanStep): PrintedStep {
  const { keptSizes, keptStrides, reducedSizes, reducedStrides } = step;
  const count = reducedSizes.reduce((product, size) => product * size, 1);
  const last = reducedSizes.length - 1;
  const outerSizes = reducedSizes.slice(0, last);
  return plainStep({
    description: `mean of ${count}`,
    kernels: [SUM_OF, REQUANTIZE],
    fields: [outputLaw("law", -count * step.inputZeroPoint, step.requantization, "Of each sum; its multiplier divides, too.")],
    call: ({ buffer, field }) =>
      loops(keptSizes, (kept) => {
        const target = place(buffer(step.output), 0, terms(kept, denseStrides(keptSizes)));
        const added = loops(outerSizes, (reduced) => {
          const source = place(buffer(step.input), 0, [...terms(kept, keptStrides), ...terms(reduced, reducedStrides)]);
          return [`sum += sum_of(${source}, ${at(reducedSizes, last)}, ${at(reducedStrides, last)});`];
        }, kept); // prettier-ignore
        const stored = `${target.startsWith("&") ? target.slice(1) : `${target}[0]`} = requantize(sum, &${field("law")});`;
        const body = [`int32_t sum = ${field("law")}.bias;`, ...added, stored];
        return kept.some((index) => index !== "0") ? body : ["{", ...body.map((line) => `    ${line}`), "}"];
      }),
  });
}
