// Networks that a seed makes up, for properties that every network has; and one that remembers, unrolled over a few steps.

import { elementCount, type TensorId } from "../../../artifacts/graph.ts";
import { at } from "../../../core/assert.ts";
import { gaussian, huber, lossOutputs } from "../../loss.ts";
import { LOSSES, type NetworkCase } from "./network-cases.ts";
import { NetworkDraft, slide } from "./network-draft.ts";

/** From an image to an image, of 1 x 1 at least. */
const LAYERS: readonly ((draft: NetworkDraft, image: TensorId) => TensorId)[] = [
  (draft, image) => slide(draft, "conv-2d", image, 3, { window: [2, 3], stride: [2, 1], padding: "same", activation: "relu" }),
  (draft, image) => slide(draft, "conv-2d", image, 4, { window: [1, 1], stride: [1, 1], padding: "valid" }),
  (draft, image) => slide(draft, "depthwise-conv-2d", image, channels(draft, image), { window: [3, 2], stride: [1, 2], padding: "same" }),
  (draft, image) => slide(draft, "max-pool-2d", image, channels(draft, image), { window: [2, 2], stride: [2, 2], padding: "same" }),
  (draft, image) => slide(draft, "average-pool-2d", image, channels(draft, image), { window: [3, 2], stride: [2, 1], padding: "same" }),
  (draft, image) => {
    const [, height, width, depth] = draft.shapeOf(image) as [number, number, number, number];
    return draft.add({ kind: "pad", input: image, before: [0, 1, 0, 0], after: [0, 0, 1, 0] }, [1, height + 1, width + 1, depth]);
  },
  (draft, image) => {
    const branch = slide(draft, "conv-2d", image, channels(draft, image), { window: [3, 3], stride: [1, 1], padding: "same" });
    return draft.add({ kind: "add", left: image, right: branch, activation: "relu" }, draft.shapeOf(image));
  },
  (draft, image) => {
    const gate = draft.add({ kind: "logistic", input: image }, draft.shapeOf(image));
    return draft.add({ kind: "mul", left: gate, right: image, activation: "none" }, draft.shapeOf(image));
  },
  (draft, image) => {
    const [, height, width, depth] = draft.shapeOf(image) as [number, number, number, number];
    const bent = draft.add({ kind: "tanh", input: image }, draft.shapeOf(image));
    return draft.add({ kind: "concatenation", inputs: [image, bent], axis: 3 }, [1, height, width, 2 * depth]);
  },
  (draft, image) => {
    const shifted = draft.add(
      { kind: "sub", left: image, right: draft.parameter([channels(draft, image)], 1), activation: "none" },
      draft.shapeOf(image),
    );
    return draft.add({ kind: "hard-swish", input: shifted }, draft.shapeOf(image));
  },
  (draft, image) => draft.add({ kind: "leaky-relu", input: image, alpha: 0.125 }, draft.shapeOf(image)),
  (draft, image) => draft.add({ kind: "softmax", input: image, beta: 1 }, draft.shapeOf(image)),
  (draft, image) => {
    const [, height, width, depth] = draft.shapeOf(image) as [number, number, number, number];
    const sizes = [1, height, Math.ceil(width / 2), depth];
    return draft.add({ kind: "strided-slice", input: image, begin: [0, 0, 0, 0], strides: [1, 1, 2, 1], sizes }, sizes);
  },
];

function channels(draft: NetworkDraft, image: TensorId): number {
  return at(draft.shapeOf(image), 3);
}

/** Up to 5 layers on a small image, a hidden layer, and any loss over up to 3 steps and 2 members. */
export function randomCase(seed: number): NetworkCase {
  const draft = new NetworkDraft(seed);
  const { random } = draft;
  const input = draft.activation([1, 8]);
  const shape = [1, 2 + random.integer(3), 2 + random.integer(3), 1 + random.integer(2)];
  let image = draft.reshape(draft.dense(input, elementCount(shape)), shape);
  for (let layers = 1 + random.integer(5); layers > 0; layers--) image = at(LAYERS, random.integer(LAYERS.length))(draft, image);
  const hidden = draft.dense(image, 6, random.integer(2) === 0 ? "relu" : "relu6");
  const loss = at(LOSSES, random.integer(LOSSES.length));
  const [steps, members] = [1 + random.integer(3), 1 + random.integer(2)];
  const output = draft.dense(hidden, steps * members * lossOutputs(loss));
  return { name: `random ${seed}`, network: draft.network([input], [output]), objective: { loss, steps, members } };
}

/** A gated recurrent unit through `steps` steps, which share its parameters, its last state going out. */
export function recurrentCase(steps: number): NetworkCase {
  const [inputs, units] = [3, 4];
  const draft = new NetworkDraft(5);
  const weights = (outputs: number, width: number): TensorId => draft.parameter([outputs, width], Math.sqrt(3 / width));
  const layer = (outputs: number, width: number): { weights: TensorId; bias: TensorId } => ({
    weights: weights(outputs, width),
    bias: draft.parameter([outputs], 0.5),
  });
  const [gatesOfInput, gatesOfState, candidateOfInput, candidateOfState, head] = [
    layer(2 * units, inputs),
    layer(2 * units, units),
    layer(units, inputs),
    layer(units, units),
    layer(4, units),
  ];
  const dense = (input: TensorId, { weights, bias }: typeof head, width: number): TensorId =>
    draft.add({ kind: "fully-connected", input, weights, bias, activation: "none" }, [1, width]);
  const both = (kind: "add" | "sub" | "mul", left: TensorId, right: TensorId): TensorId =>
    draft.add({ kind, left, right, activation: "none" }, draft.shapeOf(left));
  const sequence = draft.activation([1, steps * inputs]);
  const first = draft.activation([1, units]);
  let state = first;
  const outputs = Array.from({ length: steps }, (_, step) => {
    const x = draft.add({ kind: "strided-slice", input: sequence, begin: [0, step * inputs], strides: [1, 1], sizes: [1, inputs] }, [
      1,
      inputs,
    ]);
    const sums = both("add", dense(x, gatesOfInput, 2 * units), dense(state, gatesOfState, 2 * units));
    const [update, reset] = draft.split(draft.add({ kind: "logistic", input: sums }, [1, 2 * units]), 1, 2) as [TensorId, TensorId];
    const remembered = both("mul", reset, dense(state, candidateOfState, units));
    const candidate = draft.add({ kind: "tanh", input: both("add", dense(x, candidateOfInput, units), remembered) }, [1, units]);
    state = both("add", candidate, both("mul", update, both("sub", state, candidate)));
    return dense(state, head, 4);
  });
  const output = draft.add({ kind: "concatenation", inputs: outputs, axis: 1 }, [1, steps * 4]);
  const name = `recurrent, ${steps} steps`;
  return {
    name,
    network: draft.network([sequence, first], [output, state]),
    objective: { loss: steps === 1 ? huber(4) : gaussian(2), steps, members: 1 },
  };
}
