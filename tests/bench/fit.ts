// Finds what each kernel costs from what whole policies were measured to cost: non-negative coefficients whose sums come as close to
// the measurements as they can, relatively, and a margin that lifts them above all of them.

import { assert, at } from "../../src/core/assert.ts";
import type { Amounts } from "../../src/emit/c/cost-model.ts";

export interface Sample {
  readonly name: string;
  readonly amounts: Amounts;
  readonly measured: number;
  /** As much of it as is known without fitting. */
  readonly exact: number;
}

export interface Fit {
  readonly costs: Readonly<Record<string, number>>;
  /** At or above every measurement. */
  readonly margin: number;
  /** The largest estimate, margin included, as a multiple of its measurement; and whose it is. */
  readonly worst: { readonly name: string; readonly ratio: number };
}

const ROUNDS = 4000;

/** Non-negative least squares by coordinate descent, each sample weighted so that relative errors count. */
export function fit(samples: readonly Sample[], spare: number): Fit {
  const items = [...new Set(samples.flatMap(({ amounts }) => [...amounts.keys()]))];
  const rows = samples.map(({ amounts, measured }) => items.map((item) => (amounts.get(item) ?? 0) / measured));
  const gram = items.map((_, i) => items.map((__, j) => rows.reduce((sum, row) => sum + at(row, i) * at(row, j), 0)));
  const fitted = samples.map(({ measured, exact }) => (measured - exact) / measured);
  const target = items.map((_, i) => rows.reduce((sum, row, index) => sum + at(row, i) * at(fitted, index), 0));
  const costs = items.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < items.length; i++) {
      const row = at(gram, i);
      const own = at(row, i);
      if (own === 0) continue;
      let rest = at(target, i);
      for (let j = 0; j < items.length; j++) rest -= at(row, j) * at(costs, j);
      costs[i] = Math.max(0, at(costs, i) + rest / own);
    }
  }
  const estimates = rows.map((row) => row.reduce((sum, amount, i) => sum + amount * at(costs, i), 0));
  const needed = estimates.map((estimate, index) => (spare - at(samples, index).exact / at(samples, index).measured) / estimate);
  const margin = Math.ceil(1000 * Math.max(...needed)) / 1000;
  assert(Number.isFinite(margin), "every sample costs something that is fitted");
  const worst = samples
    .map(({ name, exact, measured }, index) => ({ name, ratio: at(estimates, index) * margin + exact / measured }))
    .reduce((most, each) => (each.ratio > most.ratio ? each : most));
  const rounded = items.map((item, index) => [item, Number(at(costs, index).toPrecision(5))] as const);
  return {
    costs: Object.fromEntries(rounded.sort(([a], [b]) => (a < b ? -1 : 1))),
    margin,
    worst: { ...worst, ratio: worst.ratio * margin },
  };
}
