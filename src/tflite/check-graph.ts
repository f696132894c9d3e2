// Whether a graph is one that the interpreter and every emitter may trust: each tensor by itself, then each operator's operands,
// then the order of computation, and what each operator's own file demands. Used on what was read and before writing.

import { assert, AssertionError, at } from "../core/assert.ts";
import { errorDiagnostic, type Diagnostic } from "../core/diagnostic.ts";
import {
  elementCount,
  operatorInputs,
  operatorOutputs,
  type ElementType,
  type Graph,
  type Operator,
  type Tensor,
  type TensorId,
} from "../artifacts/graph.ts";
import { checkTensor, MOST_ELEMENTS, typeOf } from "./check-tensor.ts";
import { roleAt, tensorLabel, type InputRole } from "./operator-codec.ts";
import { codecOf } from "./operators.ts";

const RE_EXPORT = "export the model again: the file contradicts itself";

/** What is wrong. Each of the four steps relies on those before: when one finds something, it is the last.
 * @param names of the operators, for messages, where the file calls them otherwise. */
export function checkGraph(graph: Graph, names = graph.operators.map((operator) => codecOf(operator).name)): readonly Diagnostic[] {
  const eachOperator = (check: (operator: Operator, graph: Graph) => readonly Diagnostic[]): Diagnostic[] =>
    graph.operators.flatMap((operator, index) =>
      check(operator, graph).map((each) => ({ ...each, message: `${operatorLabel(index, at(names, index))}: ${each.message}` })),
    );
  const steps = [
    () => graph.tensors.flatMap(checkTensor),
    () => eachOperator(checkOperands),
    () => checkOrder(graph, names),
    () => eachOperator((operator) => codecOf(operator).check(operator, graph)),
  ];
  for (const step of steps) {
    const problems = step();
    if (problems.length > 0) return problems;
  }
  return [];
}

/** `operator 3 (CONV_2D)`. */
export function operatorLabel(index: number, name: string): string {
  return `operator ${index} (${name})`;
}

/** Each activation is written once, and before it is read; each state has one owner. */
function checkOrder(graph: Graph, names: readonly string[]): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const report = (message: string, hint = RE_EXPORT): void => void problems.push(errorDiagnostic("tflite-order", message, hint));
  const label = (id: TensorId): string => tensorLabel(tensorOf(graph, id));
  const written = new Set<TensorId>();
  for (const id of graph.inputs) {
    const { kind } = tensorOf(graph, id);
    if (kind !== "activation") report(`the model's input, ${label(id)}, is a ${kind}`);
    if (written.has(id)) report(`the model has the input ${label(id)} twice`, "export the model with different inputs");
    written.add(id);
  }
  let constants = 0;
  graph.operators.forEach((operator, index) => {
    const name = operatorLabel(index, at(names, index));
    for (const id of operatorInputs(operator)) {
      const tensor = tensorOf(graph, id);
      if (tensor.kind === "activation" && !written.has(id)) report(`${name} reads ${label(id)} before it is computed`);
      if (tensor.kind === "variable" && written.has(id)) report(`${name} keeps its state in ${label(id)}, as another does`);
      if (tensor.kind === "variable") written.add(id);
      if (tensor.kind === "constant") constants += elementCount(tensor.shape);
    }
    for (const id of operatorOutputs(operator)) {
      if (written.has(id)) report(`${name} writes ${label(id)}, which has a value already`);
      written.add(id);
    }
  });
  // Constants may be shared; that many uses of them no microcontroller computes with, and checking would take long.
  if (constants > MOST_ELEMENTS) report(`the model uses ${constants} weights`, `use at most ${MOST_ELEMENTS}`);
  if (graph.operators.length === 0) report("the model has no operators", "export the model again: there is nothing to compute");
  else if (graph.inputs.length === 0 || graph.outputs.length === 0) report("the model has no inputs or no outputs");
  for (const id of graph.outputs) {
    if (tensorOf(graph, id).kind !== "activation" || !written.has(id)) report(`the model's output, ${label(id)}, is not computed`);
  }
  return problems;
}

function checkOperands(operator: Operator, graph: Graph): readonly Diagnostic[] {
  const codec = codecOf(operator);
  const problems = codec.operands(operator, graph).flatMap((operand, position) => {
    const role = roleAt(codec, position);
    return typeof operand === "number" && role !== undefined ? checkOperand(role, tensorOf(graph, operand)) : [];
  });
  for (const id of operatorOutputs(operator)) {
    const output = tensorOf(graph, id);
    if (output.kind === "activation" && (codec.outputTypes ?? ["int8"]).includes(output.type)) continue;
    problems.push(errorDiagnostic("tflite-operand", `its output, ${tensorLabel(output)}, is ${kindText(output)}`, RE_EXPORT));
  }
  return problems;
}

function checkOperand(role: InputRole, tensor: Tensor): Diagnostic[] {
  const { kinds, types, hint } = demands(role);
  if (kinds.includes(tensor.kind) && types.includes(typeOf(tensor))) return [];
  const hasNoData = tensor.kind === "activation" && !kinds.includes("activation");
  const message = `its ${role.name}, ${tensorLabel(tensor)}, ${hasNoData ? "has no data" : `is ${kindText(tensor)}`}`;
  return [errorDiagnostic("tflite-operand", message, hint)];
}

function kindText(tensor: Tensor): string {
  const type = typeOf(tensor);
  return `${type === "float32" ? "a" : "an"} ${type} ${tensor.kind}`;
}

interface Demands {
  readonly kinds: readonly Tensor["kind"][];
  readonly types: readonly ElementType[];
  readonly hint: string;
}

/** What a tensor of the graph must be in this role. */
function demands({ kind, name, types = ["int8"] }: InputRole): Demands {
  const text = types.join(" or ");
  switch (kind) {
    case "activation":
      return { kinds: ["activation"], types, hint: `let an operator compute it, as ${text}; let the converter fold constants` };
    case "operand":
      return { kinds: ["activation", "constant"], types, hint: `quantize it to ${text}` };
    case "variable":
      return { kinds: ["variable"], types, hint: `export the model with its ${name} as a variable, ${text}` };
    case "int8-constant":
      return { kinds: ["constant"], types: ["int8"], hint: `export the model with constant ${name}, quantized to int8` };
    case "int32-constant":
      return { kinds: ["constant"], types: ["int32"], hint: `export the model with constant ${name}, quantized to int32` };
    case "setting":
    case "ignored":
    case "absent":
      throw new AssertionError(`a graph holds no ${name}`);
  }
}

function tensorOf(graph: Graph, id: TensorId): Tensor {
  const tensor = graph.tensors[id];
  assert(tensor !== undefined, `the graph has no tensor ${id}`);
  return tensor;
}
