// Small graphs built by hand, and scales that a reference program can make too, for the tests of this folder and of the
// interpreter.

import { valueOf } from "../core/diagnostic.ts";
import type { Graph, Operator, Tensor, TensorId } from "../artifacts/graph.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import { lowerGraph } from "./lower-graph.ts";

type OfKind<Kind extends Tensor["kind"]> = Extract<Tensor, { readonly kind: Kind }>;

interface ActivationOptions {
  readonly scale?: number;
  readonly zeroPoint?: number;
  readonly type?: OfKind<"activation">["type"];
  readonly name?: string;
}

/** Adds tensors one by one; the operators come at the end. */
export class GraphBuilder {
  readonly tensors: Tensor[] = [];

  activation(shape: readonly number[], options: ActivationOptions = {}): TensorId {
    const { scale = 1, zeroPoint = 0, type = "int8", name = `tensor${this.tensors.length}` } = options;
    const quantization = { scales: type === "int8" ? [scale] : [], zeroPoint, axis: 0 };
    return this.tensors.push({ kind: "activation", name, type, shape, quantization }) - 1;
  }

  variable(shape: readonly number[], type: OfKind<"variable">["type"], scale: number, zeroPoint = 0): TensorId {
    const quantization = { scales: [scale], zeroPoint, axis: 0 };
    return this.tensors.push({ kind: "variable", name: `state${this.tensors.length}`, type, shape, quantization }) - 1;
  }

  /** @param scales one, or one a slice along `axis`. */
  constant(shape: readonly number[], data: Int8Array | Int32Array, scales: readonly number[] = [1], axis = 0, zeroPoint = 0): TensorId {
    const quantization = { scales, zeroPoint, axis };
    return this.tensors.push({ kind: "constant", name: `constant${this.tensors.length}`, shape, quantization, data }) - 1;
  }

  graph(inputs: readonly TensorId[], outputs: readonly TensorId[], ...operators: readonly Operator[]): Graph {
    return { tensors: this.tensors, operators, inputs, outputs };
  }
}

/** A graph of one operator that computes each element by itself. */
export function elementwiseGraph(
  operator:
    | { readonly kind: "relu" | "relu6" | "logistic" | "tanh" | "hard-swish" | "quantize" }
    | { readonly kind: "leaky-relu"; readonly alpha: number },
  from: { readonly scale: number; readonly zeroPoint: number },
  to: { readonly scale: number; readonly zeroPoint: number },
): Graph {
  const builder = new GraphBuilder();
  const input = builder.activation([256], from);
  const output = builder.activation([256], to);
  return builder.graph([input], [output], { ...operator, input, output });
}

export function lowered(graph: Graph): IntegerProgram {
  return valueOf(lowerGraph(graph));
}

/** The code of the first diagnostic; null when the graph can be lowered. */
export function refusal(graph: Graph): string | null {
  const outcome = lowerGraph(graph);
  return outcome.ok ? null : (outcome.diagnostics[0]?.code ?? null);
}

/** Every int8, from -128 up. */
export const ALL_BYTES = Int8Array.from({ length: 256 }, (_, index) => index - 128);

/** A float32 scale for a counter, from 2^lowest up over as many binades: what ldexpf(1 + (k * 2654435761u >> 9) / 2^23, lowest + k %
 * binades) gives in C. */
export function spreadScale(counter: number, lowest: number, binades: number): number {
  return (1 + (Math.imul(counter, 0x9e3779b1) >>> 9) / 2 ** 23) * 2 ** (lowest + (counter % binades));
}

/** A zero point for a counter: (k * 97) % 256 - 128. */
export function spreadZeroPoint(counter: number): number {
  return ((counter * 97) % 256) - 128;
}
