// RESHAPE: the output's shape is the law; the shape operand and option repeat it for runtimes that want one or the other.

import { at } from "../../core/assert.ts";
import { success, errorDiagnostic } from "../../core/diagnostic.ts";
import { activationTensor, elementCount, type ConstantTensor, type Reshape } from "../../artifacts/graph.ts";
import { encodeOptions, optionsType, requiredInput, shapeText, type OperatorCodec } from "../operator-codec.ts";
import { int32s } from "../table.ts";

const optionsTable = optionsType(17, "ReshapeOptions", { newShape: int32s(0) });

export const reshape: OperatorCodec<Reshape> = {
  name: "RESHAPE",
  version: 1,
  inputs: [
    { name: "input", kind: "activation" },
    { name: "shape", kind: "ignored", optional: true },
  ],

  read: (inputs, output) => success({ kind: "reshape", input: requiredInput(inputs, 0), output }),

  operands({ input, output }, graph) {
    const { name, shape } = at(graph.tensors, output);
    const shapeOperand: ConstantTensor = {
      kind: "constant",
      name: `${name}/shape`,
      shape: [shape.length],
      quantization: { scales: [], zeroPoint: 0, axis: 0 },
      data: Int32Array.from(shape),
    };
    return [input, shapeOperand];
  },

  writeOptions: ({ output }, graph, builder) => encodeOptions(builder, optionsTable, { newShape: activationTensor(graph, output).shape }),

  check({ input, output }, graph) {
    const from = activationTensor(graph, input).shape;
    const to = activationTensor(graph, output).shape;
    if (elementCount(from) === elementCount(to)) return [];
    const message = `it turns ${shapeText(from)} into ${shapeText(to)}, which has another number of elements`;
    return [errorDiagnostic("tflite-shape", message, "export the model again: these shapes do not fit each other")];
  },
};
