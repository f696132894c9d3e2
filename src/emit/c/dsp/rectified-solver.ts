// Constants with which one multiply-accumulate a row requantizes exactly as the law does, where its thresholds lie on one side of
// zero: behind a relu. In: four rows that share one addend. Out: multipliers, biases and the addend, proven for every accumulator.

import { assert, at } from "../../../core/assert.ts";
import { clamp } from "../../../core/fixed-point.ts";
import { fitsInt32, NEARNESS, OffsetWindow, upperProduct, widestChange, type Interval, type Slot } from "./offset-window.ts";
import { outputOf, thresholds, type RowLaw, type Threshold } from "./row-law.ts";

/** output = clamp((addend + upper word of (scale * accumulator + bias) * multiplier) >> shift), rounded down. */
export interface RectifiedRow {
  readonly multiplier: number;
  readonly bias: number;
}

export interface RectifiedBlock {
  readonly addend: number;
  /** One a slot; zeros where there is no row. */
  readonly rows: readonly RectifiedRow[];
}

/** A multiplier and the offsets with which its row agrees with the law, in units of 1. */
interface Line {
  readonly multiplier: number;
  readonly low: number;
  readonly high: number;
}

interface Candidate {
  readonly index: number;
  readonly law: RowLaw;
  readonly slot: Slot;
  readonly levels: readonly Threshold[];
  /** The one with the widest interval first. */
  readonly lines: readonly Line[];
}

const NO_ROW: RectifiedRow = { multiplier: 0, bias: 0 };

/** Multipliers that are tried for a row, around the best: parts of the distance at which the interval is still half as wide. */
const SPREADS = [0, 1, -1, 0.5, -0.5, 0.75, -0.75];

/** Addends that are tried for each choice of multipliers. A row of scale 1 accepts about one in 130, two of them one in 17,000; but
 * where their multipliers are nearly commensurable, none is accepted by both. */
const ADDENDS = 2 ** 17;

/** Where fewer addends than one in so many are accepted, as where a multiplier has too few bits, none is sought. */
const RAREST = 2 ** 19;

/** Multipliers that are tried where there is no addend to vary. */
const MULTIPLIERS = 4096;

/** Beyond it a biased accumulator might leave int32. */
const LARGEST_BIAS = 2 ** 30;

/** @param rows one a slot, null where the layer has no more. Null where no constants exist: a multiplier out of the slot's range, a clamp
 * other than int8's, thresholds on both sides of zero. */
export function solveRectified(rows: readonly (RowLaw | null)[], slots: readonly Slot[]): RectifiedBlock | null {
  const candidates: Candidate[] = [];
  for (const [index, law] of rows.entries()) {
    if (law === null) continue;
    const candidate = candidateOf(law, at(slots, index), index);
    if (candidate === null) return null;
    candidates.push(candidate);
  }
  const [first, second = first] = candidates.sort((left, right) => width(at(left.lines, 0)) - width(at(right.lines, 0)));
  if (first === undefined || second === undefined) return { addend: 0, rows: rows.map(() => NO_ROW) };
  const accepted = candidates.reduce(
    (part, { lines: [line] }) => part * (line === undefined ? 0 : Math.min(1, width(line) / line.multiplier)),
    1,
  );
  if (accepted * RAREST < 1) return null;
  const best = at(first.lines, 0);
  const start = Math.round((best.low + best.high) / 2 ** 33);
  for (let choice = 0; choice < SPREADS.length ** 2; choice++) {
    // The narrowest intervals decide, so only their multipliers vary.
    const chosen = new Map([[second, second.lines[Math.floor(choice / SPREADS.length)]], [first, first.lines[choice % SPREADS.length]]]); // prettier-ignore
    const lines = candidates.map((candidate) => (chosen.has(candidate) ? chosen.get(candidate) : candidate.lines[0]));
    if (!lines.every((line) => line !== undefined)) continue;
    for (let distance = 0; distance < ADDENDS; distance++) {
      const addend = start + (distance % 2 === 0 ? distance / 2 : -(distance + 1) / 2);
      const solved = rowsWith(addend, candidates, lines);
      if (solved !== null) return { addend, rows: rows.map((_, index) => solved.get(index) ?? NO_ROW) };
    }
  }
  return null;
}

