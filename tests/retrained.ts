// A program as it could be after another training: the same steps with other weights, scales, zero points and tables.

import { Random } from "../src/core/random.ts";
import type { Operand, IntegerProgram, ProgramStep, Requantization } from "../src/artifacts/integer-program.ts";
import type { QuantizedMultiplier } from "../src/core/fixed-point.ts";

export function retrained(program: IntegerProgram, seed: number): IntegerProgram {
  const random = new Random(seed);
  const states = program.states.map((state) =>
    typeof state.initial === "number" ? state : { ...state, initial: bytes(state.initial, random) },
  );
  return { ...program, states, steps: program.steps.map((step) => retrainedStep(step, random)) };
}

function retrainedStep(step: ProgramStep, random: Random): ProgramStep {
  switch (step.kind) {
    case "fully-connected":
    case "conv-2d":
    case "depthwise-conv-2d":
      return {
        ...step,
        inputZeroPoint: zeroPoint(random),
        weights: bytes(step.weights, random),
        bias: step.bias.map(() => random.integer(2000) - 1000),
        requantization: requantization(step.requantization, random),
      };
    case "mean":
      return { ...step, inputZeroPoint: zeroPoint(random), requantization: requantization(step.requantization, random) };
    case "average-pool-2d":
    case "max-pool-2d":
      return { ...step, minimum: -100, maximum: 100 };
    case "table":
      return { ...step, table: bytes(step.table, random) };
    case "fill":
      return { ...step, value: zeroPoint(random) };
    case "add":
    case "sub":
    case "mul":
      return {
        ...step,
        left: operand(step.left, random),
        right: operand(step.right, random),
        requantization: requantization(step.requantization, random),
      };
    case "softmax":
      // Fewer of them count.
      return { ...step, exponentials: step.exponentials.slice(0, Math.ceil(step.exponentials.length / 2)) };
    case "quantize":
    case "dequantize":
      return { ...step, scale: Math.fround(step.scale * random.uniform(0.5, 2)), zeroPoint: zeroPoint(random) };
    case "lstm": {
      const { input, forget, cell, output } = step.gates;
      const [one, two, three, four] = [input, forget, cell, output].map((gate) => ({
        ...gate,
        inputWeights: bytes(gate.inputWeights, random),
        recurrentWeights: bytes(gate.recurrentWeights, random),
        inputMultiplier: multiplier(gate.inputMultiplier, random),
      })) as [typeof input, typeof input, typeof input, typeof input];
      return { ...step, gates: { input: one, forget: two, cell: three, output: four }, hiddenZeroPoint: zeroPoint(random) };
    }
    case "copy":
    case "arg-max":
      return step;
  }
}

function bytes(like: Int8Array, random: Random): Int8Array {
  return like.map(() => random.integer(255) - 127);
}

function zeroPoint(random: Random): number {
  return random.integer(256) - 128;
}

function operand(side: Operand, random: Random): Operand {
  return { ...side, zeroPoint: zeroPoint(random), source: typeof side.source === "number" ? side.source : bytes(side.source, random) };
}

/** Never above 1, so that nothing overflows that did not before. */
function multiplier({ mantissa, shift }: QuantizedMultiplier, random: Random): QuantizedMultiplier {
  return { mantissa: Math.round(mantissa * random.uniform(0.5, 1)), shift };
}

function requantization({ multipliers }: Requantization, random: Random): Requantization {
  return { multipliers: multipliers.map((each) => multiplier(each, random)), zeroPoint: zeroPoint(random), minimum: -128, maximum: 127 };
}
