// Functions of each element by itself, without settings: RELU, RELU6, LOGISTIC, TANH, HARD_SWISH, QUANTIZE, DEQUANTIZE.

import { at } from "../../core/assert.ts";
import { success, type Diagnostic } from "../../core/diagnostic.ts";
import { quantizeMultiplier, splitFloat } from "../../core/fixed-point.ts";
import type { Elementwise, ElementType, Graph } from "../../artifacts/graph.ts";
import {
  checkClamp,
  checkFixedQuantization,
  checkMultiplier,
  checkSameShape,
  quantizationProblem,
  sameQuantization,
  scaleOf,
} from "../checks.ts";
import { encodeOptions, optionsType, type OperatorCodec } from "../operator-codec.ts";

/** Largest distance between two int8. */
const INT8_REACH = 255;

interface Particulars {
  readonly kind: Elementwise["kind"];
  readonly name: string;
  readonly version: number;
  /** The union member and name of options that hold nothing. */
  readonly options?: readonly [number, string];
  readonly from?: readonly ElementType[];
  readonly to?: readonly ["float32"];
  readonly check: (operator: Elementwise, graph: Graph) => readonly Diagnostic[];
}

function elementwise({ kind, name, version, options, from, to, check }: Particulars): OperatorCodec<Elementwise> {
  return {
    name,
    version,
    inputs: [{ name: "input", kind: "activation", ...(from !== undefined && { types: from }) }],
    ...(to !== undefined && { outputTypes: to }),
    read: (source) => success({ kind, input: source.input(0), output: source.output() }),
    operands: ({ input }) => [input],
    writeOptions: (_operator, _graph, builder) => (options === undefined ? null : encodeOptions(builder, optionsType(...options, {}), {})),
    check: (operator, graph) => [...checkSameShape(operator.input, operator.output, graph), ...check(operator, graph)],
  };
}

/** CalculateReluOpData (tensorflow/lite/micro/kernels/activations_common.cc): in float32. */
export const relu = elementwise({
  kind: "relu",
  name: "RELU",
  version: 2,
  check: ({ input, output }, graph) => checkMultiplier(Math.fround(scaleOf(graph, input) / scaleOf(graph, output)), INT8_REACH),
});

/** Relu6Prepare, there as well: clamps without rescaling. */
export const relu6 = elementwise({
  kind: "relu6",
  name: "RELU6",
  version: 2,
  check({ input, output }, graph) {
    const problems = checkClamp("relu6", scaleOf(graph, input));
    if (sameQuantization(at(graph.tensors, input).quantization, at(graph.tensors, output).quantization)) return problems;
    const hint = "fuse RELU6 with the operator before it, or quantize both alike: it does not rescale";
    return [...problems, quantizationProblem("its output is quantized unlike its input", hint)];
  },
});

export const logistic = elementwise({
  kind: "logistic",
  name: "LOGISTIC",
  version: 2,
  check: ({ input, output }, graph) => [...checkCurveInput(scaleOf(graph, input)), ...checkFixedQuantization(output, graph, 1 / 256, -128)],
});

export const tanh = elementwise({
  kind: "tanh",
  name: "TANH",
  version: 2,
  check: ({ input, output }, graph) => [...checkCurveInput(scaleOf(graph, input)), ...checkFixedQuantization(output, graph, 1 / 128, 0)],
});

/** HardSwishPrepare (tensorflow/lite/micro/kernels/hard_swish_common.cc): shifts values of 16 bits to the right, by at most 15 then,
 * and to the left by a power of two that is an int32 (SaturatingLeftShift in reference/hard_swish.h). */
export const hardSwish = elementwise({
  kind: "hard-swish",
  name: "HARD_SWISH",
  version: 1,
  options: [91, "HardSwishOptions"],
  check({ input, output }, graph) {
    const inputScale = Math.fround(scaleOf(graph, input) / 128);
    const shifts = [inputScale / scaleOf(graph, output), inputScale / Math.fround(3 / 32768)].map((real) => {
      const rounded = Math.fround(real);
      return Number.isFinite(rounded) ? quantizeMultiplier(rounded).shift : Infinity;
    });
    const [outputShift, curveShift] = [at(shifts, 0), at(shifts, 1)];
    if (outputShift <= 0 && outputShift >= -15 && curveShift >= -15 && curveShift <= 31) return [];
    const message = `its scales, ${scaleOf(graph, input)} to ${scaleOf(graph, output)}, are out of all proportion`;
    return [quantizationProblem(message)];
  },
});

export const quantize = elementwise({
  kind: "quantize",
  name: "QUANTIZE",
  version: 1,
  options: [89, "QuantizeOptions"],
  from: ["int8", "float32"],
  check({ input, output }, graph) {
    const scale = at(graph.tensors, input).quantization.scales[0];
    return scale === undefined ? [] : checkMultiplier(scale / scaleOf(graph, output), INT8_REACH);
  },
});

export const dequantize = elementwise({
  kind: "dequantize",
  name: "DEQUANTIZE",
  version: 2,
  options: [38, "DequantizeOptions"],
  to: ["float32"],
  check: () => [],
});

/** The input as Q4.27 shifts left by the exponent of scale * 2^27, in int64 where the radius is computed
 * (CalculateArithmeticOpDataLogistic in tensorflow/lite/micro/kernels/logistic_common.cc; tanh.cc likewise). */
function checkCurveInput(scale: number): Diagnostic[] {
  const { exponent } = splitFloat(scale * 2 ** 27);
  return exponent >= 0 && exponent <= 62 ? [] : [quantizationProblem(`its input has scale ${scale}, out of all proportion`)];
}
