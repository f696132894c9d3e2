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
  /** Estimates times this, plus the slack, are at or above every measurement. */
  readonly margin: number;
  readonly slack: number;
  /** The largest estimate, margin included, as a multiple of its measurement; and whose it is. */
  readonly worst: { readonly name: string; readonly ratio: number };
}

const ROUNDS = 4000;

/** Where float32 is computed in software, what it takes depends on the values: float ends get so much more room. */
const FLOAT_SPARE = 1.6;

/** Non-negative least squares by coordinate descent, each sample weighted so that relative errors count. @param fixedMargin where
 * what lies above it, among small samples, shall be covered by a constant. */
export function fit(samples: readonly Sample[], spare: number, fixedMargin?: number): Fit {
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
  items.forEach((item, i) => {
    if (/(^|\+|call )(de)?quantize\w*(#|$| )/.test(item)) costs[i] = at(costs, i) * FLOAT_SPARE;
  });
  const estimates = rows.map((row) => row.reduce((sum, amount, i) => sum + amount * at(costs, i), 0));
  const needed = samples.flatMap(({ measured, exact }, index) =>
    exact / measured > 0.5 ? [] : [(spare - exact / measured) / at(estimates, index)],
  );
  const margin = Math.ceil(1000 * (fixedMargin ?? Math.max(1, ...needed))) / 1000;
  const missing = samples.map(({ measured, exact }, index) => measured * (1 - at(estimates, index) * margin) - exact);
  const slack = Math.ceil(Math.max(0, ...missing));
  assert(Number.isFinite(margin), "every sample costs something that is fitted");
  const worst = samples
    .map(({ name, exact, measured }, index) => ({ name, ratio: at(estimates, index) * margin + (exact + slack) / measured }))
    .reduce((most, each) => (each.ratio > most.ratio ? each : most));
  const rounded = items.map((item, index) => [item, Number(at(costs, index).toPrecision(5))] as const);
  return { costs: Object.fromEntries(rounded.sort(([a], [b]) => (a < b ? -1 : 1))), margin, slack, worst };
}
