// A network whose state leaves -1..1 in, the same with its state divided by a constant out: int8 keeps state within -1..1.

import { at } from "../core/assert.ts";
import type { FloatNetwork, FloatOperator } from "../artifacts/network.ts";
import { NetworkEditor } from "./network-editor.ts";
import { simplified } from "./simplify.ts";

/** @param factors by state: what it is divided by. */
export function withScaledStates(network: FloatNetwork, factors: readonly number[]): FloatNetwork {
  if (factors.every((factor) => factor === 1)) return network;
  const editor = new NetworkEditor(network);
  factors.forEach((factor, index) => {
    if (factor === 1) return;
    const [given, next] = [at(editor.inputs, index + 1), at(editor.outputs, index + 1)];
    const scaled = (name: string, value: number): number => editor.parameter(`state${index + 1}/${name}`, [1], [value]);
    const multiplied = (left: number, right: number, output: number): FloatOperator => ({
      kind: "mul",
      left,
      right,
      output,
      activation: "none",
    });
    const input = editor.activation(`state${index + 1}`, editor.shape(given));
    const output = editor.activation(`state${index + 1}/next`, editor.shape(next));
    editor.operators.unshift(multiplied(input, scaled("factor", factor), given));
    editor.operators.push(multiplied(next, scaled("inverse", 1 / factor), output));
    editor.inputs[index + 1] = input;
    editor.outputs[index + 1] = output;
  });
  return simplified(editor.finish());
}
