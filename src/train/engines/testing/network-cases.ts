// Networks for tests of engines: every kind of operator between two fully connected layers, and every kind of loss.

import { elementCount, type FusedActivation, type TensorId } from "../../../artifacts/graph.ts";
import type { FloatNetwork } from "../../../artifacts/network.ts";
import { gaussian, huber, lossOutputs, mixture, type Loss, type Objective } from "../../loss.ts";
import { NetworkDraft, slide } from "./network-draft.ts";

export interface NetworkCase {
  readonly name: string;
  readonly network: FloatNetwork;
  readonly objective: Objective;
}

/** What stands between two layers: from a tensor of that shape to another one. */
interface Middle {
  readonly name: string;
  readonly shape: readonly number[];
  readonly add: (draft: NetworkDraft, input: TensorId) => TensorId;
}

const IMAGE = [1, 6, 5, 3] as const;

const FUSED: readonly FusedActivation[] = ["none", "relu", "relu6", "relu-n1-to-1"];

const MIDDLES: readonly Middle[] = [
  ...FUSED.map((activation): Middle => ({
    name: `fully connected, ${activation}`,
    shape: [1, 6],
    add: (draft, input) => draft.dense(input, 7, activation),
  })),
  {
    name: "fully connected over several rows, without a bias",
    shape: [1, 4, 3],
    add: (draft, input) =>
      draft.add({ kind: "fully-connected", input, weights: draft.parameter([5, 3], 1), bias: null, activation: "none" }, [1, 4, 5]),
  },
  {
    name: "convolution",
    shape: IMAGE,
    add: (draft, input) => slide(draft, "conv-2d", input, 4, { window: [3, 3], stride: [1, 1], padding: "valid", activation: "relu" }),
  },
  {
    name: "convolution, same, strides",
    shape: IMAGE,
    add: (draft, input) => slide(draft, "conv-2d", input, 2, { window: [3, 2], stride: [2, 3], padding: "same" }),
  },
  {
    name: "convolution, dilated",
    shape: IMAGE,
    add: (draft, input) => slide(draft, "conv-2d", input, 2, { window: [2, 2], stride: [1, 1], dilation: [3, 2], padding: "same" }),
  },
  {
    name: "convolution over time",
    shape: [1, 1, 9, 3],
    add: (draft, input) => slide(draft, "conv-2d", input, 5, { window: [1, 3], stride: [1, 2], padding: "valid", activation: "relu" }),
  },
  {
    name: "depthwise convolution",
    shape: IMAGE,
    add: (draft, input) => slide(draft, "depthwise-conv-2d", input, 3, { window: [3, 3], stride: [2, 2], padding: "same" }),
  },
  {
    name: "depthwise convolution, two filters a channel, dilated",
    shape: IMAGE,
    add: (draft, input) =>
      slide(draft, "depthwise-conv-2d", input, 6, {
        window: [2, 3],
        stride: [1, 1],
        dilation: [2, 2],
        padding: "valid",
        activation: "relu6",
      }),
  },
  ...(["average-pool-2d", "max-pool-2d"] as const).flatMap((kind): Middle[] => [
    { name: kind, shape: IMAGE, add: (draft, input) => slide(draft, kind, input, 3, { window: [2, 2], stride: [2, 2], padding: "valid" }) },
    {
      name: `${kind}, same, overlapping`,
      shape: IMAGE,
      add: (draft, input) => slide(draft, kind, input, 3, { window: [3, 3], stride: [2, 1], padding: "same", activation: "relu" }),
    },
  ]),
  { name: "mean over an image", shape: IMAGE, add: (draft, input) => draft.add({ kind: "mean", input, axes: [1, 2] }, [1, 3]) },
  {
    name: "pad",
    shape: IMAGE,
    add: (draft, input) => draft.add({ kind: "pad", input, before: [0, 1, 0, 0], after: [0, 0, 2, 1] }, [1, 7, 7, 4]),
  },
  ...(["add", "sub", "mul"] as const).flatMap((kind): Middle[] => [
    {
      name: `${kind}, broadcast`,
      shape: [1, 4, 3],
      add: (draft, input) => {
        const row = draft.add({ kind: "mean", input, axes: [1] }, [1, 1, 3]);
        return draft.add({ kind, left: input, right: row, activation: "relu" }, [1, 4, 3]);
      },
    },
    {
      name: `${kind} of a constant`,
      shape: [1, 4, 3],
      add: (draft, input) => draft.add({ kind, left: draft.parameter([3], 1), right: input, activation: "none" }, [1, 4, 3]),
    },
  ]),
  {
    name: "concatenation of what is used twice",
    shape: [1, 4, 3],
    add: (draft, input) => {
      const bent = draft.add({ kind: "tanh", input }, [1, 4, 3]);
      return draft.add({ kind: "concatenation", inputs: [input, bent, input], axis: 1 }, [1, 12, 3]);
    },
  },
  {
    name: "split",
    shape: [1, 4, 3],
    add: (draft, input) => {
      const [first, second] = draft.split(input, 1, 2) as [TensorId, TensorId];
      return draft.add({ kind: "mul", left: first, right: second, activation: "none" }, [1, 2, 3]);
    },
  },
  {
    name: "slice",
    shape: IMAGE,
    add: (draft, input) =>
      draft.add({ kind: "strided-slice", input, begin: [0, 1, 0, 2], strides: [1, 1, 1, 1], sizes: [1, 3, 5, 1] }, [1, 3, 5, 1]),
  },
  {
    name: "slice with strides, also backwards",
    shape: IMAGE,
    add: (draft, input) =>
      draft.add({ kind: "strided-slice", input, begin: [0, 5, 0, 2], strides: [1, -2, 2, -1], sizes: [1, 3, 3, 2] }, [1, 3, 3, 2]),
  },
  ...(["relu", "relu6", "logistic", "tanh", "hard-swish"] as const).map((kind): Middle => ({
    name: kind,
    shape: [1, 8],
    add: (draft, input) => draft.add({ kind, input }, [1, 8]),
  })),
  ...[0.25, -0.5].map((alpha): Middle => ({
    name: `leaky relu, ${alpha}`,
    shape: [1, 8],
    add: (draft, input) => draft.add({ kind: "leaky-relu", input, alpha }, [1, 8]),
  })),
  { name: "softmax", shape: [1, 2, 4], add: (draft, input) => draft.add({ kind: "softmax", input, beta: 1.5 }, [1, 2, 4]) },
];

