// SOFTMAX in plain C, as reference/softmax.h computes it: exponentials from a table, 1 / sum by Newton's method in fixed point.

import type { SoftmaxStep } from "../../../artifacts/integer-program.ts";
import { scalar, type Kernel, type PrintedStep } from "../printed-step.ts";
import { DOUBLING_HIGH_MULTIPLY } from "./arithmetic-law.ts";
import { loops, place, plainStep } from "./plain-step.ts";

/** All differences that two int8 can have. */
const DIFFERENCES = 256;

const RECIPROCAL: Kernel = {
  name: "one_over_one_plus",
  needs: [DOUBLING_HIGH_MULTIPLY],
  text: `/** @brief 1 / (1 + x) for x in 0 to 1, both in 2^-31: gemmlowp's one_over_one_plus_x_for_x_in_0_1. */
static int32_t
one_over_one_plus(int32_t x) {
    /* d = (1 + x) / 2; 1/d from 48/17 - 32/17 d on, by three steps of Newton's method, in 2^-29. */
    const int32_t half_denominator = (x >> 1) + (INT32_C(1) << 30);
    int32_t estimate = INT32_C(1515870810) + doubling_high_multiply(half_denominator, -INT32_C(1010580540));
    for (int step = 0; step < 3; step++) {
        const int32_t missing = (INT32_C(1) << 29) - doubling_high_multiply(half_denominator, estimate);
        estimate += doubling_high_multiply(estimate, missing) * 4;
    }
    return estimate >= (INT32_C(1) << 30) ? INT32_MAX : estimate * 2;
}
`,
};

const SOFTMAX: Kernel = {
  name: "softmax",
  needs: [RECIPROCAL],
  text: `/**
 * @brief output[i] = exp(input[i]) / the sum of all exp(input[j]), in 1/256 from -128 on. In place, too.
 * @param exponentials exp of the scaled differences 0, -1, .. -255 from the largest element, in 2^-31.
 */
static void
softmax(const int8_t* input, int8_t* output, size_t depth, const POLICY_FLASH int32_t* exponentials) {
    int8_t largest = INT8_MIN;
    uint32_t sum = 0; /* in 2^-19, at least 1 */
    uint32_t mantissa;
    int integer_bits = 12;
    int32_t scale;
    for (size_t i = 0; i < depth; i++) {
        largest = input[i] > largest ? input[i] : largest;
    }
    for (size_t i = 0; i < depth; i++) {
        sum += ((uint32_t)exponentials[largest - input[i]] + (1u << 11)) >> 12;
    }
    mantissa = sum;
    while ((mantissa & (UINT32_C(1) << 31)) == 0) {
        mantissa <<= 1;
        integer_bits--;
    }
    scale = one_over_one_plus((int32_t)(mantissa & (uint32_t)INT32_MAX));
    for (size_t i = 0; i < depth; i++) {
        const int right = integer_bits + 31 - 8;
        const uint32_t share = (uint32_t)doubling_high_multiply(scale, exponentials[largest - input[i]]);
        const uint32_t rounded = right > 31 ? 0 : (share + (UINT32_C(1) << (right - 1))) >> right;
        output[i] = (int8_t)(rounded > 255 ? 127 : (int32_t)rounded - 128);
    }
}
`,
};

export function softmax(step: SoftmaxStep): PrintedStep {
  // How many exponentials count depends on the scale, which training determines; 0 stands for those that don't.
  const exponentials = new Int32Array(DIFFERENCES);
  exponentials.set(step.exponentials);
  return plainStep({
    description: `softmax of ${step.depth}`,
    kernels: [SOFTMAX],
    fields: [
      {
        role: "exponentials",
        type: scalar("int32_t"),
        count: DIFFERENCES,
        values: exponentials,
        perLine: 8,
        comment: "exp of 0, -1, .. -255 scaled.",
      },
    ],
    inPlace: [step.input],
    call: ({ buffer, field }) =>
      loops([step.rows], ([row = ""]) => {
        const [source, target] = [place(buffer(step.input), 0, [[row, step.depth]]), place(buffer(step.output), 0, [[row, step.depth]])];
        return [`softmax(${source}, ${target}, ${step.depth}, ${field("exponentials")});`];
      }),
  });
}
