// Constants that requantize exactly as the law does where outputs lie on both sides of the zero point: the law rounds halves away
// from zero twice, so its staircase has a jump at zero, which the kernel makes by subtracting a constant from negative sums.

import { assert } from "../../../core/assert.ts";
import { clamp } from "../../../core/fixed-point.ts";
import { fitsInt32, NEARNESS, OffsetWindow, upperProduct, widestChange, type Interval } from "./offset-window.ts";
import { outputOf, thresholds, type RowLaw, type Threshold } from "./row-law.ts";

/** sum = 256 * accumulator + bias; output = clamp((addend + upper word of (sum - (sum < 0 ? jump : 0)) * multiplier) >> shift). */
export interface SignedRow {
  readonly multiplier: number;
  readonly bias: number;
  readonly jump: number;
}

export interface SignedBlock {
  readonly addend: number;
  /** One a law; zeros where there is none. */
  readonly rows: readonly SignedRow[];
}

interface Candidate {
  readonly law: RowLaw;
  readonly levels: readonly Threshold[];
  readonly positive: OffsetWindow;
  readonly negative: OffsetWindow;
  /** Of the multiplier, from the nearest integer: those at which both windows are widest. */
  readonly changes: readonly number[];
}

const NO_ROW: SignedRow = { multiplier: 0, bias: 0, jump: 0 };

const SCALE = 256;

/** Addends that are tried around the zero point and a half: nearly always the first will do. */
const ADDENDS = 1000;

/** Multipliers that are tried for each addend, around the best. */
const SPREADS = [0, 1, -1, 2, -2];

/** Rows that share an addend. Null where no constants exist: a multiplier out of range, or a clamp other than int8's. */
export function solveSigned(laws: readonly (RowLaw | null)[], shift: number): SignedBlock | null {
  const candidates: (Candidate | null)[] = [];
  for (const law of laws) {
    const candidate = law === null ? null : candidateOf(law, shift);
    if (law !== null && candidate === null) return null;
    candidates.push(candidate);
  }
  for (let distance = 0; distance < ADDENDS; distance++) {
    const change = distance % 2 === 0 ? distance / 2 : -(distance + 1) / 2;
    const rows = candidates.map((each) => (each === null ? NO_ROW : rowWith(change, each, shift)));
    if (!rows.every((row) => row !== null)) continue;
    return { addend: usualAddend(laws.find((law) => law !== null)?.zeroPoint ?? 0, shift) + change, rows };
  }
  return null;
}

/** The zero point and a half. */
function usualAddend(zeroPoint: number, shift: number): number {
  return (2 * zeroPoint + 1) * 2 ** (shift - 1);
}

function candidateOf(law: RowLaw, shift: number): Candidate | null {
  if (law.minimum !== -128 || law.maximum !== 127 || law.multiplier.mantissa <= 0) return null;
  const levels = thresholds(law);
  const origin = usualAddend(law.zeroPoint, shift);
  const slot = { scale: SCALE, shift } as const;
  const above = levels.filter(({ level }) => level > law.zeroPoint);
  const below = levels.filter(({ level }) => level <= law.zeroPoint);
  const positive = new OffsetWindow(law, slot, above, origin, { low: law.lowest >= 0, high: law.highest >= 0 });
  const negative = new OffsetWindow(law, slot, below, origin, { low: law.lowest < 0, high: law.highest < 0 });
  const { centre } = positive;
  if (centre < 64 || centre > 2 ** 31 - 64) return null;
  const reach = Math.min(Math.ceil(centre / NEARNESS), 2 ** 31 - 1 - centre);
  const width = (change: number): number => Math.min(widthOf(positive.at(change)), widthOf(negative.at(change)), 2 ** 62);
  const best = widestChange(width, reach);
  const changes = SPREADS.map((spread) => best + spread).filter((change) => width(change) >= 0);
  return { law, levels, positive, negative, changes };
}

/** @param addendChange from the usual addend. */
function rowWith(addendChange: number, { law, levels, positive, negative, changes }: Candidate, shift: number): SignedRow | null {
  const start = addendChange * 2 ** 32;
  for (const change of changes) {
    const multiplier = positive.centre + change;
    // What the law's own roundings come to, about: with these, sums near zero have the sign of their accumulator.
    const bias = multipleWithin(lowered(positive.at(change), start), multiplier, 0.75 * SCALE);
    if (bias === null) continue;
    const { low, high } = lowered(negative.at(change), start);
    const jump = multipleWithin({ low: Math.max(0, bias * multiplier - high), high: bias * multiplier - low }, multiplier, 1.5 * SCALE);
    if (jump === null) continue;
    const row = { multiplier, bias, jump };
    if (agrees(law, levels, row, usualAddend(law.zeroPoint, shift) + addendChange, shift)) return row;
  }
  return null;
}

function widthOf({ low, high }: Interval): number {
  return high - low;
}

function lowered({ low, high }: Interval, by: number): Interval {
  return { low: low - by, high: high - by };
}

/** Of the n for which n * multiplier lies in the interval, the one nearest to `usual`. */
function multipleWithin({ low, high }: Interval, multiplier: number, usual: number): number | null {
  const [least, most] = [Math.ceil(low / multiplier), Math.floor(high / multiplier)];
  return least <= most ? clamp(usual, least, most) : null;
}

/** Kernel and law both rise, so agreement on both sides of each threshold is agreement everywhere. */
function agrees(law: RowLaw, levels: readonly Threshold[], row: SignedRow, addend: number, shift: number): boolean {
  const { lowest, highest } = law;
  if (![lowest, highest].every((end) => staysInRange(end, row, addend))) return false;
  const output = (accumulator: number): number => signedOutput(accumulator, row, addend, shift);
  return (
    output(lowest) === outputOf(law, lowest) &&
    output(highest) === outputOf(law, highest) &&
    levels.every(({ level, accumulator }) => output(accumulator) >= level && output(accumulator - 1) < level)
  );
}

function staysInRange(accumulator: number, { multiplier, bias, jump }: SignedRow, addend: number): boolean {
  const sum = SCALE * accumulator + bias;
  const jumped = sum < 0 ? sum - jump : sum;
  return fitsInt32(sum) && fitsInt32(jumped) && fitsInt32(addend + upperProduct(jumped, multiplier));
}

/** What the kernels compute from an accumulator. */
export function signedOutput(accumulator: number, { multiplier, bias, jump }: SignedRow, addend: number, shift: number): number {
  const sum = SCALE * accumulator + bias;
  assert(fitsInt32(sum), "a biased accumulator fits 32 bits");
  return clamp(Math.floor((addend + upperProduct(sum < 0 ? sum - jump : sum, multiplier)) / 2 ** shift), -128, 127);
}