/** Every kind of operator, with something to learn before and behind it, so that gradients by weights and by inputs are both seen. */
export const LAYER_CASES: readonly NetworkCase[] = MIDDLES.map(({ name, shape, add }, index) => {
  const draft = new NetworkDraft(100 + index);
  const input = draft.activation([1, 5]);
  const before = draft.dense(input, elementCount(shape));
  // Up to 6 times as large: some are saturated or cut off.
  const wider = draft.add({ kind: "mul", left: before, right: draft.parameter([elementCount(shape)], 6), activation: "none" }, [
    1,
    elementCount(shape),
  ]);
  const output = draft.dense(add(draft, draft.reshape(wider, shape)), 3);
  return { name, network: draft.network([input], [output]), objective: { loss: huber(3), steps: 1, members: 1 } };
});

export const LOSSES: readonly Loss[] = [
  { kind: "cross-entropy", labels: 4, labelSmoothing: 0.1, labelWeights: Float32Array.of(0.5, 1, 2, 0.7) },
  huber(3),
  gaussian(2),
  mixture(2, Float32Array.of(-0.6, 0, 0.1, 0.5, 0.7, -0.2)),
];

/** A layer in front of every kind of loss, for one and for several steps and members. */
export const LOSS_CASES: readonly NetworkCase[] = LOSSES.flatMap((loss, index) =>
  [
    { steps: 1, members: 1 },
    { steps: 3, members: 2 },
  ].map(({ steps, members }) => {
    const draft = new NetworkDraft(index);
    const input = draft.activation([1, 6]);
    const output = draft.dense(draft.dense(input, 8, "relu"), steps * members * lossOutputs(loss));
    const name = `${loss.kind}, ${steps} steps, ${members} members`;
    return { name, network: draft.network([input], [output]), objective: { loss, steps, members } };
  }),
);
