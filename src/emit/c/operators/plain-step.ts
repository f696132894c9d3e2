// What the plain printers of all operators share: defaults of a printed step, loops and places in generated C.

import { assert, at } from "../../../core/assert.ts";
import type { ParameterField, PrintedStep, Scalar } from "../printed-step.ts";
import { scalar } from "../printed-step.ts";

/** Stack that an inference with one plain kernel needs on a 32-bit core, callees included: none has an array of more than four.
 * Measured at -O2, with what gcc inlines of other steps: up to 220 on Cortex-M4, 250 on M0+ and 272 on an LX106. */
const PLAIN_STACK_BYTES = 288;

/** What a plain kernel is written for where there is a choice: few instructions run, or few bytes of code. */
export type PlainTaste = "fast" | "small";

/** A printed step with what most plain kernels have in common: no scratch, no shape constants, nothing in place. */
export function plainStep(step: Pick<PrintedStep, "description" | "kernels" | "fields" | "call"> & Partial<PrintedStep>): PrintedStep {
  return { shapes: [], scratch: { bytes: 0, alignment: 1 }, inPlace: [], stackBytes: PLAIN_STACK_BYTES, ...step };
}

/** A field of one number. */
export function numberField(role: string, c: Scalar, value: number, comment: string): ParameterField {
  return { role, type: scalar(c), count: null, values: [value], perLine: 1, comment };
}

/** The index of a loop of one turn, which is left out. */
const NO_LOOP = "0";

/** Statements inside nested loops over `sizes`. @param body gets the indices' names. @param around indices of loops around these. */
export function loops(
  sizes: readonly number[],
  body: (indices: readonly string[]) => readonly string[],
  around: readonly string[] = [],
): readonly string[] {
  const indices: string[] = [];
  const used = (): number => [...around, ...indices].filter((each) => each !== NO_LOOP).length;
  for (const size of sizes) indices.push(size === 1 ? NO_LOOP : at(INDEX_NAMES, used()));
  return sizes.reduceRight<readonly string[]>((inner, size, dimension) => {
    const index = at(indices, dimension);
    if (index === NO_LOOP) return inner;
    return [`for (size_t ${index} = 0; ${index} < ${size}; ${index}++) {`, ...inner.map((line) => `    ${line}`), "}"];
  }, body(indices));
}

const INDEX_NAMES = ["i", "j", "k", "l", "m", "n", "o", "p", "q", "r"];

/** An index and how many elements further one more of it is. */
export type Term = readonly [index: string, stride: number];

export function terms(indices: readonly string[], strides: readonly number[]): Term[] {
  return indices.map((index, dimension) => [index, at(strides, dimension)]);
}

/** Element strides when the last dimension is contiguous. */
export function denseStrides(sizes: readonly number[]): number[] {
  return sizes.map((_, dimension) => sizes.slice(dimension + 1).reduce((product, size) => product * size, 1));
}

/** Address of the element at base + sum of index * stride. */
export function place(array: string, base: number, walk: readonly Term[]): string {
  const moving = walk.filter(([index, stride]) => index !== NO_LOOP && stride !== 0);
  if (moving.length === 0) return base === 0 ? array : `&${array}[${base}]`;
  const positive = moving.filter(([, stride]) => stride > 0).map(([index, stride]) => (stride === 1 ? index : `${stride} * ${index}`));
  const negative = moving.filter(([, stride]) => stride < 0).map(([index, stride]) => (stride === -1 ? index : `${-stride} * ${index}`));
  const sum = [...(base !== 0 || positive.length === 0 ? [String(base)] : []), ...positive].join(" + ");
  assert(base >= 0, "a walk begins inside its buffer");
  return `&${array}[${[sum, ...negative].join(" - ")}]`;
}
