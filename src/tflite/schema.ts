// The parts of TFLite's schema (version 3, tensorflow/compiler/mlir/lite/schema/schema.fbs) that an int8 graph uses, and
// those whose presence means that a file is something else. Numbers are the schema's slots and enumerators.

import {
  alignedBytes,
  bool,
  float32s,
  int32,
  int32s,
  int64s,
  int8,
  present,
  reference,
  string,
  table,
  tables,
  tableType,
  uint32,
  uint8,
} from "./table.ts";
import type { TableContent, TableValue } from "./table.ts";

export const FILE_IDENTIFIER = "TFL3";
export const SCHEMA_VERSION = 3;

/** TensorType, by number. */
export const TENSOR_TYPES = [
  ...["FLOAT32", "FLOAT16", "INT32", "UINT8", "INT64", "STRING", "BOOL", "INT16", "COMPLEX64", "INT8", "FLOAT64", "COMPLEX128"],
  ...["UINT64", "RESOURCE", "VARIANT", "UINT32", "UINT16", "INT4", "BFLOAT16", "INT2", "UINT4", "FLOAT8_E4M3FN", "FLOAT8_E5M2"],
];
export const TYPE_INT32 = TENSOR_TYPES.indexOf("INT32");

const quantizationTable = tableType("QuantizationParameters", {
  scale: float32s(2),
  zeroPoint: int64s(3),
  /** Another way of quantizing than scale and zero point. */
  detailsType: uint8(4),
  quantizedDimension: int32(6),
});

const tensorTable = tableType("Tensor", {
  shape: int32s(0),
  type: int8(1),
  /** Index into Model.buffers; 0 is the empty one. */
  buffer: uint32(2),
  name: string(3),
  quantization: table(4, quantizationTable),
  isVariable: bool(5),
  sparsity: present(6),
  /** As `shape`, with -1 for sizes that a caller may choose. */
  shapeSignature: int32s(7),
  externalBuffer: uint32(10),
});

const operatorTable = tableType("Operator", {
  opcodeIndex: uint32(0),
  /** Indices of tensors; -1 for one that is left out. */
  inputs: int32s(1),
  outputs: int32s(2),
  /** Which table `builtinOptions` is, numbered by the union BuiltinOptions. */
  builtinOptionsType: uint8(3),
  builtinOptions: reference(4),
});

const subgraphTable = tableType("SubGraph", {
  tensors: tables(0, tensorTable),
  inputs: int32s(1),
  outputs: int32s(2),
  operators: tables(3, operatorTable),
  name: string(4),
});

const operatorCodeTable = tableType("OperatorCode", {
  /** The code, or 127 for those beyond a byte. */
  deprecatedBuiltinCode: int8(0),
  customCode: string(1),
  version: int32(2, 1),
  builtinCode: int32(3),
});

const bufferTable = tableType("Buffer", {
  data: alignedBytes(0),
  /** Data behind the flatbuffer, in files over 2 GB. */
  offset: present(1),
});

export const modelTable = tableType("Model", {
  version: uint32(0),
  operatorCodes: tables(1, operatorCodeTable),
  subgraphs: tables(2, subgraphTable),
  description: string(3),
  buffers: tables(4, bufferTable),
});

export type FileModel = TableValue<(typeof modelTable)["fields"]>;
export type ModelContent = TableContent<(typeof modelTable)["fields"]>;
export type FileTensor = TableValue<(typeof tensorTable)["fields"]>;
export type FileOperator = TableValue<(typeof operatorTable)["fields"]>;
export type FileBuffer = TableValue<(typeof bufferTable)["fields"]>;
