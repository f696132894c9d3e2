// AVERAGE_POOL_2D and MAX_POOL_2D: the same options, and quantization that stays.

import { at } from "../../core/assert.ts";
import { success, type Diagnostic } from "../../core/diagnostic.ts";
import type { Graph, Pool2d } from "../../artifacts/graph.ts";
import { checkClamp, quantizationProblem, scaleOf, shapeOf, zeroPointOf } from "../checks.ts";
import { activationCode, activationOf } from "../fused-activation.ts";
import { encodeOptions, optionsType, type OperatorCodec } from "../operator-codec.ts";
import { int32, int8 } from "../table.ts";
import { checkImages, checkWindow, paddingCode, paddingOf } from "../windows.ts";

const optionsTable = optionsType(5, "Pool2DOptions", {
  padding: int8(0),
  strideWidth: int32(1),
  strideHeight: int32(2),
  windowWidth: int32(3),
  windowHeight: int32(4),
  fusedActivation: int8(5),
});

/** How far the scales may differ (PoolingPrepare in tensorflow/lite/micro/kernels/pooling_common.cc). */
const SCALE_TOLERANCE = 1e-6;

export const averagePool2d = pool2d("average-pool-2d", "AVERAGE_POOL_2D");
export const maxPool2d = pool2d("max-pool-2d", "MAX_POOL_2D");

function pool2d(kind: Pool2d["kind"], name: string): OperatorCodec<Pool2d> {
  return {
    name,
    version: 2,
    inputs: [{ name: "input", kind: "activation" }],

    read(source) {
      const options = source.options(optionsTable);
      const padding = paddingOf(options.padding);
      if (!padding.ok) return padding;
      const activation = activationOf(options.fusedActivation);
      if (!activation.ok) return activation;
      return success({
        kind,
        input: source.input(0),
        output: source.output(),
        activation: activation.value,
        padding: padding.value,
        stride: { height: options.strideHeight, width: options.strideWidth },
        window: { height: options.windowHeight, width: options.windowWidth },
      });
    },

    operands: ({ input }) => [input],

    writeOptions({ padding, stride, window, activation }, _graph, builder) {
      return encodeOptions(builder, optionsTable, {
        padding: paddingCode(padding),
        strideWidth: stride.width,
        strideHeight: stride.height,
        windowWidth: window.width,
        windowHeight: window.height,
        fusedActivation: activationCode(activation),
      });
    },

    check(operator, graph) {
      const { input, output, window, activation } = operator;
      const problems = checkImages([input, output], graph);
      if (problems.length > 0) return problems;
      return [
        ...checkWindow(operator, window, at(shapeOf(graph, input), 3), graph),
        ...checkQuantization(operator, graph),
        ...checkClamp(activation, scaleOf(graph, output)),
      ];
    },
  };
}

function checkQuantization({ input, output }: Pool2d, graph: Graph): Diagnostic[] {
  const difference = Math.abs(Math.fround(scaleOf(graph, input) - scaleOf(graph, output)));
  if (difference <= SCALE_TOLERANCE && zeroPointOf(graph, input) === zeroPointOf(graph, output)) return [];
  return [quantizationProblem("its output is quantized unlike its input", "quantize both alike: a pool does not rescale")];
}
