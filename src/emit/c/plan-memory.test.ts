// Plans for hand-made and random programs: what shares memory and what must not.

import { describe, expect, test } from "vitest";
import { randomGraph } from "../../../tests/random-graph.ts";
import { at } from "../../core/assert.ts";
import { bufferBytes, stepReads, type BufferId, type IntegerProgram, type ProgramStep } from "../../artifacts/integer-program.ts";
import { lowerGraph } from "../../lower/lower-graph.ts";
import { chooseKernels, type ChosenKernels } from "./choose-kernels.ts";
import { planMemory, type MemoryPlan, type Place } from "./plan-memory.ts";

/** int8 buffers of these sizes. */
function programOf(
  sizes: readonly number[],
  inputs: readonly BufferId[],
  outputs: readonly BufferId[],
  steps: readonly ProgramStep[],
): IntegerProgram {
  const buffers = sizes.map((elements, id) => ({ name: `b${id}`, type: "int8" as const, elements }));
  return { buffers, inputs, outputs, states: [], steps };
}

function layer(input: BufferId, output: BufferId, inputs: number, outputs: number): ProgramStep {
  return {
    kind: "fully-connected",
    name: `b${output}`,
    input,
    output,
    batches: 1,
    inputs,
    outputs,
    inputZeroPoint: 0,
    weights: new Int8Array(inputs * outputs),
    weightScales: [1],
    bias: new Int32Array(outputs),
    requantization: { multipliers: [{ mantissa: 2 ** 30, shift: 0 }], zeroPoint: 0, minimum: -128, maximum: 127 },
  };
}

function table(input: BufferId, output: BufferId, count: number): ProgramStep {
  return { kind: "table", name: `b${output}`, input, output, function: "tanh", count, table: new Int8Array(256) };
}

function planOf(program: IntegerProgram): MemoryPlan {
  return planMemory(program, chooseKernels(program, "host", "balanced"));
}

describe("what the caller brings", () => {
  test("inputs are read where they are, outputs written where they go", () => {
    const plan = planOf(programOf([4, 6, 3, 5], [0, 1], [3, 2], [layer(0, 2, 4, 3), layer(1, 3, 6, 5)]));
    expect(plan.places).toEqual([
      { kind: "input", offset: 0 },
      { kind: "input", offset: 4 },
      { kind: "output", offset: 5 },
      { kind: "output", offset: 0 },
    ]);
    expect(plan.arenaBytes).toBe(0);
  });

  test("a layer whose output is only looked up in a table writes into the caller's output", () => {
    const plan = planOf(programOf([4, 3, 3], [0], [2], [layer(0, 1, 4, 3), table(1, 2, 3)]));
    expect(plan.places[1]).toEqual({ kind: "output", offset: 0 });
    expect(plan.arenaBytes).toBe(0);
  });

  test("an input is never written over", () => {
    expect(planOf(programOf([4, 4, 2], [0], [2], [table(0, 1, 4), layer(1, 2, 4, 2)])).arenaBytes).toBe(4);
  });
});

describe("in place", () => {
  test("a function of each byte takes no memory of its own", () => {
    const plan = planOf(programOf([4, 9, 9, 2], [0], [3], [layer(0, 1, 4, 9), table(1, 2, 9), layer(2, 3, 9, 2)]));
    expect(plan.arenaBytes).toBe(9);
    expect(plan.sharers[2]).toEqual([1, 2]);
  });

  test("but not where its input is read again", () => {
    const steps = [layer(0, 1, 4, 9), table(1, 2, 9), layer(2, 3, 9, 9), { ...layer(1, 4, 9, 2) }];
    expect(planOf(programOf([4, 9, 9, 9, 2], [0], [4], steps)).arenaBytes).toBe(27);
  });
});

/** The steps at which a buffer's bytes must be left alone. */
function livesAt(program: IntegerProgram, id: BufferId, step: number): boolean {
  const uses = program.steps.flatMap((each, index) => ([each.output, ...stepReads(each)].includes(id) ? [index] : []));
  const first = program.inputs.includes(id) ? 0 : Math.min(...uses);
  const last = program.outputs.includes(id) ? program.steps.length : Math.max(...uses);
  return uses.length > 0 && first <= step && step <= last;
}

function mayShare(program: IntegerProgram, chosen: ChosenKernels, index: number, one: BufferId, other: BufferId): boolean {
  const { output } = at(program.steps, index);
  const [before, after] = one === output ? [other, one] : [one, other];
  const firstWrite = program.steps.findIndex((step) => step.output === output) === index;
  return after === output && firstWrite && at(chosen.steps, index).inPlace.includes(before) && !livesAt(program, before, index + 1);
}

interface Region {
  readonly kind: Place["kind"];
  readonly offset: number;
  readonly bytes: number;
}

function overlap(one: Region, other: Region): boolean {
  return one.kind === other.kind && one.offset < other.offset + other.bytes && other.offset < one.offset + one.bytes;
}

test("in random programs nothing that is needed shares a byte, but what a step writes in place", () => {
  let checked = 0;
  for (let seed = 0; seed < 150; seed++) {
    const outcome = lowerGraph(randomGraph(seed));
    if (!outcome.ok) continue;
    const program = outcome.value;
    const chosen = chooseKernels(program, "host", "balanced");
    const plan = planMemory(program, chosen);
    const regionOf = (id: BufferId): Region | null => {
      const place = at(plan.places, id);
      return "offset" in place ? { ...place, bytes: bufferBytes(at(program.buffers, id)) } : null;
    };
    program.steps.forEach((_, index) => {
      const live = program.buffers.flatMap((_, id) => (livesAt(program, id, index) ? [{ id, region: regionOf(id) }] : []));
      const scratch = plan.scratch[index];
      const { bytes } = at(chosen.steps, index).scratch;
      for (const { id, region } of live) {
        if (region === null) continue;
        if (region.kind === "arena") expect(region.offset + region.bytes).toBeLessThanOrEqual(plan.arenaBytes);
        if (typeof scratch === "number") expect(overlap(region, { kind: "arena", offset: scratch, bytes })).toBe(false);
        for (const other of live.filter((each) => each.id < id)) {
          if (other.region === null || mayShare(program, chosen, index, id, other.id)) continue;
          expect(overlap(region, other.region), `seed ${seed}: buffers ${id} and ${other.id} at step ${index}`).toBe(false);
          checked++;
        }
      }
    });
  }
  expect(checked).toBeGreaterThan(1000);
});
