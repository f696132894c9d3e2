// What a policy will cost before any compiler has seen it: upper bounds on code bytes and on instructions of one inference, from what
// each kernel was measured to cost on each core (kernel-costs.generated.ts, fitted by tests/bench; tests hold the bounds against emulators).

import { hash64 } from "../../core/hash.ts";
import type { Core } from "../../artifacts/board.ts";
import type { IntegerProgram, ProgramStep } from "../../artifacts/integer-program.ts";
import { KERNEL_COSTS } from "./kernel-costs.generated.ts";
import { inOrder, type Kernel, type PrintedStep } from "./printed-step.ts";

export interface CostBound {
  readonly codeBytes: number;
  /** Of one inference. */
  readonly instructions: number;
}

/** What was fitted for one core. Sums of these, times the margin, plus the slack, were at or above every measurement. */
export interface CoreCosts {
  /** By item of `codeItems`, in bytes. */
  readonly code: Readonly<Record<string, number>>;
  readonly codeMargin: number;
  /** Bytes on top, for what a compiler may repeat. */
  readonly codeSlack: number;
  /** By item of `workItems`, in instructions. */
  readonly work: Readonly<Record<string, number>>;
  readonly workMargin: number;
  readonly workSlack: number;
}

/** Cores that run the same instructions as one that was measured, from the same kernels. RV32IMAC adds atomics, which no kernel uses.
 * Cortex-M7 and M33 have the M4's DSP extension, and of the C between its instructions gcc makes for them what it makes for an M4, but
 * for a few that the margins hold (tests/conformance/twin-cores.test.ts). */
const TWINS: Readonly<Partial<Record<Core, Core>>> = { rv32imac: "rv32imc", "cortex-m7": "cortex-m4f", "cortex-m33": "cortex-m4f" };

/** Cores of which no twin was measured, but one that has less: Xtensa LX6 and LX7 have all that an LX106 has, and multiply to 64 bits in
 * one instruction, so what an LX106 takes is an upper bound, though a loose one. */
const LESSER: Readonly<Partial<Record<Core, Core>>> = { "xtensa-lx6": "xtensa-lx106", "xtensa-lx7": "xtensa-lx106" };

/** The core that was measured in its stead, or itself. */
export function twinOf(core: Core): Core {
  return TWINS[core] ?? core;
}

/** How often each item occurs. */
export type Amounts = ReadonlyMap<string, number>;

/** Null where neither the core nor one that is at most as fast, or one of the kernels as it is printed now, was measured. */
export function boundCost(program: IntegerProgram, printed: readonly PrintedStep[], core: Core): CostBound | null {
  const costs = KERNEL_COSTS[LESSER[core] ?? twinOf(core)];
  if (costs === undefined) return null;
  const code = weigh(codeItems(printed), costs.code);
  const work = weigh(workItems(program, printed), costs.work);
  if (code === null || work === null) return null;
  return {
    codeBytes: Math.ceil(code * costs.codeMargin) + costs.codeSlack + exactCode(printed),
    instructions: Math.ceil(work * costs.workMargin) + costs.workSlack + exactWork(printed),
  };
}

function weigh(amounts: Amounts, costs: Readonly<Record<string, number>>): number | null {
  let sum = 0;
  for (const [item, amount] of amounts) {
    const cost = costs[item];
    if (cost === undefined) return null;
    sum += cost * amount;
  }
  return sum;
}

/** Bytes of the kernels that tell theirs. */
export function exactCode(printed: readonly PrintedStep[]): number {
  return inOrder(printed.flatMap(({ kernels }) => kernels)).reduce((sum, { codeBytes }) => sum + (codeBytes ?? 0), 0);
}

/** Instructions of the steps that tell theirs. */
export function exactWork(printed: readonly PrintedStep[]): number {
  return printed.reduce((sum, { instructions }) => sum + (instructions ?? 0), 0);
}

/** Each kernel once, each call by its kernels, and what every policy has; what tells its own size is left out. */
export function codeItems(printed: readonly PrintedStep[]): Amounts {
  const items = new Map<string, number>([["policy", 1]]);
  for (const kernel of inOrder(printed.flatMap(({ kernels }) => kernels))) {
    if (kernel.codeBytes === undefined) items.set(kernelKey(kernel), 1);
  }
  for (const { kernels } of printed) {
    const call = `call ${kernels.map(({ name }) => name).join("+")}`;
    items.set(call, (items.get(call) ?? 0) + 1);
  }
  return items;
}

