// A tensor of the file in, a tensor of the graph out, or the reason why it can't be one.

import { errorDiagnostic, failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import type { Quantization, Tensor } from "../artifacts/graph.ts";
import type { ByteReader } from "./byte-reader.ts";
import { tensorLabel } from "./check-graph.ts";
import { shapeText } from "./operator-codec.ts";
import { FLOAT_TYPES, TENSOR_TYPES, TYPE_INT32, TYPE_INT8, type FileBuffer, type FileTensor } from "./schema.ts";

const DENSE_WEIGHTS = "export the model with dense weights inside the file";

export function readTensor(tensor: FileTensor, buffers: readonly FileBuffer[], reader: ByteReader): Outcome<Tensor> {
  const label = tensorLabel(tensor);
  const buffer = buffers[tensor.buffer];
  const refuse = (code: string, message: string, hint: string): Outcome<never> =>
    failure(errorDiagnostic(code, `${label} ${message}`, hint));

  if (tensor.shape.some((size) => size < 0)) {
    return refuse(
      "tflite-shape",
      `has shape ${shapeText(tensor.shape)}, of which -1 is open`,
      "export the model with fixed sizes, and batch size 1",
    );
  }
  if (tensor.isVariable) return refuse("tflite-tensor", "keeps its value between inferences", "export a model without state");
  if (tensor.sparsity) return refuse("tflite-tensor", "is sparse", DENSE_WEIGHTS);
  if (buffer === undefined) {
    return refuse("tflite-data", `has its data in buffer ${tensor.buffer}, but the file has ${buffers.length}`, "export the model again");
  }
  if (tensor.externalBuffer !== 0 || buffer.offset) return refuse("tflite-data", "has its data outside the flatbuffer", DENSE_WEIGHTS);
  const isConstant = buffer.data.length > 0;
  if (tensor.type !== TYPE_INT8 && !(isConstant && tensor.type === TYPE_INT32)) {
    const hint = "quantize the model with int8 activations and weights, and int32 biases";
    return refuse("tflite-tensor-type", `is ${typeName(tensor)}${isConstant ? "" : " without data"}`, hint);
  }

  const quantization = readQuantization(tensor);
  if (typeof quantization === "string")
    return refuse("tflite-quantization", quantization, "quantize the model to int8, by scale and zero point");
  const { name, shape } = tensor;
  if (!isConstant) return success({ kind: "activation", name, shape, quantization });
  reader.spend(buffer.data.length);
  const data = buffer.data.slice();
  if (tensor.type === TYPE_INT8) return success({ kind: "constant", name, shape, quantization, data: new Int8Array(data.buffer) });
  if (data.length % 4 !== 0) return refuse("tflite-data", `has ${data.length} bytes of int32 data`, "export the model again");
  return success({ kind: "constant", name, shape, quantization, data: new Int32Array(data.buffer) });
}

/** What is wrong with a model that computes in floating point, said once. */
export function checkFloat(tensors: readonly FileTensor[]): readonly Diagnostic[] {
  const tensor = tensors.find(({ type }) => FLOAT_TYPES.includes(type));
  if (tensor === undefined) return [];
  const hint = "quantize the model to int8 first, its input and output included (full-integer quantization)";
  return [errorDiagnostic("tflite-float-model", `${tensorLabel(tensor)} is ${typeName(tensor)}: this is a float model`, hint)];
}

/** The quantization, or what is wrong with it. */
function readQuantization({ quantization }: FileTensor): Quantization | string {
  if (quantization === null || quantization.scale.length === 0) return "has no scale";
  if (quantization.detailsType !== 0) return "is quantized by blocks or in another custom way";
  const { scale, zeroPoint, quantizedDimension } = quantization;
  if (zeroPoint.length !== 1 && zeroPoint.length !== scale.length) return `has ${scale.length} scales, but ${zeroPoint.length} zero points`;
  const first = zeroPoint[0] as number;
  if (zeroPoint.some((each) => each !== first)) return "has several zero points";
  return { scales: scale, zeroPoint: first, axis: quantizedDimension };
}

function typeName({ type }: FileTensor): string {
  return TENSOR_TYPES[type] ?? `of unknown type ${type}`;
}
