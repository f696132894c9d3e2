// In: the rows of a feature. Out: the statistics that LeRobot keeps of it, and normalises by. Source: huggingface/lerobot,
// src/lerobot/datasets/compute_stats.py; its quantiles are estimated from histograms, these are exact.

import { at } from "../../core/assert.ts";

const QUANTILES: readonly (readonly [string, number])[] = [
  ["q01", 0.01],
  ["q10", 0.1],
  ["q50", 0.5],
  ["q90", 0.9],
  ["q99", 0.99],
];

/** By name, in LeRobot's order: min, max, mean, std, count, q01, q10, q50, q90, q99; one number an element of the feature, of `count` one. */
export type FeatureStatistics = Readonly<Record<string, readonly number[]>>;

/** Values that are no numbers are left out; an element without any gets zeros, since LeRobot reads no others. @param rows x width. */
export function featureStatistics(values: Float64Array, width: number): FeatureStatistics {
  const elements = Array.from({ length: width }, (_, element) => {
    const sorted = Float64Array.from({ length: values.length / width }, (_unused, row) => at(values, row * width + element))
      .filter(Number.isFinite)
      .sort();
    return sorted.length === 0 ? Float64Array.of(0) : sorted;
  });
  const each = (measure: (sorted: Float64Array) => number): readonly number[] => elements.map(measure);
  return {
    min: each((sorted) => at(sorted, 0)),
    max: each((sorted) => at(sorted, sorted.length - 1)),
    mean: each(meanOf),
    std: each((sorted) => {
      const mean = meanOf(sorted);
      return Math.sqrt(meanOf(sorted.map((value) => (value - mean) ** 2)));
    }),
    count: [values.length / width],
    ...Object.fromEntries(QUANTILES.map(([name, share]) => [name, each((sorted) => quantile(sorted, share))])),
  };
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Between two values in proportion, as numpy's default does. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = at(sorted, below);
  return low + (position - below) * (at(sorted, Math.min(below + 1, sorted.length - 1)) - low);
}
