// Fully connected layers in plain C: one row of weights an output. The kernel also serves convolutions, whose windows are
// inputs to it.

import type { FullyConnectedStep } from "../../../artifacts/integer-program.ts";
import { scalar, type Kernel, type ParameterField, type PrintedStep } from "../printed-step.ts";
import { outputLaws, REQUANTIZE } from "./arithmetic-law.ts";
import { loops, place, plainStep, type PlainTaste } from "./plain-step.ts";

const FULLY_CONNECTED: Kernel = {
  name: "fully_connected",
  needs: [REQUANTIZE],
  text: `/**
 * @brief output[row] = requantize(bias of the row + sum of weights[row][column] * input[column]).
 *
 * Two rows at a time, so that an element of the input is loaded once for both, and four columns a turn. The last of an odd number
 * of rows is computed together with itself.
 */
static void
fully_connected(const int8_t* input, int8_t* output, size_t inputs, size_t outputs, const POLICY_FLASH output_law* laws,
                const POLICY_FLASH int8_t* weights) {
    const int8_t* const end = input + inputs;
    const int8_t* const last_four = input + (inputs & ~(size_t)3);
    for (size_t row = 0; row < outputs; row += 2) {
        const size_t next = row + 1 < outputs ? row + 1 : row;
        const POLICY_FLASH int8_t* upper = &weights[row * inputs];
        const POLICY_FLASH int8_t* lower = &weights[next * inputs];
        int32_t upper_sum = laws[row].bias;
        int32_t lower_sum = laws[next].bias;
        const int8_t* element = input;
        for (; element != last_four; element += 4, upper += 4, lower += 4) {
            upper_sum += upper[0] * element[0];
            lower_sum += lower[0] * element[0];
            upper_sum += upper[1] * element[1];
            lower_sum += lower[1] * element[1];
            upper_sum += upper[2] * element[2];
            lower_sum += lower[2] * element[2];
            upper_sum += upper[3] * element[3];
            lower_sum += lower[3] * element[3];
        }
        for (; element != end; element++) {
            upper_sum += *upper++ * *element;
            lower_sum += *lower++ * *element;
        }
        output[row] = requantize(upper_sum, &laws[row]);
        output[next] = requantize(lower_sum, &laws[next]);
    }
}
`,
};

/** For few bytes of code, and where a second pointer into program memory costs more than it saves. */
const FULLY_CONNECTED_SMALL: Kernel = {
  name: "fully_connected",
  needs: [REQUANTIZE],
  text: `/** @brief output[row] = requantize(bias of the row + sum of weights[row][column] * input[column]). */
static void
fully_connected(const int8_t* input, int8_t* output, size_t inputs, size_t outputs, const POLICY_FLASH output_law* laws,
                const POLICY_FLASH int8_t* weights) {
    for (size_t row = 0; row < outputs; row++) {
        int32_t sum = laws[row].bias;
        for (size_t column = 0; column < inputs; column++) {
            sum += *weights++ * input[column];
        }
        output[row] = requantize(sum, &laws[row]);
    }
}
`,
};

export function fullyConnectedKernel(taste: PlainTaste = "fast"): Kernel {
  return taste === "small" ? FULLY_CONNECTED_SMALL : FULLY_CONNECTED;
}

export function fullyConnected(step: FullyConnectedStep, taste: PlainTaste = "fast"): PrintedStep {
  const { batches, inputs, outputs } = step;
  return plainStep({
    description: `fully connected ${inputs} to ${outputs}${batches === 1 ? "" : `, ${batches} times`}`,
    kernels: [fullyConnectedKernel(taste)],
    fields: [
      outputLaws("laws", foldedBias(step, inputs), step.requantization, "One a row; the input's zero point is folded into its bias."),
      weightsField(step, inputs, `${outputs} rows x ${inputs} columns`),
    ],
    call: ({ buffer, field }) =>
      loops([batches], ([batch = ""]) => {
        const from = place(buffer(step.input), 0, [[batch, inputs]]);
        const to = place(buffer(step.output), 0, [[batch, outputs]]);
        return [`fully_connected(${from}, ${to}, ${inputs}, ${outputs}, ${field("laws")}, ${field("weights")});`];
      }),
  });
}

interface Weighted {
  readonly weights: Int8Array;
  readonly weightScales: readonly number[];
  readonly bias: Int32Array;
  readonly inputZeroPoint: number;
}

/** bias - zero point * sum of the row's weights, so that kernels multiply the input's bytes as they are. */
export function foldedBias({ bias, weights, inputZeroPoint }: Weighted, rowLength: number): Int32Array {
  return bias.map((value, row) => {
    const sum = weights.subarray(row * rowLength, (row + 1) * rowLength).reduce((total, weight) => total + weight, 0);
    return value - inputZeroPoint * sum;
  });
}

export function weightsField({ weights, weightScales }: Weighted, perLine: number, comment: string): ParameterField {
  const note =
    weightScales.length === 1 ? `1 step of a weight is ${weightScales[0]?.toPrecision(6) ?? ""}.` : "Each row has its own scale.";
  return { role: "weights", type: scalar("int8_t"), count: weights.length, values: weights, perLine, comment: `${comment}.`, note };
}
