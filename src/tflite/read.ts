// Bytes of a .tflite file in, an int8 graph out, or everything that keeps it from being one. Any bytes are safe to hand in:
// reading is bounds-checked, bounded in time and memory, and a graph that comes out satisfies check-graph.ts.

import { at } from "../core/assert.ts";
import { errorDiagnostic, type Outcome } from "../core/diagnostic.ts";
import type { Graph, TensorId } from "../artifacts/graph.ts";
import { checkGraph } from "./check-graph.ts";
import { collect, ModelFile, outcomeOfFile, refuse } from "./model-file.ts";
import { tensorLabel } from "./operator-codec.ts";
import { keptOperands, readOperator, SettingReader } from "./read-operator.ts";
import { isFloat, readTensor, typeName } from "./read-tensor.ts";

/** Tensors that no operator uses are left out; operands that only runtimes look at (RESHAPE's shape), and those that the graph
 * holds inside operators (PAD's paddings) as well.
 * @param name of the file, for messages. */
export function readTflite(bytes: Uint8Array, name: string): Outcome<Graph> {
  return outcomeOfFile(name, () => graphOf(new ModelFile(bytes, name)));
}

function graphOf(file: ModelFile): Graph {
  const { graph: fileGraph, operators: known, reader, model } = file;
  const { inputs, outputs, tensors: fileTensors } = fileGraph;
  refuseFloat(file);
  file.checkSignatures();
  const kept = known.flatMap((each) => keptOperands(each).map(({ id }) => id));
  const used = [...new Set([...inputs, ...outputs, ...kept])].sort((left, right) => left - right);
  const renumbered = new Map(used.map((id, index) => [id, index]));
  const renumber = (id: number): TensorId => renumbered.get(id) as TensorId;
  const tensors = collect(used, (id) => readTensor(at(fileTensors, id), model.buffers, reader));
  const settings = new SettingReader(reader, model);
  const operators = collect(known, (each) => readOperator(each, reader, settings, tensors, renumbered));
  const graph: Graph = { tensors, operators, inputs: inputs.map(renumber), outputs: outputs.map(renumber) };
  const names = known.map(({ name }) => name);
  refuse(checkGraph(graph, names));
  return graph;
}

/** Refuses a model that computes in floating point; said once. */
function refuseFloat({ graph, operators }: ModelFile): void {
  for (const each of operators) {
    for (const { id, role } of keptOperands(each)) {
      const tensor = at(graph.tensors, id);
      const types = role === null ? each.codec.outputTypes : role.types;
      if (!isFloat(tensor) || types?.includes("float32") === true) continue;
      const message = `${each.label}: ${tensorLabel(tensor)} is ${typeName(tensor)}: this is a float model`;
      const hint = "quantize the model to int8 first; only its input and output may be float32, before QUANTIZE and after DEQUANTIZE";
      refuse([errorDiagnostic("tflite-float-model", message, hint)]);
    }
  }
}
