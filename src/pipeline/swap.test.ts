// What a bundle becomes on its way to a board that runs.

import { expect, test } from "vitest";
import { DEFAULT_SAFETY } from "../artifacts/robot-spec.ts";
import { emitPolicy, parameterBlockBytes } from "../emit/c/policy.ts";
import { HELLO } from "../link/testing/scripted-board.ts";
import { createInterpreter } from "../quantize/interpreter.ts";
import { RING_SPEC } from "../sim/testing.ts";
import { emitTarget } from "./firmware.ts";
import { boardProgram } from "./policy.ts";
import type { Robot } from "./robot.ts";
import { goldenVectors, swapUpdate, swapUpdateIfFits } from "./swap.ts";
import { sampleBundle } from "./testing.ts";

const bundle = sampleBundle(1);
const hash = bundle.provenance.schemaHash;
const robot: Robot = {
  spec: { ...RING_SPEC, safety: DEFAULT_SAFETY },
  history: { format: 1, revisions: [{ hash, summary: "test" }] },
  version: { hash, revision: 4 },
};
const program = boardProgram(bundle.graph, bundle.form);
const target = emitTarget("cortex-m4f", "size", bundle.form);
const identity = { name: "test", policyHash: bundle.policyHash, toolVersion: "0.0.0", origin: [] };
const layoutHash = emitPolicy(program, identity, target).layoutHash ?? "";
const hello = { ...HELLO, schemaHash: hash, layoutHash };

test("the code that the board runs is found by its layout hash alone", () => {
  const update = swapUpdate(robot, bundle, hello, { driving: sampleBundle(2) });
  expect(update).toMatchObject({ schemaHash: hash, layoutHash, policyHash: bundle.policyHash });
  expect(update.parameters).toEqual(parameterBlockBytes(program, target));
  expect(update.base).toEqual({
    policyHash: sampleBundle(2).policyHash,
    parameters: parameterBlockBytes(boardProgram(sampleBundle(2).graph, bundle.form), target),
  });
});

test("golden vectors are what the oracle gives, reset before each", () => {
  const { vectors } = swapUpdate(robot, bundle, hello);
  expect(vectors).toEqual(goldenVectors(program, 8));
  for (const { input, output } of vectors) expect(createInterpreter(program).infer(input)).toEqual(output);
  expect(new Set(vectors.map(({ input }) => input.join())).size).toBeGreaterThan(5);
});

test.each([
  [{ layoutHash: "0".repeat(16) }, "swap-no-slot"],
  [{ layoutHash: "1".repeat(16) }, "swap-other-layout"],
])("a board that has to be flashed, %o", (other, code) => {
  expect(swapUpdateIfFits(robot, bundle, { ...hello, ...other })).toBeNull();
  expect(() => swapUpdate(robot, bundle, { ...hello, ...other })).toThrow(
    expect.objectContaining({
      diagnostics: [expect.objectContaining({ code, hint: expect.stringContaining("reflexarc flash") as string })],
    }) as Error,
  );
});

test("one with TensorFlow Lite Micro says so", () => {
  expect(() => swapUpdate(robot, bundle, { ...hello, layoutHash: "0".repeat(16), arenaBytes: 1536 })).toThrow(/TensorFlow Lite Micro/);
});

test("a policy whose output is read in another way needs other firmware", () => {
  const other = { ...bundle, form: { ...bundle.form, members: 2 } };
  expect(() => swapUpdate(robot, other, hello)).toThrow(/another architecture/);
});

test("a bundle for another robot.ts is refused", () => {
  const other = { ...robot, version: { hash: "f".repeat(16), revision: 5 } };
  expect(() => swapUpdate(other, bundle, hello)).toThrow(/revision 4/);
});
