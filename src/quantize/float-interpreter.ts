// Runs a float network for one row: real inputs in, real outputs out. What quantization is measured against, what calibration and
// held-out scores are taken from. Sums are double precision, results single, and no result depends on the machine.

import { assert, at } from "../core/assert.ts";
import { elementCount, type TensorId } from "../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../artifacts/network.ts";
import { activationFunction, arithmetic, leakyRelu } from "./float-interpreter/elementwise.ts";
import { concatenation, pad, split, stridedSlice } from "./float-interpreter/movement.ts";
import { mean, pool, softmax } from "./float-interpreter/pooling.ts";
import type { Compute, FloatTensors } from "./float-interpreter/tensors.ts";
import { convolution, depthwiseConvolution, fullyConnected } from "./float-interpreter/weighted.ts";

export interface FloatInterpreter {
  /** One row. @param inputs one list an input of the network. @returns one a network output, in fresh arrays. */
  infer(inputs: readonly Float32Array[]): readonly Float32Array[];
  /** What the last row made of any tensor; the next row overwrites it. */
  value(id: TensorId): Float32Array;
}

/** Everything that depends on shapes alone is worked out here, once. */
export function createFloatInterpreter(network: FloatNetwork): FloatInterpreter {
  const values = network.tensors.map((tensor) =>
    tensor.kind === "parameter" ? tensor.data : new Float32Array(elementCount(tensor.shape)),
  );
  // The same numbers under another shape.
  for (const operator of network.operators) {
    if (operator.kind === "reshape") values[operator.output] = at(values, operator.input);
  }
  const tensors: FloatTensors = {
    shape: (id) => at(network.tensors, id).shape,
    value: (id) => at(values, id),
  };
  const steps = network.operators.flatMap((operator) => (operator.kind === "reshape" ? [] : [compile(operator, tensors)]));
  return {
    infer(inputs) {
      assert(inputs.length === network.inputs.length, `${inputs.length} inputs for a network of ${network.inputs.length}`);
      network.inputs.forEach((id, index) => {
        const [from, to] = [at(inputs, index), at(values, id)];
        assert(from.length === to.length, `${from.length} elements for an input of ${to.length}`);
        to.set(from);
      });
      for (const step of steps) step();
      return network.outputs.map((id) => at(values, id).slice());
    },
    value: (id) => at(values, id),
  };
}

function compile(operator: Exclude<FloatOperator, { kind: "reshape" }>, tensors: FloatTensors): Compute {
  switch (operator.kind) {
    case "fully-connected":
      return fullyConnected(operator, tensors);
    case "conv-2d":
      return convolution(operator, tensors);
    case "depthwise-conv-2d":
      return depthwiseConvolution(operator, tensors);
    case "average-pool-2d":
    case "max-pool-2d":
      return pool(operator, tensors);
    case "mean":
      return mean(operator, tensors);
    case "softmax":
      return softmax(operator, tensors);
    case "pad":
      return pad(operator, tensors);
    case "concatenation":
      return concatenation(operator, tensors);
    case "split":
      return split(operator, tensors);
    case "strided-slice":
      return stridedSlice(operator, tensors);
    case "add":
    case "sub":
    case "mul":
      return arithmetic(operator, tensors);
    case "relu":
    case "relu6":
    case "logistic":
    case "tanh":
    case "hard-swish":
      return activationFunction(operator, tensors);
    case "leaky-relu":
      return leakyRelu(operator, tensors);
  }
}
