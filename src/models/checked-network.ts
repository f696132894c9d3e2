// A float network whose shapes somebody claims in, the same network built again out: every shape is inferred, and what does not fit is
// refused, operator by operator.

import { assert, at } from "../core/assert.ts";
import type { Outcome } from "../core/diagnostic.ts";
import {
  elementCount,
  operatorInputs,
  operatorOutputs,
  type Convolution2d,
  type DepthwiseConvolution2d,
  type FullyConnected,
  type TensorId,
} from "../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../artifacts/network.ts";
import { NetworkBuilder, type Sliding } from "./network-builder.ts";
import { EXPORT_AGAIN, modelProblem, outcomeOf, quoted, shapeText, within } from "./problem.ts";
import type { ReadNetwork } from "./read-network.ts";
import { rowsProblem, shapeOfRows } from "./rows.ts";
import { simplified } from "./simplify.ts";

/** @param file name of the model, for messages. */
export function checkedNetwork(claimed: FloatNetwork, file: string): Outcome<ReadNetwork> {
  return outcomeOf(file, () => {
    const network = new Rebuilding(claimed).network();
    const layers = claimed.operators.map((operator, index) => `${index} (${operator.kind})`);
    return { network: simplified(network), layers };
  });
}

/** What means the same for rows and for rows in a batch of 1. */
const ROWWISE: readonly FloatOperator["kind"][] = [
  ...(["fully-connected", "reshape", "relu", "relu6", "leaky-relu", "tanh", "logistic", "hard-swish", "softmax"] as const),
];

class Rebuilding {
  private readonly claimed: FloatNetwork;
  private readonly builder = new NetworkBuilder();
  private readonly ids = new Map<TensorId, TensorId>();

  constructor(claimed: FloatNetwork) {
    this.claimed = claimed;
  }

  network(): FloatNetwork {
    const { tensors, operators, inputs, outputs } = this.claimed;
    for (const id of inputs) {
      const { name, shape } = at(tensors, id);
      this.ids.set(
        id,
        within(`input ${quoted(name)}`, () => this.builder.input(name, shape)),
      );
    }
    tensors.forEach((tensor, id) => {
      if (tensor.kind === "parameter") this.ids.set(id, this.builder.parameter(tensor.name, tensor.shape, tensor.data));
    });
    operators.forEach((operator, index) => {
      const label = `operator ${index} (${operator.kind})`;
      const onRows = [...operatorInputs(operator), ...operatorOutputs(operator)].some((id) => this.lacksBatch(id));
      if (onRows && !ROWWISE.includes(operator.kind)) throw rowsProblem(label);
      within(label, () => {
        this.operator(operator);
      });
    });
    return this.builder.finish(inputs.map(this.id), outputs.map(this.id));
  }

  private lacksBatch(id: TensorId): boolean {
    const { kind, shape } = at(this.claimed.tensors, id);
    return kind === "activation" && shape[0] !== 1;
  }

  private readonly id = (claimed: TensorId): TensorId => {
    const id = this.ids.get(claimed);
    assert(id !== undefined, `tensor ${claimed} is read before it is computed`);
    return id;
  };

  private operator(operator: FloatOperator): void {
    const outputs = operatorOutputs(operator);
    this.builder.scope = at(this.claimed.tensors, at(outputs, 0)).name;
    const built =
      operator.kind === "split" ? this.builder.split(this.id(operator.input), operator.axis, outputs.length) : [this.built(operator)];
    outputs.forEach((id, index) => {
      const shape = shapeOfRows(at(this.claimed.tensors, id).shape);
      const inferred = this.builder.shape(at(built, index));
      if (inferred.join() !== shape.join()) {
        throw modelProblem("model-shape", `its output is ${shapeText(shape)}, but its inputs make it ${shapeText(inferred)}`, EXPORT_AGAIN);
      }
      this.ids.set(id, at(built, index));
    });
  }

  private built(operator: Exclude<FloatOperator, { readonly kind: "split" }>): TensorId {
    const { builder, id } = this;
    const shape = shapeOfRows(at(this.claimed.tensors, operator.output).shape);
    switch (operator.kind) {
      case "fully-connected":
        return this.fullyConnected(operator, shape);
      case "conv-2d":
        return builder.convolution(id(operator.input), id(operator.weights), this.bias(operator), slidingOf(operator), operator.activation);
      case "depthwise-conv-2d":
        return builder.depthwiseConvolution(
          id(operator.input),
          id(operator.weights),
          this.bias(operator),
          slidingOf(operator),
          operator.activation,
        );
      case "average-pool-2d":
      case "max-pool-2d":
        return builder.pool(operator.kind, id(operator.input), operator.window, operator, operator.activation);
      case "mean":
        return builder.mean(id(operator.input), operator.axes, shape.length === builder.shape(id(operator.input)).length);
      case "reshape":
        return builder.reshape(id(operator.input), shape);
      case "pad":
        return builder.pad(id(operator.input), operator.before, operator.after);
      case "add":
      case "sub":
      case "mul":
        return builder.arithmetic(operator.kind, id(operator.left), id(operator.right), operator.activation);
      case "concatenation":
        return builder.concatenation(operator.inputs.map(id), operator.axis);
      case "strided-slice":
        return builder.reshape(builder.slice(id(operator.input), operator.begin, operator.sizes, operator.strides), shape);
      case "leaky-relu":
        return builder.leakyRelu(id(operator.input), operator.alpha);
      case "softmax":
        return builder.softmax(id(operator.input), operator.beta);
      default:
        return builder.elementwise(operator.kind, id(operator.input));
    }
  }

  /** An input of any shape is read as rows, one after another. */
  private fullyConnected({ input, weights, bias, activation }: FullyConnected, shape: readonly number[]): TensorId {
    const { builder, id } = this;
    const from = builder.shape(id(input));
    const inputs = builder.shape(id(weights))[1] ?? 1;
    const rows = from.at(-1) === inputs ? id(input) : builder.reshape(id(input), rowsOf(elementCount(from), inputs));
    return builder.reshape(builder.fullyConnected(rows, id(weights), bias === null ? null : id(bias), activation), shape);
  }

  private bias({ bias }: Convolution2d | DepthwiseConvolution2d): TensorId | null {
    return bias === null ? null : this.id(bias);
  }
}

function rowsOf(elements: number, inputs: number): readonly number[] {
  return elements === inputs ? [1, inputs] : [1, elements / inputs, inputs];
}

function slidingOf({ padding, stride, dilation }: Convolution2d | DepthwiseConvolution2d): Sliding {
  return { padding, stride, dilation };
}
