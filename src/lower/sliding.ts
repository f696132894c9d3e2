// How a window slides over images: TensorFlow Lite's padding as numbers. For convolutions and pooling.

import type { Padding, Plane, TensorId } from "../artifacts/graph.ts";
import type { Extent, Sliding } from "../artifacts/integer-program.ts";
import type { Lowering } from "./lowering.ts";

interface Window {
  readonly input: TensorId;
  readonly output: TensorId;
  readonly padding: Padding;
  readonly stride: Plane;
}

/** The output's size is the tensor's own, and the padding follows from it (tensorflow/lite/kernels/padding.h). */
export function slidingWindow(lowering: Lowering, { input, output, stride }: Window, kernel: Plane, dilation: Plane): Sliding {
  const from = extentOf(lowering, input);
  const to = extentOf(lowering, output);
  const before = (side: keyof Plane): number => {
    const reach = (to[side] - 1) * stride[side] + (kernel[side] - 1) * dilation[side] + 1;
    return Math.floor(Math.max(reach - from[side], 0) / 2);
  };
  const batches = lowering.tensor(output).shape[0] ?? 1;
  return { batches, from, to, kernel, stride, dilation, padding: { top: before("height"), left: before("width") } };
}

function extentOf(lowering: Lowering, id: TensorId): Extent {
  const [, height, width, channels] = lowering.tensor(id).shape as [number, number, number, number];
  return { height, width, channels };
}
