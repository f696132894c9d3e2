// Whether a graph is one that the interpreter and every emitter may trust: each tensor by itself, then each operator's
// operands, the order of computation, and what the operator's own file demands. Used on what was read and before writing.

import { assert, at } from "../core/assert.ts";
import { errorDiagnostic, type Diagnostic } from "../core/diagnostic.ts";
import { elementCount, type Graph, type Operator, type Tensor, type TensorId } from "../artifacts/graph.ts";
import { shapeText, type InputRole } from "./operator-codec.ts";
import { codecOf } from "./operators.ts";

/** TFLite's kernels go up to 8 dimensions (RuntimeShape's inline size is 6; strided operators stop at 5). */
const MOST_DIMENSIONS = 8;

/** Bytes of one activation: beyond the memory of any microcontroller that we know. */
const MOST_ELEMENTS = 2 ** 24;

const RE_EXPORT = "export the model again: the file contradicts itself";

/** Everything that is wrong, tensors first; operators are looked at when all tensors are right. */
export function checkGraph(graph: Graph): readonly Diagnostic[] {
  const problems = graph.tensors.flatMap(checkTensor);
  return problems.length > 0 ? problems : [...checkOrder(graph), ...graph.operators.flatMap((_, index) => checkOperator(graph, index))];
}

/** `operator 3 (CONV_2D)`. */
export function operatorLabel(index: number, name: string): string {
  return `operator ${index} (${name})`;
}

/** A tensor's name for messages; a hostile file may hold a long one. */
export function tensorLabel({ name }: { readonly name: string }): string {
  return `tensor ${JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)}`;
}

function checkTensor(tensor: Tensor): Diagnostic[] {
  const { shape, quantization } = tensor;
  const { scales, zeroPoint, axis } = quantization;
  const label = tensorLabel(tensor);
  if (shape.length > MOST_DIMENSIONS) {
    return [errorDiagnostic("tflite-shape", `${label} has ${shape.length} dimensions`, `use at most ${MOST_DIMENSIONS}`)];
  }
  if (!shape.every((size) => Number.isInteger(size) && size >= 1)) {
    return [
      errorDiagnostic("tflite-shape", `${label} has shape ${shapeText(shape)}`, "export the model with fixed sizes, and batch size 1"),
    ];
  }
  const elements = elementCount(shape);
  if (elements > MOST_ELEMENTS) {
    return [
      errorDiagnostic("tflite-shape", `${label} has ${elements} elements`, `use at most ${MOST_ELEMENTS}: it has to fit a microcontroller`),
    ];
  }
  if (tensor.kind === "constant" && tensor.data.length !== elements) {
    const message = `${label} has shape ${shapeText(shape)}, but data for ${tensor.data.length} elements instead of ${elements}`;
    return [errorDiagnostic("tflite-data", message, RE_EXPORT)];
  }
  const quantizationProblem = (message: string, hint: string): Diagnostic[] => [
    errorDiagnostic("tflite-quantization", `${label} ${message}`, hint),
  ];
  const expectedScales = tensor.kind === "constant" && scales.length !== 1 ? shape[axis] : 1;
  if (scales.length !== expectedScales) {
    const expected = expectedScales === undefined || expectedScales === 1 ? "one" : `one or ${expectedScales}`;
    return quantizationProblem(
      `has ${scales.length} scales along dimension ${axis} instead of ${expected}`,
      "quantize it with one scale, or one a channel",
    );
  }
  const badScale = scales.find((scale) => !(scale > 0 && Number.isFinite(scale) && Math.fround(scale) === scale));
  if (badScale !== undefined)
    return quantizationProblem(`has scale ${badScale}`, "calibrate the model again: a scale is a positive float32 number");
  if (!(Number.isInteger(zeroPoint) && zeroPoint >= -128 && zeroPoint <= 127)) {
    return quantizationProblem(`has zero point ${zeroPoint}`, "quantize it to int8: zero points are within -128..127");
  }
  return [];
}

/** Each activation is written once, and before it is read. */
function checkOrder(graph: Graph): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const report = (message: string, hint = RE_EXPORT): void => void problems.push(errorDiagnostic("tflite-order", message, hint));
  if (tensorOf(graph, graph.input).kind !== "activation")
    report(`the model's input, ${tensorLabel(tensorOf(graph, graph.input))}, is a constant`);
  const computed = new Set([graph.input]);
  graph.operators.forEach((operator, index) => {
    const codec = codecOf(operator);
    const label = operatorLabel(index, codec.name);
    codec.operands(operator, graph).forEach((operand, position) => {
      if (typeof operand !== "number" || at(codec.inputs, position).kind !== "activation" || computed.has(operand)) return;
      if (tensorOf(graph, operand).kind === "activation")
        report(`${label} reads ${tensorLabel(tensorOf(graph, operand))} before it is computed`);
    });
    if (computed.has(operator.output))
      report(`${label} writes ${tensorLabel(tensorOf(graph, operator.output))}, which has a value already`);
    computed.add(operator.output);
  });
  if (graph.operators.length === 0) report("the model has no operators", "export the model again: there is nothing to compute");
  else if (!computed.has(graph.output)) report(`the model's output, ${tensorLabel(tensorOf(graph, graph.output))}, is not computed`);
  return problems;
}

function checkOperator(graph: Graph, index: number): readonly Diagnostic[] {
  const operator = graph.operators[index] as Operator;
  const codec = codecOf(operator);
  const operands = codec.operands(operator, graph);
  const problems: Diagnostic[] = [];
  codec.inputs.forEach((role, position) => {
    const operand = operands[position] ?? null;
    if (typeof operand === "number" && !fits(role, tensorOf(graph, operand))) problems.push(wrongOperand(role, tensorOf(graph, operand)));
  });
  const output = tensorOf(graph, operator.output);
  if (output.kind !== "activation")
    problems.push(errorDiagnostic("tflite-operand", `its output, ${tensorLabel(output)}, is a constant`, RE_EXPORT));
  const found = problems.length > 0 ? problems : codec.check(operator, graph);
  return found.map((problem) => ({ ...problem, message: `${operatorLabel(index, codec.name)}: ${problem.message}` }));
}

function fits(role: InputRole, tensor: Tensor): boolean {
  switch (role.kind) {
    case "activation":
      return tensor.kind === "activation";
    case "int8-constant":
      return tensor.kind === "constant" && tensor.data instanceof Int8Array;
    case "int32-constant":
      return tensor.kind === "constant" && tensor.data instanceof Int32Array;
    case "ignored":
      return true;
  }
}

function wrongOperand(role: InputRole, tensor: Tensor): Diagnostic {
  const label = tensorLabel(tensor);
  if (role.kind === "activation") {
    return errorDiagnostic(
      "tflite-operand",
      `its ${role.name}, ${label}, is a constant`,
      "let the converter fold constants, so that every input is computed",
    );
  }
  const wanted = role.kind === "int8-constant" ? "int8" : "int32";
  const message = tensor.kind === "activation" ? `its ${role.name}, ${label}, has no data` : `its ${role.name}, ${label}, is not ${wanted}`;
  return errorDiagnostic("tflite-operand", message, `export the model with constant ${role.name}, quantized to ${wanted}`);
}

function tensorOf(graph: Graph, id: TensorId): Tensor {
  const tensor = graph.tensors[id];
  assert(tensor !== undefined, `the graph has no tensor ${id}`);
  return tensor;
}
