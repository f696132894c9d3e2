// The oracle: runs an integer program exactly as TensorFlow Lite Micro's reference kernels would. Every other backend is
// tested against it; it is written to be obviously right, in the order of the reference kernels.

import type { IntegerProgram, Operand, ProgramStep } from "../artifacts/integer-program.ts";
import { arithmetic } from "./interpreter/arithmetic.ts";
import { lstm } from "./interpreter/lstm.ts";
import { Memory } from "./interpreter/memory.ts";
import { copy, dequantize, lookUp, quantize } from "./interpreter/movement.ts";
import { argMax, mean, pool, softmax } from "./interpreter/pooling.ts";
import { convolution, depthwiseConvolution, fullyConnected } from "./interpreter/weighted.ts";

export interface Interpreter {
  /** One inference. @param input the inputs' elements one after another, little-endian. @returns the outputs' elements likewise, in
   * a fresh array. */
  infer(input: Int8Array): Int8Array;
  /** Forgets what earlier inferences left, as at the start. */
  reset(): void;
}

export function createInterpreter(program: IntegerProgram): Interpreter {
  const memory = new Memory(program);
  return {
    infer(input) {
      memory.write(input);
      for (const step of program.steps) runStep(step, memory);
      return memory.read();
    },
    reset() {
      memory.reset();
    },
  };
}

function runStep(step: ProgramStep, memory: Memory): void {
  const input = (): Int8Array => memory.int8(step.input);
  const output = (): Int8Array => memory.int8(step.output);
  switch (step.kind) {
    case "fully-connected":
      fullyConnected(step, input(), output());
      break;
    case "conv-2d":
      convolution(step, input(), output());
      break;
    case "depthwise-conv-2d":
      depthwiseConvolution(step, input(), output());
      break;
    case "average-pool-2d":
    case "max-pool-2d":
      pool(step, input(), output());
      break;
    case "mean":
      mean(step, input(), output());
      break;
    case "arg-max":
      argMax(step, input(), memory.int32(step.output));
      break;
    case "softmax":
      softmax(step, input(), output());
      break;
    case "copy":
      copy(step, memory.elements(step.input), memory.elements(step.output));
      break;
    case "fill":
      output().fill(step.value);
      break;
    case "table":
      lookUp(step, input(), output());
      break;
    case "add":
    case "sub":
    case "mul": {
      const side = ({ source }: Operand): Int8Array => (typeof source === "number" ? memory.int8(source) : source);
      arithmetic(step, side(step.left), side(step.right), output());
      break;
    }
    case "quantize":
      quantize(step, memory.float32(step.input), output());
      break;
    case "dequantize":
      dequantize(step, input(), memory.float32(step.output));
      break;
    case "lstm":
      lstm(step, input(), output(), memory.int8(step.hiddenState), memory.int16(step.cellState));
      break;
  }
}
