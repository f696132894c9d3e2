// RESHAPE: the output's shape is the law; the shape operand and option repeat it for runtimes that want one or the other.
// SQUEEZE and EXPAND_DIMS are read as such: what they do to the shape, the output's shape says as well.

import { at } from "../../core/assert.ts";
import { errorDiagnostic, success } from "../../core/diagnostic.ts";
import { activationTensor, elementCount, type ActivationTensor, type Reshape } from "../../artifacts/graph.ts";
import { shapeOf, shapeProblem } from "../checks.ts";
import {
  encodeOptions,
  optionsType,
  settingTensor,
  shapeText,
  type InputRole,
  type OperatorCodec,
  type OperatorReader,
} from "../operator-codec.ts";
import { int32s } from "../table.ts";

const optionsTable = optionsType(17, "ReshapeOptions", { newShape: int32s(0) });

const ANY_TYPE: readonly ActivationTensor["type"][] = ["int8", "int32", "float32"];

const anyInput: InputRole = { name: "input", kind: "activation", types: ANY_TYPE };

const read: OperatorReader<Reshape>["read"] = (source) => success({ kind: "reshape", input: source.input(0), output: source.output() });

export const squeeze: OperatorReader<Reshape> = { name: "SQUEEZE", inputs: [anyInput], outputTypes: ANY_TYPE, read };

export const expandDimensions: OperatorReader<Reshape> = {
  name: "EXPAND_DIMS",
  inputs: [anyInput, { name: "axis", kind: "ignored" }],
  outputTypes: ANY_TYPE,
  read,
};

export const reshape: OperatorCodec<Reshape> = {
  name: "RESHAPE",
  version: 1,
  inputs: [anyInput, { name: "shape", kind: "ignored", optional: true }],
  outputTypes: ANY_TYPE,
  read,

  operands({ input, output }, graph) {
    const { name, shape } = at(graph.tensors, output);
    return [input, settingTensor(`${name}/shape`, shape)];
  },

  writeOptions: ({ output }, graph, builder) => encodeOptions(builder, optionsTable, { newShape: shapeOf(graph, output) }),

  check({ input, output }, graph) {
    const [from, to] = [shapeOf(graph, input), shapeOf(graph, output)];
    const types = [input, output].map((id) => activationTensor(graph, id).type);
    if (types[0] !== types[1]) {
      return [errorDiagnostic("tflite-operand", `its input is ${types[0]}, its output ${types[1]}`, "export the model again")];
    }
    if (elementCount(from) === elementCount(to)) return [];
    return [shapeProblem(`it turns ${shapeText(from)} into ${shapeText(to)}, which has another number of elements`)];
  },
};
