// Requantization for cores without a 64-bit product: the law's steps from one int8 to the next in, a line in 32-bit integers out
// that rises at exactly the same sums. Found and proven here for each row of a layer; where there is none, the law itself must run.

import { clamp, requantizeBy, type OutputRange, type QuantizedMultiplier } from "../../../core/fixed-point.ts";

/** output = the upper byte of sum * high + (sum * low >> lowBits) + offset in uint32, for sums from 0 to `range`. */
export interface NarrowLaw {
  readonly range: number;
  readonly high: number;
  readonly low: number;
  readonly offset: number;
}

/** How the sums of one row become int8. */
export interface RowLaw {
  /** To be taken from each sum first. Sums below it then count as 0. */
  readonly origin: number;
  readonly below: NarrowLaw;
  /** For sums beyond below.range, those beyond its own range as its last one; null where `below` is all. The law rounds ties away from
   * zero, so two lines must meet where outputs below and above the zero point do. */
  readonly above: NarrowLaw | null;
}

/** What a row's sums go through, and how far they reach. */
export interface RowRequantization extends OutputRange {
  readonly multiplier: QuantizedMultiplier;
  readonly lowestSum: number;
  readonly highestSum: number;
}

/** 12: what 32-bit products with sums of 20 bits leave room for. 16: two bytes, for products byte by byte. */
export type LowBits = 12 | 16;
/** Of the result, one step of the output. */
const STEP = 2 ** 24;
const UINT32 = 2 ** 32;
/** Slopes that are tried on each side of the true one. Most rows take the first; none was seen to need more than two. */
const SLOPES = 16;

/** Null where no such lines exist: multipliers above 1, and those so small that an output changes 255 times only within sums of more
 * than 20 bits. @param lowBits of the slope beyond 2^-24; products with them must fit uint32. */
export function rowLaw(row: RowRequantization, lowBits: LowBits): RowLaw | null {
  const { multiplier, zeroPoint, lowestSum, highestSum } = row;
  const output = (sum: number): number => requantizeBy(multiplier, sum, row);
  const [first, last] = [output(lowestSum), output(highestSum)];
  const rises = Array.from({ length: last - first }, (_, index) => firstSum(first + 1 + index - zeroPoint, multiplier));
  const origin = (rises[0] ?? lowestSum + 1) - 1;
  if (highestSum - origin >= 2 ** 31 || lowestSum - origin < -(2 ** 31)) return null;
  const steps: Steps = {
    rises: rises.map((sum) => sum - origin),
    first,
    slope: multiplier.mantissa * 2 ** (multiplier.shift - 31),
    lowBits,
  };
  const range = steps.rises.at(-1) ?? 0;
  if (isOneSided(row)) {
    const whole = line(steps, 0, range);
    return whole === null ? null : { origin, below: whole, above: null };
  }
  // The first output above the zero point.
  const join = steps.rises[clamp(zeroPoint + 1 - (first + 1), 0, rises.length)] ?? range + 1;
  const below = line(steps, 0, join - 1);
  const above = line(steps, Math.min(join, range), range);
  return below === null || above === null ? null : { origin, below, above };
}

/** Whether one line can do: all outputs that differ are on one side of the zero point, as those of a fused ReLU. */
export function isOneSided({ zeroPoint, minimum, maximum }: OutputRange): boolean {
  return minimum >= zeroPoint || maximum <= zeroPoint;
}

/** The least sum that the law brings to `scaled` or more. Both of its roundings, solved for the sum: the right shift by -shift rounds
 * ties away from zero, the doubling high multiply rounds them up. */
function firstSum(scaled: number, { mantissa, shift }: QuantizedMultiplier): number {
  const right = BigInt(Math.max(-shift, 0));
  const half = right === 0n ? 0n : (1n << (right - 1n)) - (scaled > 0 ? 0n : 1n);
  const high = (BigInt(scaled) << right) - half;
  const product = (high << 31n) - (1n << 30n);
  const factor = BigInt(mantissa) << BigInt(Math.max(shift, 0));
  const quotient = product / factor;
  return Number(quotient * factor < product ? quotient + 1n : quotient);
}

interface Steps {
  /** rises[i]: the first sum whose output is first + 1 + i or more. */
  readonly rises: readonly number[];
  /** The output of sum 0. */
  readonly first: number;
  /** Of the output, per unit of the sum. */
  readonly slope: number;
  readonly lowBits: LowBits;
}

/** Of the whole numbers from `lowest` to `highest`, one with the most zeros at its end in binary: parameters travel packed. */
function roundest(lowest: number, highest: number): number {
  let unit = 1;
  while (Math.ceil(lowest / (2 * unit)) * 2 * unit <= highest && unit < STEP) unit *= 2;
  return Math.ceil(lowest / unit) * unit;
}

/** A line that agrees with the steps for every sum from `from` to `to`. Both rise, so it's enough to look at both sides of each step. */
function line({ rises, first, slope, lowBits }: Steps, from: number, to: number): NarrowLaw | null {
  const level = (sum: number): number => rises.filter((rise) => rise <= sum).length;
  const inside = rises.map((sum, index) => ({ sum, level: index + 1 })).filter(({ sum }) => sum > from && sum <= to);
  const least = [{ sum: from, level: level(from) }, ...inside];
  const most = [...inside.map((each) => ({ sum: each.sum - 1, level: each.level - 1 })), { sum: to, level: level(to) }];
  // Where several steps fall on one sum, only the last counts before it and after it; the others ask for less.
  const lowUnit = 2 ** lowBits;
  const centre = Math.round(slope * STEP * lowUnit);
  for (let trial = 0; trial <= 2 * SLOPES; trial++) {
    const factor = centre + (trial % 2 === 0 ? trial / 2 : -(trial + 1) / 2);
    if (factor < 0 || factor >= STEP * lowUnit) continue;
    const [high, low] = [Math.floor(factor / lowUnit), factor % lowUnit];
    if (lowBits === 12 && to * low >= UINT32) return null;
    const scaled = (sum: number): number => sum * high + Math.floor((sum * low) / lowUnit);
    const smallest = Math.max(...least.map((each) => each.level * STEP - scaled(each.sum)));
    const largest = Math.min(...most.map((each) => (each.level + 1) * STEP - 1 - scaled(each.sum)));
    if (smallest <= largest) {
      const offset = roundest(smallest, largest) + first * STEP;
      return { range: to, high, low, offset: ((offset % UINT32) + UINT32) % UINT32 };
    }
  }
  return null;
}
