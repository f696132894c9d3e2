// In: the numbers that a chart shows. Out: an axis with round tick values, linear or logarithmic.

import { at } from "../core/assert.ts";
import { formatNumber } from "./format.ts";

export interface Axis {
  readonly minimum: number;
  readonly maximum: number;
  /** Ascending, within minimum .. maximum. */
  readonly ticks: readonly Tick[];
  /** Place of a value along the axis: 0 at minimum, 1 at maximum. */
  fraction(value: number): number;
}

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Steps that an axis has, about. */
const STEPS = 5;

/** @param ends "rounded": from a tick to a tick around all values; "tight": from the lowest value to the highest.
 * @param values ones that are not finite are ignored; whole numbers only get whole ticks. */
export function linearAxis(values: readonly number[], ends: "rounded" | "tight"): Axis {
  const finite = values.filter(Number.isFinite);
  const [lowest, highest] = spread(finite);
  const { mantissa, exponent } = roundStep((highest - lowest) / STEPS, finite.every(Number.isInteger));
  // The number of steps up to a tick, and back: read as decimal, so that 3 steps of 0.1 are 0.3 and not 0.30000000000000004.
  const steps = (value: number): number => value / (mantissa * 10 ** exponent);
  const tickAt = (count: number): number => Number(`${count * mantissa}e${exponent}`) + 0;
  const first = ends === "rounded" ? Math.floor(steps(lowest) + TOLERANCE) : Math.ceil(steps(lowest) - TOLERANCE);
  const last = ends === "rounded" ? Math.ceil(steps(highest) - TOLERANCE) : Math.floor(steps(highest) + TOLERANCE);
  const [minimum, maximum] = ends === "rounded" ? [tickAt(first), tickAt(last)] : [lowest, highest];
  return {
    minimum,
    maximum,
    ticks: Array.from({ length: last - first + 1 }, (_, index) => {
      const value = tickAt(first + index);
      return { value, label: formatNumber(value, Math.max(0, -exponent)) };
    }),
    fraction: (value) => (value - minimum) / (maximum - minimum),
  };
}

/** Share of a step that rounding errors may amount to. */
const TOLERANCE = 1e-9;

/** The smallest of 1, 2 and 5 times a power of ten that is not below `wanted`. */
function roundStep(wanted: number, whole: boolean): { mantissa: number; exponent: number } {
  const exponent = Math.floor(Math.log10(wanted) + TOLERANCE);
  if (whole && wanted < 1) return { mantissa: 1, exponent: 0 };
  const mantissa = [1, 2, 5].find((each) => each * (1 + TOLERANCE) >= wanted / 10 ** exponent);
  return mantissa === undefined ? { mantissa: 1, exponent: exponent + 1 } : { mantissa, exponent };
}

/** From a tick to a tick: powers of ten, and 2 and 5 between them where there is room.
 * @param values ones that are not positive and finite are ignored. */
export function logarithmicAxis(values: readonly number[]): Axis {
  const positive = values.filter((value) => Number.isFinite(value) && value > 0);
  const lowest = positive.length === 0 ? 0.1 : least(positive);
  const highest = positive.length === 0 ? 1 : greatest(positive);
  const decades = Math.log10(highest / lowest);
  const mantissas = decades > 2.5 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
  const from = Math.floor(Math.log10(lowest)) - 1;
  const to = Math.ceil(Math.log10(highest)) + 1;
  const candidates = Array.from({ length: to - from + 1 }, (_, index) =>
    mantissas.map((mantissa) => Number(`${mantissa}e${from + index}`)),
  ).flat();
  const first = Math.max(
    0,
    candidates.findLastIndex((candidate) => candidate <= lowest),
  );
  const last = Math.max(
    first + 1,
    candidates.findIndex((candidate) => candidate >= highest),
  );
  const spacing = Math.ceil((last - first) / 8);
  const minimum = at(candidates, first);
  const maximum = at(candidates, last);
  return {
    minimum,
    maximum,
    ticks: candidates
      .slice(first, last + 1)
      .filter((_, index) => index % spacing === 0)
      .map((value) => ({ value, label: formatNumber(value, Math.max(0, -Math.floor(Math.log10(value) + 1e-9))) })),
    fraction: (value) => Math.log(value / minimum) / Math.log(maximum / minimum),
  };
}

/** Lowest and highest, and room around them where all values are alike (as far as double precision tells) or there is none. */
function spread(values: readonly number[]): readonly [lowest: number, highest: number] {
  if (values.length === 0) return [0, 1];
  const lowest = least(values);
  const highest = greatest(values);
  const size = Math.max(Math.abs(lowest), Math.abs(highest));
  if (highest - lowest > Math.max(1e-9 * size, SMALLEST)) return [lowest, highest];
  const around = size > SMALLEST ? size * 0.1 : 1;
  return [lowest - around, highest + around];
}

/** What is smaller than this counts as zero; it keeps clear of the numbers that lose digits. */
const SMALLEST = 1e-100;

/** Math.min without its limit on the number of arguments. */
function least(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value));
}

function greatest(values: readonly number[]): number {
  return values.reduce((high, value) => Math.max(high, value));
}
