// Converters flatten a fully connected layer over steps into rows without a batch, [steps, n]. A network's tensors begin with a batch of 1:
// such rows are [1, steps, n] in ours, and only operations that work row by row may meet them.

import { modelProblem } from "./problem.ts";

/** The network's shape for one that may lack the batch. */
export function shapeOfRows(shape: readonly number[]): readonly number[] {
  return shape[0] === 1 ? shape : [1, ...shape];
}

/** @param label of the operation. */
export function rowsProblem(label: string): Error {
  return modelProblem(
    "model-rows",
    `${label} works on rows without a batch`,
    "use fully connected layers and activations alone on rows, or keep the batch",
  );
}
