// The robot's mirror image, where its spec declares one: what an observation and an action become when left and right are exchanged.

import { encodedWidth } from "../artifacts/encoding.ts";
import { fieldWidth, hasMirrorImage, type ActionSpec, type Field, type NumberField, type RobotSpec } from "../artifacts/robot-spec.ts";
import { assert, at } from "../core/assert.ts";

/** Element i of the image: factors[i] * element sources[i] + offsets[i]. */
export interface LinearMirror {
  readonly sources: Uint32Array;
  readonly factors: Float32Array;
  readonly offsets: Float32Array;
}

export interface Mirror {
  readonly inputs: LinearMirror;
  readonly targets: LinearMirror | { readonly labels: Uint32Array };
}

/** Encoded numbers are 2 * fraction - this; targets 2 * fraction - 1 (see encoding.ts). */
const INPUT_ORIGIN = 256 / 255;
const TARGET_ORIGIN = 1;

/** Null where robot.ts declares no symmetry. */
export function mirrorOf(robot: RobotSpec): Mirror | null {
  if (!hasMirrorImage(robot)) return null;
  return { inputs: mirrorInputs(robot), targets: mirrorTargets(robot.action) };
}

/** The mirror image of one encoded observation. */
export function mirrorInputs({ observation, policy: { architecture } }: RobotSpec): LinearMirror {
  const image = architecture.kind === "vision" ? architecture : null;
  const rowOf = (field: Field): number | null => (image?.image.join(".") === field.path.join(".") ? image.width : null);
  return linearMirror(observation, INPUT_ORIGIN, rowOf);
}

/** The mirror image of one target: of a label's index, or of the action's channels. */
export function mirrorTargets(action: ActionSpec): Mirror["targets"] {
  if (action.kind === "continuous") return linearMirror(action.fields, TARGET_ORIGIN, () => null);
  const labels = Uint32Array.from(action.labels.keys());
  for (const [one, other] of action.mirror ?? []) {
    labels[action.labels.indexOf(one)] = action.labels.indexOf(other);
    labels[action.labels.indexOf(other)] = action.labels.indexOf(one);
  }
  return { labels };
}

/** Writes the mirror image of what stands in `values` from `begin` on. @param into must be another array. */
export function applyMirror(mirror: LinearMirror, values: Float32Array, begin: number, into: Float32Array, offset: number): void {
  const { sources, factors, offsets } = mirror;
  for (let index = 0; index < sources.length; index++) {
    const value = values[begin + (sources[index] as number)] as number;
    into[offset + index] = (factors[index] as number) * value + (offsets[index] as number);
  }
}

/** The same for the target at `begin`. */
export function mirrorTarget(mirror: Mirror["targets"], targets: Float32Array, begin: number, into: Float32Array, offset: number): void {
  if ("labels" in mirror) into[offset] = at(mirror.labels, at(targets, begin));
  else applyMirror(mirror, targets, begin, into, offset);
}

/** @param rowOf pixels in a row of a field that is an image, null for others. */
function linearMirror(fields: readonly Field[], origin: number, rowOf: (field: Field) => number | null): LinearMirror {
  const begins: number[] = [];
  let width = 0;
  for (const field of fields) {
    begins.push(width);
    width += encodedWidth(field);
  }
  const sources = Uint32Array.from({ length: width }, (_, index) => index);
  const factors = new Float32Array(width).fill(1);
  const offsets = new Float32Array(width);
  fields.forEach((field, index) => {
    if (field.kind === "choice" || field.mirror === null) return;
    const { mirror } = field;
    const other = mirror.kind === "swap" ? indexOfPath(fields, mirror.path) : index;
    const source = at(fields, other);
    assert(source.kind === "number" && fieldWidth(source) === fieldWidth(field), `${field.path.join(".")} is swapped with its like`);
    const { factor, offset } = between(source, field, mirror.kind === "negate" ? -1 : 1, origin);
    for (let element = 0; element < fieldWidth(field); element++) {
      const from = mirror.kind === "reverse" ? reversed(element, fieldWidth(field), mirror.axis, rowOf(field)) : element;
      sources[at(begins, index) + element] = at(begins, other) + from;
      factors[at(begins, index) + element] = factor;
      offsets[at(begins, index) + element] = offset;
    }
  });
  return { sources, factors, offsets };
}

/** Of an image, each row is reversed from end to end. */
function reversed(element: number, length: number, axis: number, row: number | null): number {
  if (row === null) return (((2 * axis - element) % length) + length) % length;
  const column = element % row;
  return element - column + (row - 1 - column);
}

/** What a value of `sign` times a reading of `source` is in terms of `field`'s clip range, both as 2 * fraction - origin. */
function between(source: NumberField, field: NumberField, sign: 1 | -1, origin: number): { factor: number; offset: number } {
  const span = field.clip.maximum - field.clip.minimum;
  const factor = (sign * (source.clip.maximum - source.clip.minimum)) / span;
  const shift = (sign * source.clip.minimum - field.clip.minimum) / span;
  return { factor, offset: (factor - 1) * origin + 2 * shift };
}

function indexOfPath(fields: readonly Field[], path: readonly string[]): number {
  return fields.findIndex((field) => field.path.join(".") === path.join("."));
}
