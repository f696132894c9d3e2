// In: samples. Out: those that somebody labelled, as a table of their own: what the policy is to imitate.

import type { Samples } from "../../artifacts/samples.ts";

/** Rows of inputs (-1..1) and targets; see Samples. */
export interface LabelledSamples {
  readonly rows: number;
  readonly inputWidth: number;
  readonly inputs: Float32Array;
  readonly targetWidth: number;
  readonly targets: Float32Array;
}

export function labelledSamples({ rows, inputWidth, inputs, targetWidth, targets, weights }: Samples): LabelledSamples {
  const labelled = Array.from({ length: rows }, (_, row) => row).filter((row) => (weights[row] as number) > 0);
  const gather = (table: Float32Array, width: number): Float32Array => {
    const gathered = new Float32Array(labelled.length * width);
    labelled.forEach((row, index) => {
      gathered.set(table.subarray(row * width, (row + 1) * width), index * width);
    });
    return gathered;
  };
  return { rows: labelled.length, inputWidth, inputs: gather(inputs, inputWidth), targetWidth, targets: gather(targets, targetWidth) };
}
