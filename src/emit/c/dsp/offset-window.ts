// Which straight lines run through a staircase. A kernel computes floor((offset + scale * accumulator * multiplier) / 2^(32 + shift)),
// with integers throughout; for each multiplier the offsets that agree with the law at every step form an interval.

import type { RowLaw, Threshold } from "./row-law.ts";
import { outputOf, realMultiplier } from "./row-law.ts";

/** How a kernel treats a row: the accumulator comes times `scale`, the product keeps `shift` fractional bits. */
export interface Slot {
  readonly scale: 1 | 256;
  readonly shift: number;
}

/** Offsets relative to `origin * 2^32`, both ends allowed; empty where low > high. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

interface Bound {
  /** The offset at the central multiplier. */
  readonly offset: number;
  readonly accumulator: number;
}

/** Doubles hold the bounds to about one part in 2^50: whoever uses an offset checks it exactly afterwards. */
export class OffsetWindow {
  /** The integer nearest to the real multiplier in this slot. */
  readonly centre: number;
  private readonly scale: number;
  private readonly lows: readonly Bound[];
  private readonly highs: readonly Bound[];

  /** @param levels which of the law's thresholds the line must respect. @param origin offsets count from here, in units of 2^32.
   * @param ends also stay within the outputs at the ends of the range, where the law does not clamp. */
  constructor(
    law: RowLaw,
    slot: Slot,
    levels: readonly Threshold[],
    origin: number,
    ends: { readonly low: boolean; readonly high: boolean },
  ) {
    this.scale = slot.scale;
    this.centre = Math.round((realMultiplier(law.multiplier) * 2 ** (32 + slot.shift)) / slot.scale);
    const one = 1n << BigInt(32 + slot.shift);
    const step = BigInt(slot.scale) * BigInt(this.centre);
    const bound = (level: number, accumulator: number, slack: bigint): Bound => ({
      offset: Number(BigInt(level) * one - step * BigInt(accumulator) - slack - (BigInt(origin) << 32n)),
      accumulator,
    });
    const [bottom, top] = [outputOf(law, law.lowest), outputOf(law, law.highest)];
    this.lows = [
      ...levels.map(({ level, accumulator }) => bound(level, accumulator, 0n)),
      ...(ends.low && bottom > law.minimum ? [bound(bottom, law.lowest, 0n)] : []),
    ];
    this.highs = [
      ...levels.map(({ level, accumulator }) => bound(level, accumulator - 1, 1n)),
      ...(ends.high && top < law.maximum ? [bound(top + 1, law.highest, 1n)] : []),
    ];
  }

  /** @param change of the multiplier, from the central one. */
  at(change: number): Interval {
    let [low, high] = [-Infinity, Infinity];
    for (const { offset, accumulator } of this.lows) low = Math.max(low, offset - this.scale * change * accumulator);
    for (const { offset, accumulator } of this.highs) high = Math.min(high, offset - this.scale * change * accumulator);
    return { low, high };
  }
}

/** Multipliers are sought no farther from the nearest integer than its part of one in so many: rows with few thresholds allow much, but
 * what lies far off is of no use. */
export const NEARNESS = 4096;

/** The change of the multiplier at which `width` is largest. `width` must be concave: an interval's width is. */
export function widestChange(width: (change: number) => number, reach: number): number {
  let [low, high] = [-reach, reach];
  while (high - low > 2) {
    const third = Math.floor((high - low) / 3);
    if (width(low + third) < width(high - third)) low += third;
    else high -= third;
    if (third === 0) break;
  }
  let best = low;
  for (let change = low + 1; change <= high; change++) if (width(change) > width(best)) best = change;
  return best;
}

/** SMMUL: the upper word of the 64-bit product of two int32, exactly. */
export function upperProduct(a: number, b: number): number {
  const high = b >> 16;
  const low = b & 0xffff;
  return Math.floor((a * high + Math.floor((a * low) / 65536)) / 65536);
}

export function fitsInt32(value: number): boolean {
  return value >= -2147483648 && value <= 2147483647;
}
