// Lowers ADD, SUB and MUL with numpy's broadcasting. Each rounds its multipliers in its own precision, as TensorFlow Lite's do.

import { assert } from "../core/assert.ts";
import { quantizeMultiplier, type QuantizedMultiplier } from "../core/fixed-point.ts";
import { weightTensor, type Arithmetic, type TensorId } from "../artifacts/graph.ts";
import type { Operand } from "../artifacts/integer-program.ts";
import { fusedRange } from "./activation-ranges.ts";
import { RECALIBRATE, type Lowering } from "./lowering.ts";
import { mergeDimensions, rowMajorStrides } from "./walks.ts";

/** Bits that ADD and SUB shift both sides left by, before they scale them. */
const LEFT_SHIFT = 20;

interface Multipliers {
  readonly leftMultiplier: QuantizedMultiplier | null;
  readonly rightMultiplier: QuantizedMultiplier | null;
  readonly output: QuantizedMultiplier;
}

/** reference/integer_ops/add.h and mul.h, reference/sub.h; tensorflow/lite/micro/kernels/add_common.cc, sub_common.cc, mul_common.cc. */
export function lowerArithmetic(lowering: Lowering, operator: Arithmetic): void {
  const { shape } = lowering.tensor(operator.output);
  const merged = mergeDimensions(
    shape,
    broadcastStrides(lowering, operator.left, shape),
    broadcastStrides(lowering, operator.right, shape),
  );
  const [leftStrides, rightStrides] = merged.strides;
  const left = operand(lowering, operator.left, leftStrides);
  const right = operand(lowering, operator.right, rightStrides);
  const input = [left.source, right.source].find((source) => typeof source === "number");
  if (input === undefined) {
    const { name } = lowering.tensor(operator.output);
    lowering.refuse("constant-operator", `${name}: both sides are constants`, "fold it into a constant when the model is converted");
    return;
  }
  const { scale, zeroPoint } = lowering.quantization(operator.output);
  const { output, ...sides } = operator.kind === "mul" ? productMultiplier(lowering, operator) : sumMultipliers(lowering, operator);
  lowering.add({
    kind: operator.kind,
    name: lowering.tensor(operator.output).name,
    input,
    output: lowering.newBuffer(operator.output),
    sizes: merged.sizes,
    left,
    right,
    ...sides,
    requantization: { multipliers: [output], zeroPoint, ...fusedRange(operator.activation, scale, zeroPoint) },
  });
}

/** The product's multiplier is double precision throughout. */
function productMultiplier(lowering: Lowering, { left, right, output }: Arithmetic): Multipliers {
  const [one, other] = [lowering.quantization(left), lowering.quantization(right)];
  const multiplier = lowering.multiplier(output, (one.scale * other.scale) / lowering.quantization(output).scale);
  const magnitude = reach(one.zeroPoint) * reach(other.zeroPoint);
  lowering.proveAccumulator(output, "a product", { partial: magnitude, whole: magnitude }, multiplier);
  return { leftMultiplier: null, rightMultiplier: null, output: multiplier };
}

/** Both sides become multiples of twice the larger scale, so that their multipliers are at most 1/2 and a side's 255 << 20 at most
 * 2^27: no sum leaves int32. ADD computes the multipliers in double precision, SUB in single. TFLM halts where one is not in (0, 1). */
function sumMultipliers(lowering: Lowering, { kind, left, right, output }: Arithmetic): Multipliers {
  const round = kind === "sub" ? Math.fround : (value: number): number => value;
  const [one, other] = [lowering.quantization(left).scale, lowering.quantization(right).scale];
  const unit = round(2 * Math.max(one, other));
  const outputUnit = round(2 ** LEFT_SHIFT * lowering.quantization(output).scale);
  const quotients = [one / unit, other / unit, unit / outputUnit].map(round);
  if (quotients.some((real) => !(real > 0 && real < 1) || quantizeMultiplier(real).shift > 0)) {
    const { name } = lowering.tensor(output);
    lowering.refuse("scales-out-of-proportion", `${name}: its scale and those of the two sides are too far apart`, RECALIBRATE);
    return { leftMultiplier: null, rightMultiplier: null, output: { mantissa: 0, shift: 0 } };
  }
  const [leftMultiplier, rightMultiplier, outputMultiplier] = quotients.map(quantizeMultiplier) as [
    QuantizedMultiplier,
    QuantizedMultiplier,
    QuantizedMultiplier,
  ];
  return { leftMultiplier, rightMultiplier, output: outputMultiplier };
}

/** Largest magnitude of an int8 less its zero point. */
function reach(zeroPoint: number): number {
  return Math.max(127 - zeroPoint, zeroPoint + 128);
}

function operand(lowering: Lowering, id: TensorId, strides: readonly number[]): Operand {
  const source = lowering.tensor(id).kind === "constant" ? weightTensor(lowering.graph, id).data : lowering.bufferOf(id);
  return { source, strides, zeroPoint: lowering.quantization(id).zeroPoint };
}

/** Element strides of a side along the output's dimensions: 0 where it has one element, or no such dimension, for many. */
function broadcastStrides(lowering: Lowering, id: TensorId, output: readonly number[]): number[] {
  const { name, shape } = lowering.tensor(id);
  const missing = output.length - shape.length;
  assert(missing >= 0, `${name} has more dimensions than what is computed from it`);
  const strides = rowMajorStrides(shape);
  return output.map((_, dimension) => ((shape[dimension - missing] ?? 1) === 1 ? 0 : (strides[dimension - missing] ?? 0)));
}