/** For each step's kernels the loops that they run. */
export function workItems(program: IntegerProgram, printed: readonly PrintedStep[]): Amounts {
  const items = new Map<string, number>([["policy", 1]]);
  program.steps.forEach((step, index) => {
    if (printed[index]?.instructions !== undefined) return;
    const kernels = inOrder(printed[index]?.kernels ?? []);
    const key = kernels.length === 0 ? step.kind : kernels.map(kernelKey).join("+");
    Object.entries(workOf(step, program)).forEach(([loop, turns]) => {
      const item = `${key} ${loop}`;
      items.set(item, (items.get(item) ?? 0) + turns);
    });
  });
  return items;
}

/** Changes with the kernel's text, so that what was measured of another text is not believed of this one. */
function kernelKey({ name, text }: Kernel): string {
  return `${name}#${hash64(text).slice(0, 6)}`;
}

/** Turns of the loops that a step's kernel may have, whatever it is. */
function workOf(step: ProgramStep, { buffers }: IntegerProgram): Readonly<Record<string, number>> {
  const call = 1;
  switch (step.kind) {
    case "fully-connected": {
      const { batches, inputs, outputs } = step;
      return { call, ...rowsOf(batches, outputs, inputs) };
    }
    case "conv-2d": {
      const positions = step.batches * step.to.height * step.to.width;
      const taps = step.kernel.height * step.kernel.width;
      const outputs = step.to.channels;
      const depth = (taps * step.from.channels) / step.groups;
      return { call, ...rowsOf(positions, outputs, depth), taps: positions * taps, outputTaps: positions * outputs * taps };
    }
    case "depthwise-conv-2d": {
      const positions = step.batches * step.to.height * step.to.width;
      const taps = step.kernel.height * step.kernel.width;
      const outputs = positions * step.to.channels;
      const eights = Math.ceil(step.to.channels / 8);
      return {
        call,
        positions,
        outputs,
        macs: outputs * taps,
        taps: positions * taps,
        eights: positions * eights,
        eightTaps: positions * eights * taps,
      };
    }
    case "average-pool-2d":
    case "max-pool-2d": {
      const positions = step.batches * step.to.height * step.to.width;
      const taps = step.kernel.height * step.kernel.width;
      return { call, outputs: positions * step.to.channels, elements: positions * step.to.channels * taps, taps: positions * taps };
    }
    case "mean": {
      const outputs = product(step.keptSizes);
      return { call, outputs, elements: outputs * product(step.reducedSizes), rows: outputs * product(step.reducedSizes.slice(0, -1)) };
    }
    case "copy":
      return { call, elements: product(step.sizes), rows: product(step.sizes.slice(0, -1)) };
    case "add":
    case "sub":
    case "mul":
      return { call, elements: product(step.sizes), rows: product(step.sizes.slice(0, -1)) };
    case "table":
    case "quantize":
    case "dequantize":
      return { call, elements: step.count };
    case "softmax":
      return { call, rows: step.rows, elements: step.rows * step.depth };
    case "arg-max":
      return { call, outputs: step.outer * step.inner, elements: step.outer * step.inner * step.count };
    case "lstm": {
      const rows = step.batches * step.steps;
      return { call, rows, units: rows * step.units, inputMacs: rows * step.units * step.features, macs: rows * step.units * step.units };
    }
    case "fill":
      return { call, elements: buffers[step.output]?.elements ?? 0 };
  }
}

/** Loops over rows of weights: by one, and by blocks of two, four and sixteen rows, and of eight columns. */
function rowsOf(times: number, outputs: number, inputs: number): Readonly<Record<string, number>> {
  const blocks = Math.ceil(outputs / 4);
  return {
    times,
    outputs: times * outputs,
    inputs: times * inputs,
    macs: times * outputs * inputs,
    blocks: times * blocks,
    blockSteps: times * blocks * Math.ceil(inputs / 8),
    pairs: times * Math.ceil(outputs / 2),
    sixteens: times * Math.ceil(outputs / 16),
    sixteenInputs: times * Math.ceil(outputs / 16) * inputs,
  };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}
