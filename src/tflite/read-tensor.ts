// A tensor of the file in, a tensor of the graph out, or the reason why it can't be one.

import { assert } from "../core/assert.ts";
import { errorDiagnostic, failure, success, type Outcome } from "../core/diagnostic.ts";
import type { ElementType, Quantization, Tensor } from "../artifacts/graph.ts";
import type { ByteReader } from "./byte-reader.ts";
import { shapeText, tensorLabel } from "./operator-codec.ts";
import { TENSOR_TYPES, type FileBuffer, type FileTensor } from "./schema.ts";

const DENSE_WEIGHTS = "export the model with dense weights inside the file";

const FIXED_SIZES = "export the model with fixed sizes, and batch size 1";

const TYPES: readonly ElementType[] = ["int8", "int16", "int32", "float32"];

const UNQUANTIZED: Quantization = { scales: [], zeroPoint: 0, axis: 0 };

export function readTensor(tensor: FileTensor, buffers: readonly FileBuffer[], reader: ByteReader): Outcome<Tensor> {
  const label = tensorLabel(tensor);
  const { name, shape, isVariable } = tensor;
  const buffer = buffers[tensor.buffer];
  const refuse = (code: string, message: string, hint: string): Outcome<never> =>
    failure(errorDiagnostic(code, `${label} ${message}`, hint));

  if (shape.some((size) => size < 0)) return refuse("tflite-shape", `has shape ${shapeText(shape)}, of which -1 is open`, FIXED_SIZES);
  if (tensor.sparsity) return refuse("tflite-tensor", "is sparse", DENSE_WEIGHTS);
  if (buffer === undefined) {
    return refuse("tflite-data", `has its data in buffer ${tensor.buffer}, but the file has ${buffers.length}`, "export the model again");
  }
  if (tensor.externalBuffer !== 0 || buffer.offset) return refuse("tflite-data", "has its data outside the flatbuffer", DENSE_WEIGHTS);
  const isConstant = buffer.data.length > 0;
  const type = TYPES.find((each) => each.toUpperCase() === typeName(tensor));
  if (type === undefined || (type === "int16" && !isVariable)) {
    return refuse("tflite-tensor-type", `is ${typeName(tensor)}`, "quantize the model with int8 activations and weights, and int32 biases");
  }
  const quantization = readQuantization(tensor, type, isConstant);
  if (typeof quantization === "string")
    return refuse("tflite-quantization", quantization, "quantize the model to int8, by scale and zero point");

  if (isVariable) {
    const hint = "keep state in int8 and int16 variables, without a start value";
    if (isConstant || type === "int32" || type === "float32") return refuse("tflite-tensor", "is a variable of another kind", hint);
    return success({ kind: "variable", name, shape, type, quantization });
  }
  assert(type !== "int16", "only variables are int16");
  if (!isConstant) return success({ kind: "activation", name, shape, type, quantization });
  reader.spend(buffer.data.length);
  const data = buffer.data.slice();
  if (type === "int8") return success({ kind: "constant", name, shape, quantization, data: new Int8Array(data.buffer) });
  if (type === "float32") return refuse("tflite-float-model", "is FLOAT32 and constant", "quantize the model to int8 first");
  if (data.length % 4 !== 0) return refuse("tflite-data", `has ${data.length} bytes of int32 data`, "export the model again");
  return success({ kind: "constant", name, shape, quantization, data: new Int32Array(data.buffer) });
}

/** What a caller may choose of an input's shape; the batch, converters leave open, and TFLM runs what `shape` says. */
export function checkSignature(tensor: FileTensor): Outcome<null> {
  if (tensor.shapeSignature.every((size, dimension) => size >= 0 || dimension === 0)) return success(null);
  const message = `${tensorLabel(tensor)} has the open shape ${shapeText(tensor.shapeSignature)}`;
  return failure(errorDiagnostic("tflite-shape", message, FIXED_SIZES));
}

export function typeName({ type }: FileTensor): string {
  return TENSOR_TYPES[type] ?? `of unknown type ${type}`;
}

export function isFloat(tensor: FileTensor): boolean {
  return typeName(tensor).includes("FLOAT");
}

/** The quantization, or what is wrong with it. Only int8, states and biases have one that counts; a bias may lack it. */
function readQuantization({ quantization }: FileTensor, type: ElementType, isConstant: boolean): Quantization | string {
  if (type === "float32" || (type === "int32" && !isConstant)) return UNQUANTIZED;
  if (quantization === null || quantization.scale.length === 0) return type === "int32" ? UNQUANTIZED : "has no scale";
  if (quantization.detailsType !== 0) return "is quantized by blocks or in another custom way";
  const { scale, zeroPoint, quantizedDimension } = quantization;
  if (zeroPoint.length !== 1 && zeroPoint.length !== scale.length) return `has ${scale.length} scales, but ${zeroPoint.length} zero points`;
  const first = zeroPoint[0] as number;
  if (zeroPoint.some((each) => each !== first)) return "has several zero points";
  return { scales: scale, zeroPoint: first, axis: quantizedDimension };
}
