// Constants that requantize exactly as the law does where outputs lie on both sides of the zero point: the law rounds halves away
// from zero twice, so its staircase has a jump at zero, which the kernel makes by subtracting a constant from negative sums.

import { assert } from "../../../core/assert.ts";
import { clamp } from "../../../core/fixed-point.ts";
import { fitsInt32, OffsetWindow, upperProduct, widestChange, type Interval } from "./offset-window.ts";
import { outputOf, thresholds, type RowLaw } from "./row-law.ts";

/** sum = 256 * accumulator + bias; output = clamp((addend + upper word of (sum - (sum < 0 ? jump : 0)) * multiplier) >> shift). */
export interface SignedRow {
  readonly multiplier: number;
  readonly bias: number;
  readonly jump: number;
  readonly addend: number;
}

/** For a pair of rows with fewer than two. */
export const NO_SIGNED_ROW: SignedRow = { multiplier: 0, bias: 0, jump: 0, addend: 0 };

const SCALE = 256;

/** Multipliers around the best that are tried. */
const TRIES = 1000;

/** The addend depends on the zero point alone, so that rows of a layer share it. */
export function signedAddend(zeroPoint: number, shift: number): number {
  return (2 * zeroPoint + 1) * 2 ** (shift - 1);
}

/** Null where no constants exist: a multiplier out of range, or a clamp other than int8's. */
export function solveSigned(law: RowLaw, shift: number): SignedRow | null {
  if (law.minimum !== -128 || law.maximum !== 127 || law.multiplier.mantissa <= 0) return null;
  const levels = thresholds(law);
  const addend = signedAddend(law.zeroPoint, shift);
  const slot = { scale: SCALE, shift } as const;
  const above = levels.filter(({ level }) => level > law.zeroPoint);
  const below = levels.filter(({ level }) => level <= law.zeroPoint);
  const positive = new OffsetWindow(law, slot, above, addend, { low: law.lowest >= 0, high: law.highest >= 0 });
  const negative = new OffsetWindow(law, slot, below, addend, { low: law.lowest < 0, high: law.highest < 0 });
  const { centre } = positive;
  if (centre < 2 || centre > 2 ** 31 - 2) return null;
  const reach = Math.min(Math.floor(centre / 16), 2 ** 31 - 1 - centre);
  const width = (change: number): number => Math.min(widthOf(positive.at(change)), widthOf(negative.at(change)), 2 ** 62);
  const best = widestChange(width, reach);
  for (let distance = 0; distance < TRIES; distance++) {
    const change = best + (distance % 2 === 0 ? distance / 2 : -(distance + 1) / 2);
    const multiplier = centre + change;
    // Where nothing bounds them, these are what the law's own roundings come to.
    const bias = multipleWithin(positive.at(change), multiplier, 0.75 * SCALE);
    if (bias === null) continue;
    const { low, high } = negative.at(change);
    const jump = multipleWithin({ low: bias * multiplier - high, high: bias * multiplier - low }, multiplier, 1.5 * SCALE);
    if (jump === null) continue;
    const row = { multiplier, bias, jump, addend };
    if (agrees(law, row, shift)) return row;
  }
  return null;
}

function widthOf({ low, high }: Interval): number {
  return high - low;
}

/** n such that n * multiplier lies in the middle of the interval or, where an end is open, at `usual` or as near as can be. */
function multipleWithin({ low, high }: Interval, multiplier: number, usual: number): number | null {
  const bounded = Number.isFinite(low) && Number.isFinite(high);
  const wanted = bounded ? (low + high) / 2 : clamp(usual * multiplier, low, high);
  const multiple = Math.round(wanted / multiplier);
  return multiple * multiplier >= low && multiple * multiplier <= high ? multiple : null;
}

/** Kernel and law both rise, so agreement on both sides of each threshold is agreement everywhere. */
function agrees(law: RowLaw, row: SignedRow, shift: number): boolean {
  const { lowest, highest } = law;
  if (row.jump < 0 || ![lowest, highest].every((end) => staysInRange(end, row))) return false;
  const output = (accumulator: number): number => signedOutput(accumulator, row, shift);
  return (
    output(lowest) === outputOf(law, lowest) &&
    output(highest) === outputOf(law, highest) &&
    thresholds(law).every(({ level, accumulator }) => output(accumulator) >= level && output(accumulator - 1) < level)
  );
}

function staysInRange(accumulator: number, { multiplier, bias, jump, addend }: SignedRow): boolean {
  const sum = SCALE * accumulator + bias;
  const jumped = sum < 0 ? sum - jump : sum;
  return fitsInt32(sum) && fitsInt32(jumped) && fitsInt32(addend + upperProduct(jumped, multiplier));
}

/** What the kernels compute from an accumulator. */
export function signedOutput(accumulator: number, { multiplier, bias, jump, addend }: SignedRow, shift: number): number {
  const sum = SCALE * accumulator + bias;
  assert(fitsInt32(sum), "a biased accumulator fits 32 bits");
  return clamp(Math.floor((addend + upperProduct(sum < 0 ? sum - jump : sum, multiplier)) / 2 ** shift), -128, 127);
}
