// ADD, SUB and MUL: two operands, one of which may be a constant, broadcast against each other.

import { at } from "../../core/assert.ts";
import { success, type Diagnostic } from "../../core/diagnostic.ts";
import { quantizeMultiplier } from "../../core/fixed-point.ts";
import type { Arithmetic, Graph, Tensor } from "../../artifacts/graph.ts";
import { checkClamp, checkMultiplier, checkOutputShape, quantizationProblem, scaleOf, shapeOf, shapeProblem } from "../checks.ts";
import { activationCode, activationOf } from "../fused-activation.ts";
import { encodeOptions, optionsType, shapeText, type OperatorCodec } from "../operator-codec.ts";
import { int8 } from "../table.ts";

export const add = arithmetic("add", "ADD", 11);
export const sub = arithmetic("sub", "SUB", 28);
export const mul = arithmetic("mul", "MUL", 21);

function arithmetic(kind: Arithmetic["kind"], name: string, unionMember: number): OperatorCodec<Arithmetic> {
  const optionsTable = optionsType(unionMember, `${name.charAt(0)}${name.slice(1).toLowerCase()}Options`, { fusedActivation: int8(0) });
  return {
    name,
    version: 2,
    inputs: [
      { name: "left operand", kind: "operand" },
      { name: "right operand", kind: "operand" },
    ],

    read(source) {
      const activation = activationOf(source.options(optionsTable).fusedActivation);
      if (!activation.ok) return activation;
      const [left, right] = [source.input(0), source.input(1)];
      return success({ kind, left, right, output: source.output(), activation: activation.value });
    },

    operands: ({ left, right }) => [left, right],

    writeOptions: ({ activation }, _graph, builder) =>
      encodeOptions(builder, optionsTable, { fusedActivation: activationCode(activation) }),

    check(operator, graph) {
      const { left, right, output, activation } = operator;
      if ([left, right].every((id) => at(graph.tensors, id).kind === "constant")) {
        return [quantizationProblem("both of its operands are constants", "let the converter fold constants")];
      }
      if ([left, right].some((id) => at(graph.tensors, id).quantization.scales.length !== 1)) {
        return [quantizationProblem("one of its operands has several scales", "quantize it with one scale for the whole tensor")];
      }
      const [leftShape, rightShape] = [shapeOf(graph, left), shapeOf(graph, right)];
      const shape = broadcast(leftShape, rightShape);
      return [
        ...(shape === null
          ? [shapeProblem(`its operands, ${shapeText(leftShape)} and ${shapeText(rightShape)}, do not broadcast`)]
          : checkOutputShape(output, shape, graph)),
        ...(kind === "mul" ? checkProduct(operator, graph) : checkSum(operator, graph)),
        ...checkClamp(activation, scaleOf(graph, output)),
      ];
    },
  };
}

/** The shape that numpy's rules make of two, or null. */
function broadcast(left: readonly number[], right: readonly number[]): readonly number[] | null {
  const rank = Math.max(left.length, right.length);
  const shape = Array.from({ length: rank }, (_, dimension) => {
    const sizes = [left, right].map((each) => each[dimension - rank + each.length] ?? 1);
    return at(sizes, 0) === 1 ? at(sizes, 1) : at(sizes, 1) === 1 || at(sizes, 0) === at(sizes, 1) ? at(sizes, 0) : null;
  });
  return shape.every((size) => size !== null) ? shape : null;
}

/** QuantizeMultiplierSmallerThanOneExp for each multiplier (tensorflow/lite/micro/kernels/add_common.cc; in float32: sub_common.cc). */
function checkSum({ kind, left, right, output }: Arithmetic, graph: Graph): Diagnostic[] {
  const round = kind === "sub" ? Math.fround : (value: number): number => value;
  const [leftScale, rightScale, outputScale] = [scaleOf(graph, left), scaleOf(graph, right), scaleOf(graph, output)];
  const twice = round(2 * Math.max(leftScale, rightScale));
  const multipliers = [round(leftScale / twice), round(rightScale / twice), round(twice / round(2 ** 20 * outputScale))];
  if (multipliers.every((real) => real > 0 && real < 1 && quantizeMultiplier(real).shift <= 0)) return [];
  const message = `its scales, ${leftScale} and ${rightScale} to ${outputScale}, are out of all proportion`;
  return [quantizationProblem(message)];
}

function checkProduct({ left, right, output }: Arithmetic, graph: Graph): Diagnostic[] {
  const largest = reach(at(graph.tensors, left)) * reach(at(graph.tensors, right));
  return checkMultiplier((scaleOf(graph, left) * scaleOf(graph, right)) / scaleOf(graph, output), largest);
}

/** Largest distance of an int8 from the zero point. */
function reach({ quantization }: Tensor): number {
  return Math.max(127 - quantization.zeroPoint, quantization.zeroPoint + 128);
}
