// Which tensors of a network in training take only the values that int8 will have, and the instructions that see to it.

import { at } from "../../../core/assert.ts";
import { elementCount, operatorInputs, operatorOutputs, type Quantization, type TensorId } from "../../../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../../../artifacts/network.ts";
import type { FakeQuantization } from "../../engine.ts";
import { kindWord, slotWords, type Instruction, type Slots } from "./instructions.ts";
import { floatWord } from "./machine.ts";

/** The values that a tensor may take.
 * - fixed: those of a scale and a zero point.
 * - weights: outer x channels x inner, symmetric around zero, the largest of each channel is the last. */
export type Levels =
  | { readonly kind: "fixed"; readonly scale: number; readonly zeroPoint: number }
  | { readonly kind: "weights"; readonly outer: number; readonly channels: number; readonly inner: number };

/** By tensor; none for what keeps its values. */
export function levelsOf(
  network: FloatNetwork,
  operators: readonly FloatOperator[],
  quantization: FakeQuantization | null,
): ReadonlyMap<TensorId, Levels> {
  const levels = new Map<TensorId, Levels>();
  if (quantization === null) return levels;
  const given = (id: TensorId): Quantization | null => quantization.activations[id] ?? null;
  const keeping = new Set(operators.filter((operator) => keepsLevels(operator, given)).flatMap(operatorOutputs));
  for (const id of new Set([...network.inputs, ...operators.flatMap((each) => [...operatorInputs(each), ...operatorOutputs(each)])])) {
    const quantized = given(id);
    if (quantized === null || keeping.has(id)) continue;
    levels.set(id, { kind: "fixed", scale: at(quantized.scales, 0), zeroPoint: quantized.zeroPoint });
  }
  for (const operator of operators) {
    if (!("weights" in operator)) continue;
    const { shape } = at(network.tensors, operator.weights);
    const count = elementCount(shape);
    const channels = quantization.weightGranularity === "per-tensor" ? 1 : at(shape, operator.kind === "depthwise-conv-2d" ? 3 : 0);
    const outer = operator.kind === "depthwise-conv-2d" ? count / channels : 1;
    levels.set(operator.weights, { kind: "weights", outer, channels, inner: count / channels / outer });
  }
  return levels;
}

/** Whether an operator only passes on values that have their levels already. */
function keepsLevels(operator: FloatOperator, given: (id: TensorId) => Quantization | null): boolean {
  const moves = ["reshape", "pad", "concatenation", "split", "strided-slice", "max-pool-2d"].includes(operator.kind);
  const all = [...operatorInputs(operator), ...operatorOutputs(operator)].map(given);
  const first = at(all, 0);
  return moves && all.every((each) => each?.scales[0] === first?.scales[0] && each?.zeroPoint === first?.zeroPoint);
}

/** To run as soon as the tensor is written; none when it keeps its values. */
export function fakeQuantization(
  { tensors }: FloatNetwork,
  id: TensorId,
  levels: ReadonlyMap<TensorId, Levels>,
  slots: Slots,
): readonly Instruction[] {
  const values = levels.get(id);
  if (values === undefined) return [];
  const [input, output] = [slots.write(id), slots.read(id)];
  if (values.kind === "weights") {
    const words = [...slotWords(input), output.value, values.outer, values.channels, values.inner];
    return [{ words: [kindWord("fake-quantize-weights"), ...words], returns: false }];
  }
  const { shape, kind } = at(tensors, id);
  const counts = [elementCount(shape), kind === "parameter" ? 1 : 0];
  const words = [...slotWords(input), ...slotWords(output), ...counts, floatWord(values.scale), floatWord(values.zeroPoint)];
  return [{ words: [kindWord("fake-quantize"), ...words], returns: input.gradient !== 0 }];
}