/** As a block of one row without an addend. @param parity of the multiplier. */
export function solveWithoutAddend(law: RowLaw, slot: Slot, parity: "odd" | "even" | "any"): RectifiedRow | null {
  const candidate = candidateOf(law, slot, 0);
  if (candidate === null) return null;
  const [best] = candidate.lines;
  const window = new OffsetWindow(law, slot, candidate.levels, 0, { low: true, high: true });
  for (let distance = 0; best !== undefined && distance < MULTIPLIERS; distance++) {
    const multiplier = best.multiplier + (distance % 2 === 0 ? distance / 2 : -(distance + 1) / 2);
    if (parity !== "any" && (multiplier % 2 === 1) !== (parity === "odd")) continue;
    const interval = window.at(multiplier - window.centre);
    const { low, high } = bounded(interval, multiplier * slot.scale);
    const solved = low <= high ? rowsWith(0, [candidate], [{ multiplier, low, high }]) : null;
    if (solved !== null) return solved.get(0) ?? null;
  }
  return null;
}

function candidateOf(law: RowLaw, slot: Slot, index: number): Candidate | null {
  if (law.minimum !== -128 || law.maximum !== 127 || law.multiplier.mantissa <= 0) return null;
  const levels = thresholds(law);
  const window = new OffsetWindow(law, slot, levels, 0, { low: true, high: true });
  const { centre } = window;
  if (centre < 2 || centre > 2 ** 31 - 2) return null;
  const reach = Math.min(Math.ceil(centre / NEARNESS), 2 ** 31 - 1 - centre);
  const best = widestChange((each) => Math.min(width(window.at(each)), 2 ** 62), reach);
  const enough = width(window.at(best)) / 2;
  let spread = 1;
  while (spread < reach / 2 && [2 * spread, -2 * spread].every((change) => width(window.at(best + change)) >= enough)) spread *= 2;
  const changes = new Set(SPREADS.map((part) => best + Math.round(part * spread)));
  const lines = [...changes].flatMap((change) => {
    const interval = window.at(change);
    const multiplier = centre + change;
    return interval.low <= interval.high ? [{ multiplier, ...bounded(interval, multiplier * slot.scale) }] : [];
  });
  return lines.length === 0 ? null : { index, law, slot, levels, lines };
}

/** A row that always gives the same output bounds its offset on one side only, or not at all. */
function bounded({ low, high }: Interval, step: number): Interval {
  const start = Number.isFinite(low) ? low : Number.isFinite(high) ? high - 4 * step : 0;
  return { low: start, high: Number.isFinite(high) ? high : start + 4 * step };
}

function width({ low, high }: Interval): number {
  return high - low;
}

/** addend * 2^32 + bias * multiplier must lie in each row's interval. */
function rowsWith(addend: number, candidates: readonly Candidate[], lines: readonly Line[]): ReadonlyMap<number, RectifiedRow> | null {
  const biases: number[] = [];
  const start = addend * 2 ** 32;
  for (const { multiplier, low, high } of lines) {
    const bias = Math.round(((low + high) / 2 - start) / multiplier);
    const offset = start + bias * multiplier;
    if (offset < low || offset > high || Math.abs(bias) > LARGEST_BIAS) return null;
    biases.push(bias);
  }
  const rows = new Map<number, RectifiedRow>();
  for (const [place, candidate] of candidates.entries()) {
    const row = { multiplier: at(lines, place).multiplier, bias: at(biases, place) };
    if (!agrees(candidate, row, addend)) return null;
    rows.set(candidate.index, row);
  }
  return rows;
}

/** The kernel's output rises with the accumulator as the law's does, so agreement on both sides of each threshold is agreement
 * everywhere, and no overflow at the ends is no overflow between them. */
function agrees({ law, slot, levels }: Candidate, row: RectifiedRow, addend: number): boolean {
  const { lowest, highest } = law;
  if (![lowest, highest].every((end) => kernelStaysInRange(end, slot, row, addend))) return false;
  const output = (accumulator: number): number => rectifiedOutput(accumulator, slot, row, addend);
  return (
    output(lowest) === outputOf(law, lowest) &&
    output(highest) === outputOf(law, highest) &&
    levels.every(({ level, accumulator }) => output(accumulator) >= level && output(accumulator - 1) < level)
  );
}

function kernelStaysInRange(accumulator: number, { scale }: Slot, { multiplier, bias }: RectifiedRow, addend: number): boolean {
  const biased = scale * accumulator + bias;
  return fitsInt32(biased) && fitsInt32(addend + upperProduct(biased, multiplier));
}

/** What the kernels compute from an accumulator. */
export function rectifiedOutput(accumulator: number, slot: Slot, { multiplier, bias }: RectifiedRow, addend: number): number {
  const biased = slot.scale * accumulator + bias;
  assert(fitsInt32(biased), "a biased accumulator fits 32 bits");
  return clamp(Math.floor((addend + upperProduct(biased, multiplier)) / 2 ** slot.shift), -128, 127);
}
