// Fully connected layers in plain C: one row of weights an output. The kernel also serves convolutions, whose windows are
// inputs to it.

import type { FullyConnectedStep } from "../../../artifacts/integer-program.ts";
import { scalar, type Kernel, type ParameterField, type PrintedStep } from "../printed-step.ts";
import { outputLaws, REQUANTIZE } from "./arithmetic-law.ts";
import { loops, place, plainStep } from "./plain-step.ts";

export const FULLY_CONNECTED: Kernel = {
  name: "fully_connected",
  needs: [REQUANTIZE],
  text: `/** @brief output[row] = requantize(bias of the row + sum of weights[row][column] * input[column]). */
static void
fully_connected(const int8_t* input, int8_t* output, size_t inputs, size_t outputs, const POLICY_FLASH output_law* laws,
                const POLICY_FLASH int8_t* weights) {
    for (size_t row = 0; row < outputs; row++, laws++) {
        int32_t sum = laws->bias;
        for (size_t column = 0; column < inputs; column++) {
            sum += *weights++ * input[column];
        }
        output[row] = requantize(sum, laws);
    }
}
`,
};

export function fullyConnected(step: FullyConnectedStep): PrintedStep {
  const { batches, inputs, outputs } = step;
  return plainStep({
    description: `fully connected ${inputs} to ${outputs}${batches === 1 ? "" : `, ${batches} times`}`,
    kernels: [FULLY_CONNECTED],
    fields: [
      outputLaws("laws", foldedBias(step, inputs), step.requantization, "One a row."),
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
  const note = weightScales.length === 1 ? `1 step of a weight is ${weightScales[0]?.toPrecision(6) ?? ""}.` : "Each row has its own scale.";
  return { role: "weights", type: scalar("int8_t"), count: weights.length, values: weights, perLine, comment: `${comment}.`, note };
}
