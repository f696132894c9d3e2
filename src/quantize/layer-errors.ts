// A float network beside its int8 graph, tensor by tensor: where quantization loses how much. For the report.

import { assert, at } from "../core/assert.ts";
import { clamp } from "../core/fixed-point.ts";
import { operatorOutputs, type Graph, type Quantization, type TensorId } from "../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../artifacts/network.ts";
import { affordable, followSequence, type ValueRange } from "./activation-ranges.ts";
import { createFloatInterpreter } from "./float-interpreter.ts";
import { createInt8Values, type Lower } from "./int8-values.ts";
import { usefulRange } from "./useful-range.ts";

export interface LayerError {
  readonly tensor: TensorId;
  readonly name: string;
  /** What computes it. */
  readonly operator: FloatOperator["kind"];
  /** One step of int8; what follows is in the same unit as this. */
  readonly step: number;
  readonly meanError: number;
  readonly largestError: number;
  /** Power of the float values over that of the errors, 10 log10; null where there is no signal or no error. */
  readonly signalToNoiseDb: number | null;
  /** Share of the float values that lie more than a step outside of what int8 holds, where that makes a difference: 0..1. */
  readonly clipped: number;
}

/** Multiply-accumulates of int8 that comparing may take: about a second. */
const MOST_WORK = 2e7;

/** In the order of computation. Errors are those that have come together since the input: both run on their own, with their own state.
 * @param graph made of the network: its tensors have the same names. @param sequences as in activationRanges. */
export function layerErrors(
  network: FloatNetwork,
  graph: Graph,
  sequences: Iterable<readonly Float32Array[]>,
  lower: Lower,
): readonly LayerError[] {
  const places = new Map(graph.tensors.map(({ name }, id) => [name, id]));
  const float = createFloatInterpreter(network);
  const int8 = createInt8Values(graph, lower);
  const layers = network.operators.flatMap((operator) =>
    operatorOutputs(operator).map((tensor) => {
      const { name } = at(network.tensors, tensor);
      const place = places.get(name);
      assert(place !== undefined, `${name} is not in the int8 graph`);
      const { quantization } = at(graph.tensors, place);
      return { operator, tensor, place, sums: new ErrorSums(quantization, usefulRange(network, tensor, EVERYTHING)) };
    }),
  );
  for (const sequence of affordable(network, [...sequences], MOST_WORK)) {
    int8.reset();
    followSequence(network, float, sequence, (input) => {
      int8.infer(input);
      for (const { tensor, place, sums } of layers) sums.add(float.value(tensor), int8.value(place));
    });
  }
  return layers.map(({ operator, tensor, sums }) => {
    return { tensor, name: at(network.tensors, tensor).name, operator: operator.kind, ...sums.result() };
  });
}

const EVERYTHING: ValueRange = { minimum: -Infinity, maximum: Infinity };

class ErrorSums {
  private readonly useful: ValueRange;
  private readonly held: ValueRange;
  private readonly step: number;
  private count = 0;
  private absolute = 0;
  private largest = 0;
  private signal = 0;
  private noise = 0;
  private clipped = 0;

  constructor({ scales, zeroPoint }: Quantization, useful: ValueRange) {
    this.useful = useful;
    this.step = at(scales, 0);
    this.held = { minimum: this.step * (-129 - zeroPoint), maximum: this.step * (128 - zeroPoint) };
  }

  add(floats: Float32Array, integers: Float32Array): void {
    floats.forEach((float, index) => {
      const value = clamp(float, this.useful.minimum, this.useful.maximum);
      const error = Math.abs(value - at(integers, index));
      this.count += 1;
      this.absolute += error;
      this.largest = Math.max(this.largest, error);
      this.signal += value * value;
      this.noise += error * error;
      if (value < this.held.minimum || value > this.held.maximum) this.clipped += 1;
    });
  }

  result(): Pick<LayerError, "step" | "meanError" | "largestError" | "signalToNoiseDb" | "clipped"> {
    const count = Math.max(1, this.count);
    return {
      step: this.step,
      meanError: this.absolute / count,
      largestError: this.largest,
      signalToNoiseDb: this.signal === 0 || this.noise === 0 ? null : 10 * Math.log10(this.signal / this.noise),
      clipped: this.clipped / count,
    };
  }
}
