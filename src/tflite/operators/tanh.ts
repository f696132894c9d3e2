// TANH: no options; the kernel writes scale 1/128 and zero point 0, whatever the output tensor says.

import { success, errorDiagnostic } from "../../core/diagnostic.ts";
import { activationTensor, type Tanh } from "../../artifacts/graph.ts";
import { requiredInput, shapeText, type OperatorCodec } from "../operator-codec.ts";

export const tanh: OperatorCodec<Tanh> = {
  name: "TANH",
  version: 2,
  inputs: [{ name: "input", kind: "activation" }],

  read: (inputs, output) => success({ kind: "tanh", input: requiredInput(inputs, 0), output }),

  operands: ({ input }) => [input],

  writeOptions: () => null,

  check({ input, output }, graph) {
    const from = activationTensor(graph, input).shape;
    const { shape: to, quantization } = activationTensor(graph, output);
    if (shapeText(from) !== shapeText(to)) {
      const message = `its input is ${shapeText(from)}, its output ${shapeText(to)}`;
      return [errorDiagnostic("tflite-shape", message, "export the model again: the shapes must be the same")];
    }
    if (quantization.scales[0] !== 1 / 128 || quantization.zeroPoint !== 0) {
      const message = `its output has scale ${quantization.scales[0]} and zero point ${quantization.zeroPoint}`;
      return [
        errorDiagnostic("tflite-quantization", message, "quantize TANH's output with scale 1/128 and zero point 0, as converters do"),
      ];
    }
    return [];
  },
};
