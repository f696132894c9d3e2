// What policies cost, measured: no figure may grow by more than 2 % over tests/bench/baseline.json, and what `compile` says before a
// build is never below the truth and at most 25 % above it. After a change that is meant, `npm run figures` writes that
// file and README's tables anew; commit both.

import { describe, expect, test } from "vitest";
import { requires } from "../requires.ts";
import { COUNTED_BOARDS, measure, readBaseline } from "./figures.ts";
import { benchModels } from "./models.ts";

/** Growth that fails the test. */
const MARGIN = 1.02;

/** How far what `compile` says may lie above the truth; never below it. */
const MOST_ABOVE = 1.25;

const baseline = readBaseline();

describe.each(COUNTED_BOARDS)("$board", ({ board, tools }) => {
  describe.skipIf(requires(...tools))("", () => {
    test.each(benchModels())("$name", async (model) => {
      const measured = await measure(board, model);
      const before = baseline[board]?.[model.name];
      expect(before, "it has no figure: npm run figures").toBeDefined();
      if (before === undefined || before === null || measured === null) {
        expect(measured).toBe(before);
        return;
      }
      const { figures, budget } = measured;
      for (const each of ["instructions", "flashBytes", "ramBytes"] as const) {
        expect(figures[each], each).toBeLessThanOrEqual(before[each] * MARGIN);
      }
      const said = {
        instructions: budget.instructions ?? NaN,
        flashBytes: (budget.flashBytes.code ?? NaN) + budget.flashBytes.constants,
        ramBytes: budget.ramBytes,
      };
      for (const each of ["instructions", "flashBytes", "ramBytes"] as const) {
        expect(said[each], `${each}, said before the build`).toBeGreaterThanOrEqual(figures[each]);
        expect(said[each], `${each}, said before the build`).toBeLessThanOrEqual(figures[each] * MOST_ABOVE);
      }
    });
  });
});
