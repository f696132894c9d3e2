import { expect, test } from "vitest";
import { describeArena } from "./describe-arena.ts";

test.each([
  [0, 0, null],
  [1536, 1140, "tensor arena: 1,140 of 1,536 bytes used"],
  [1536, 0, "tensor arena: 1,536 bytes, and the policy did not start in it"],
])("an arena of %i bytes, %i used", (arenaBytes, arenaUsed, words) => {
  expect(describeArena({ arenaBytes, arenaUsed })).toBe(words);
});
