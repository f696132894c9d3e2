// What the numbers mean that a model was trained on, against what a policy's network gets and says: -1..1 across @clip (encoding.ts). Each
// meaning is an affine map for each channel.

import { assert } from "../core/assert.ts";
import { fieldWidth, type ActionSpec, type NumberField, type RobotSpec } from "../artifacts/robot-spec.ts";

/** - physical: the value itself, in its unit, cut off at @clip; a choice as 0 or 1 for each label.
 * - unit: 0..1 across @clip.
 * - centred: -1..1 across @clip. */
export const SCALINGS = ["physical", "unit", "centred"] as const;
export type Scaling = (typeof SCALINGS)[number];

/** `scale * x + offset`. */
export interface AffineMap {
  readonly scale: number;
  readonly offset: number;
}

/** A policy's input v is (255 * fraction - 128) * 2 / 255: the fraction of the clip range is v / 2 + 128 / 255. */
const FRACTION: AffineMap = { scale: 1 / 2, offset: 128 / 255 };

/** For each of a policy's inputs: from v to what the model was trained on. */
export function inputMaps(spec: RobotSpec, scaling: Scaling): readonly AffineMap[] {
  return spec.observation.flatMap((field) => {
    const count = field.kind === "choice" ? field.labels.length : fieldWidth(field);
    const map = field.kind === "choice" ? ofFraction(scaling, { minimum: 0, maximum: 1 }) : ofFraction(scaling, field.clip);
    return Array.from({ length: count }, () => map);
  });
}

function ofFraction(scaling: Scaling, { minimum, maximum }: NumberField["clip"]): AffineMap {
  const stretched = (from: number, to: number): AffineMap => ({
    scale: (to - from) * FRACTION.scale,
    offset: from + (to - from) * FRACTION.offset,
  });
  switch (scaling) {
    case "physical":
      return stretched(minimum, maximum);
    case "unit":
      return stretched(0, 1);
    case "centred":
      return stretched(-1, 1);
  }
}

/** For each channel of a continuous action: from what the model says to -1..1 across the action's range. */
export function outputMaps(action: ActionSpec, scaling: Scaling): readonly AffineMap[] {
  assert(action.kind === "continuous", "labels have no scale");
  return action.fields.flatMap((field) => Array.from({ length: fieldWidth(field) }, () => ofOutput(scaling, field.clip)));
}

function ofOutput(scaling: Scaling, { minimum, maximum }: NumberField["clip"]): AffineMap {
  switch (scaling) {
    case "physical":
      return { scale: 2 / (maximum - minimum), offset: -(maximum + minimum) / (maximum - minimum) };
    case "unit":
      return { scale: 2, offset: -1 };
    case "centred":
      return { scale: 1, offset: 0 };
  }
}
