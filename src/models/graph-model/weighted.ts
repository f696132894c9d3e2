// MatMul, Conv2D, DepthwiseConv2dNative, and the same fused with what follows them by TensorFlow.js's converter.

import { at } from "../../core/assert.ts";
import type { Padding, Plane, TensorId } from "../../artifacts/graph.ts";
import type { Sliding } from "../network-builder.ts";
import { modelProblem, quoted } from "../problem.ts";
import { transposed } from "../weights.ts";
import { tensor, type BuildOperation, type Operands } from "./operation.ts";

/** The operand behind input and weights that BiasAdd, first of the fused operations, adds. */
function fusedBias(operands: Operands): TensorId | null {
  if (operands.node.texts("fused_ops")[0] !== "BiasAdd") return null;
  const { data } = operands.constant(2);
  return operands.builder.parameter("bias", [data.length], data);
}

function fusedActivation({ builder, node }: Operands, input: TensorId): TensorId {
  const others = node.texts("fused_ops").filter((name) => name !== "BiasAdd");
  return others.reduce((id, name) => {
    switch (name) {
      case "Relu":
        return builder.elementwise("relu", id);
      case "Relu6":
        return builder.elementwise("relu6", id);
      case "Tanh":
        return builder.elementwise("tanh", id);
      case "Sigmoid":
        return builder.elementwise("logistic", id);
      case "LeakyRelu":
        return builder.leakyRelu(id, node.number("leakyrelu_alpha", 0.2));
      default:
        throw modelProblem(
          "model-operation-unsupported",
          `the fused operation ${quoted(name)} is not supported`,
          "use Relu, Relu6, LeakyRelu, Tanh or Sigmoid",
        );
    }
  }, input);
}

export const matMul: BuildOperation = (operands) => {
  const { builder, node } = operands;
  if (node.flag("transpose_a")) throw modelProblem("model-setting", "it transposes its input", "multiply rows with weights");
  const weight = operands.constant(1);
  const rows = node.flag("transpose_b") ? weight : transposed(weight, [1, 0]);
  const weights = builder.parameter("weights", rows.shape, rows.data);
  return tensor(fusedActivation(operands, builder.fullyConnected(operands.tensor(0), weights, fusedBias(operands))));
};

/** A window's settings, of which images' first and last numbers are for batch and channels. */
export function planeOf({ node }: Operands, key: string): Plane {
  const values = node.wholes(key);
  if (values.length === 0) return { height: 1, width: 1 };
  const [batch, height, width, channels] = values;
  if (batch === 1 && channels === 1 && height !== undefined && width !== undefined) return { height, width };
  throw modelProblem("model-setting", `its ${key} are ${values.join(", ")}`, "slide over height and width alone");
}

export function paddingOf({ node }: Operands): Padding {
  const padding = node.text("padding", "VALID");
  if (padding === "SAME") return "same";
  if (padding === "VALID") return "valid";
  throw modelProblem("model-setting", `its padding is ${quoted(padding)}`, "use SAME or VALID, and Pad before it");
}

export function requireChannelsLast({ node }: Operands): void {
  const format = node.text("data_format", "NHWC");
  if (format !== "NHWC")
    throw modelProblem("model-setting", `its data format is ${quoted(format)}`, "export the model with channels last (NHWC)");
}

function slidingOf(operands: Operands): Sliding {
  requireChannelsLast(operands);
  return { padding: paddingOf(operands), stride: planeOf(operands, "strides"), dilation: planeOf(operands, "dilations") };
}

function kernelOf(operands: Operands): ReturnType<Operands["constant"]> {
  const kernel = operands.constant(1);
  if (kernel.shape.length === 4) return kernel;
  throw modelProblem("model-shape", `its weights have ${kernel.shape.length} dimensions`, "convert the model again");
}

export const convolution: BuildOperation = (operands) => {
  const { builder } = operands;
  const kernel = transposed(kernelOf(operands), [3, 0, 1, 2]);
  const weights = builder.parameter("weights", kernel.shape, kernel.data);
  return tensor(fusedActivation(operands, builder.convolution(operands.tensor(0), weights, fusedBias(operands), slidingOf(operands))));
};

export const depthwiseConvolution: BuildOperation = (operands) => {
  const { builder } = operands;
  const { shape, data } = kernelOf(operands);
  const [height, width, channels, multiplier] = [0, 1, 2, 3].map((dimension) => at(shape, dimension)) as [number, number, number, number];
  const weights = builder.parameter("weights", [1, height, width, channels * multiplier], data);
  return tensor(
    fusedActivation(operands, builder.depthwiseConvolution(operands.tensor(0), weights, fusedBias(operands), slidingOf(operands))),
  );
};

/** FusedBatchNormV3 in inference: scale, offset, mean and variance are constants. */
export const batchNormalization: BuildOperation = (operands) => {
  requireChannelsLast(operands);
  if (operands.node.flag("is_training"))
    throw modelProblem("model-setting", "it normalises by the batch", "export the model for inference");
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((position) => operands.constant(position).data) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const epsilon = operands.node.number("epsilon", 1e-4);
  if ([offset, mean, variance].some((each) => each.length !== scale.length)) {
    throw modelProblem("model-shape", "its constants have different lengths", "convert the model again");
  }
  const scales = Array.from(scale, (each, channel) => each / Math.sqrt(at(variance, channel) + epsilon));
  const offsets = Array.from(offset, (each, channel) => each - at(mean, channel) * at(scales, channel));
  if (![...scales, ...offsets].every((each) => Number.isFinite(Math.fround(each)))) {
    throw modelProblem("model-weights", "its variance is negative, or too small to divide by", "train the model again: it has diverged");
  }
  return tensor(operands.builder.affine(operands.tensor(0), scales, offsets));
};
