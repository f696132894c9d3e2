// How good a policy is on rows that it has not seen: predictions and targets in, one number out. The same measure for the float
// network, the int8 graph and the board.

import { decodeFloatAction, normaliseAction } from "../artifacts/encoding.ts";
import { forwardLayers, type FloatNetwork } from "../artifacts/network.ts";
import type { ActionSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { assert, at } from "../core/assert.ts";

/** Agreement: share of rows with the expert's label. Error: mean absolute difference as a share of the action's range. */
export interface Evaluation {
  readonly kind: "agreement" | "error";
  readonly value: number;
  readonly rows: number;
}

/** @param samples at least one row. @param predict a row's inputs (0..1) and number, to a flat action in the action's own units. */
export function evaluatePredictions(
  samples: Samples,
  action: ActionSpec,
  predict: (inputs: Float32Array, row: number) => ArrayLike<number>,
): Evaluation {
  const { rows, inputWidth, targetWidth } = samples;
  assert(rows > 0, "there are no rows to evaluate on");
  const discrete = action.kind === "discrete";
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const predicted = normaliseAction(action, predict(samples.inputs.subarray(row * inputWidth, (row + 1) * inputWidth), row));
    const target = samples.targets.subarray(row * targetWidth, (row + 1) * targetWidth);
    if (discrete) sum += predicted[0] === target[0] ? 1 : 0;
    else sum += target.reduce((total, value, channel) => total + Math.abs(at(predicted, channel) - value) / 2, 0) / targetWidth;
  }
  return { kind: discrete ? "agreement" : "error", value: sum / rows, rows };
}

/** The float network by itself, before quantization. */
export function evaluateNetwork(network: FloatNetwork, samples: Samples, action: ActionSpec): Evaluation {
  return evaluatePredictions(samples, action, (inputs) =>
    decodeFloatAction(action, at(forwardLayers(network, inputs), network.layers.length - 1)),
  );
}
