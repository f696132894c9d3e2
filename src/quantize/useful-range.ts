// What of a tensor's range makes a difference to those that read it: a tanh is at its end long before its input is, and 256 levels
// are better spent on the rest.

import { operatorInputs, type TensorId } from "../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../artifacts/network.ts";
import type { ValueRange } from "./activation-ranges.ts";

/** Beyond these, an int8 output does not change: tanh's levels are 1/128 apart, up to 127/128; logistic's 1/256, up to 255/256. */
const USEFUL: Readonly<Partial<Record<FloatOperator["kind"], ValueRange>>> = {
  relu: { minimum: 0, maximum: Infinity },
  relu6: { minimum: 0, maximum: 6 },
  "hard-swish": { minimum: -3, maximum: Infinity },
  tanh: { minimum: -3.2, maximum: 2.6 },
  logistic: { minimum: -6.3, maximum: 5.2 },
};

/** @param range that calibration reached. */
export function usefulRange(network: FloatNetwork, id: TensorId, range: ValueRange): ValueRange {
  const readers = network.operators.filter((operator) => operatorInputs(operator).includes(id)).map(({ kind }) => USEFUL[kind]);
  if (readers.length === 0 || network.outputs.includes(id)) return range;
  const bounds = readers.map((reader) => reader ?? { minimum: -Infinity, maximum: Infinity });
  return {
    minimum: Math.max(range.minimum, Math.min(...bounds.map(({ minimum }) => minimum))),
    maximum: Math.min(range.maximum, Math.max(...bounds.map(({ maximum }) => maximum))),
  };
}
