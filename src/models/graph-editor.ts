// An int8 graph that can be changed: what fit-graph.ts works on.

import { at } from "../core/assert.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import {
  operatorInputs,
  operatorOutputs,
  type Graph,
  type Operator,
  type Quantization,
  type Tensor,
  type TensorId,
} from "../artifacts/graph.ts";
import { modelProblem, quoted } from "./problem.ts";

/** Steps of int8: q stands for scale * (q - zero point). */
export interface Steps {
  readonly scale: number;
  readonly zeroPoint: number;
}

export function sameSteps(left: Steps, right: Steps): boolean {
  return left.zeroPoint === right.zeroPoint && Math.abs(left.scale / right.scale - 1) < 1e-6;
}

function quantizationOf({ scale, zeroPoint }: Steps): Quantization {
  return { scales: [Math.fround(scale)], zeroPoint, axis: 0 };
}

export class GraphEditor {
  inputs: TensorId[];
  outputs: TensorId[];
  operators: Operator[];
  readonly warnings: Diagnostic[] = [];
  private readonly tensors: Tensor[];

  constructor(graph: Graph) {
    this.tensors = [...graph.tensors];
    this.operators = [...graph.operators];
    this.inputs = [...graph.inputs];
    this.outputs = [...graph.outputs];
  }

  tensor(id: TensorId): Tensor {
    return at(this.tensors, id);
  }

  stepsOf(id: TensorId): Steps {
    const { scales, zeroPoint } = this.tensor(id).quantization;
    const [scale] = scales;
    if (scale !== undefined) return { scale, zeroPoint };
    throw modelProblem("model-graph", `${quoted(this.tensor(id).name)} is not int8`, "export the model with int8 inputs and outputs");
  }

  activation(name: string, shape: readonly number[], steps: Steps): TensorId {
    return this.tensors.push({ kind: "activation", type: "int8", name, shape, quantization: quantizationOf(steps) }) - 1;
  }

  constant(name: string, shape: readonly number[], data: Int8Array, scale: number): TensorId {
    return this.tensors.push({ kind: "constant", name, shape, data, quantization: quantizationOf({ scale, zeroPoint: 0 }) }) - 1;
  }

  producer(id: TensorId): Operator | undefined {
    return this.operators.find((operator) => operatorOutputs(operator).includes(id));
  }

  /** QUANTIZE behind a float input, DEQUANTIZE and ARG_MAX before an output: the int8 tensors on the inner side are the ends. */
  dropFloatEnds(): void {
    this.inputs = this.inputs.map((id) => {
      const [reader, ...others] = this.operators.filter((operator) => operatorInputs(operator).includes(id));
      return reader?.kind === "quantize" && others.length === 0 && this.tensor(id).quantization.scales.length === 0 ? reader.output : id;
    });
    this.outputs = this.outputs.map((id) => {
      const writer = this.producer(id);
      return writer?.kind === "dequantize" || writer?.kind === "arg-max" ? writer.input : id;
    });
    const given = new Set(this.inputs);
    this.operators = this.operators.filter((operator) => !operatorOutputs(operator).some((id) => given.has(id)));
  }

  /** The same bytes in another shape and with another meaning; itself where neither differs. */
  copied(input: TensorId, shape: readonly number[], steps: Steps, name: string): TensorId {
    const old = this.tensor(input);
    if (old.shape.join() === shape.join() && sameSteps(this.stepsOf(input), steps) && this.producer(input) !== undefined) return input;
    const output = this.activation(name, shape, steps);
    this.operators.push({ kind: "reshape", input, output });
    return output;
  }

  /** Rescaled bytes; itself where the steps are these already. */
  rescaled(input: TensorId, steps: Steps, name: string): TensorId {
    if (sameSteps(this.stepsOf(input), steps)) return input;
    const output = this.activation(name, this.tensor(input).shape, steps);
    this.operators.push({ kind: "quantize", input, output });
    return output;
  }

  /** Channels of the last dimension. */
  channels(input: TensorId, begin: number, count: number, name: string): TensorId {
    const { shape } = this.tensor(input);
    if (begin === 0 && count === shape.at(-1)) return input;
    const sizes = shape.with(-1, count);
    const output = this.activation(name, sizes, this.stepsOf(input));
    this.operators.push({
      kind: "strided-slice",
      input,
      output,
      begin: shape.map(() => 0).with(-1, begin),
      strides: shape.map(() => 1),
      sizes,
    });
    return output;
  }

  concatenated(inputs: readonly TensorId[], name: string): TensorId {
    const [first] = inputs;
    if (first !== undefined && inputs.length === 1) return first;
    const shapes = inputs.map((id) => this.tensor(id).shape);
    const shape = at(shapes, 0).with(
      -1,
      shapes.reduce((sum, each) => sum + at(each, each.length - 1), 0),
    );
    const output = this.activation(name, shape, this.stepsOf(at(inputs, 0)));
    this.operators.push({ kind: "concatenation", inputs, output, axis: shape.length - 1 });
    return output;
  }

  /** Runs `build`, whose operators then stand before all others, and whose result takes the place of `given`. */
  computeFirst(given: TensorId, build: () => TensorId): void {
    const others = this.operators;
    this.operators = [];
    const result = build();
    const last = this.operators.pop();
    if (last !== undefined && "output" in last && last.output === result && this.isAlike(result, given)) {
      this.operators.push({ ...last, output: given });
    } else {
      if (last !== undefined) this.operators.push(last);
      this.operators.push({ kind: "reshape", input: result, output: given });
    }
    this.operators.push(...others);
  }

  private isAlike(left: TensorId, right: TensorId): boolean {
    return this.tensor(left).shape.join() === this.tensor(right).shape.join() && sameSteps(this.stepsOf(left), this.stepsOf(right));
  }

  /** Without what no output depends on. */
  finish(): Graph {
    const needed = new Set(this.outputs);
    const operators = this.operators.toReversed().filter((operator) => {
      if (!operatorOutputs(operator).some((id) => needed.has(id))) return false;
      for (const id of operatorInputs(operator)) needed.add(id);
      return true;
    });
    return { tensors: this.tensors, operators: operators.toReversed(), inputs: this.inputs, outputs: this.outputs };
  }
}
