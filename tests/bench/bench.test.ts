// No figure may grow by more than 2 % over tests/bench/baseline.json. After a change that is meant, `npm run figures` writes that
// file and README's tables anew; commit both.

import { describe, expect, test } from "vitest";
import { requires } from "../requires.ts";
import { COUNTED_BOARDS, measure, readBaseline } from "./figures.ts";
import { benchModels } from "./models.ts";

/** Growth that fails the test. */
const MARGIN = 1.02;

const baseline = readBaseline();

describe.each(COUNTED_BOARDS)("$board", ({ board, tools }) => {
  describe.skipIf(requires(...tools))("", () => {
    test.each(benchModels())("$name", async (model) => {
      const figures = await measure(board, model);
      const before = baseline[board]?.[model.name];
      expect(before, "it has no figure: npm run figures").toBeDefined();
      if (before === undefined || before === null || figures === null) {
        expect(figures).toBe(before);
        return;
      }
      for (const each of ["instructions", "flashBytes", "ramBytes"] as const) {
        expect(figures[each], each).toBeLessThanOrEqual(before[each] * MARGIN);
      }
    });
  });
});
