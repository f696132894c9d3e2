import { expect, test } from "vitest";
import { sparkline } from "./sparkline.ts";

test("a sparkline reaches from the lowest to the highest level, and leaves gaps", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7, NaN, 8], 0, 8)).toBe("▁▂▃▄▅▆▇█ █");
  expect(sparkline([3, 3], 3, 3)).toBe("▁▁");
  expect(sparkline([-1, 9], 0, 8)).toBe("▁█");
});
