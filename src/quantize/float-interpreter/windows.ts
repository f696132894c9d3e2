// Which pixels a window that slides over images meets: TensorFlow Lite's padding as a table. For convolutions and pooling.

import type { Padding, Plane, TensorId } from "../../artifacts/graph.ts";
import type { FloatTensors } from "./tensors.ts";

interface Window {
  readonly input: TensorId;
  readonly output: TensorId;
  readonly padding: Padding;
  readonly stride: Plane;
}

/** In place of a pixel: the window reaches over the image's edge. */
export const OUTSIDE = -1;

/** Places of the output x taps of the window: pixels, counted over all images, or OUTSIDE. The output's size is the tensor's own, and
 * the padding follows from it (tensorflow/lite/kernels/padding.h). */
export function windowPixels(operator: Window, kernel: Plane, dilation: Plane, tensors: FloatTensors): Int32Array {
  const [, fromHeight, fromWidth] = tensors.shape(operator.input) as [number, number, number];
  const [batches, toHeight, toWidth] = tensors.shape(operator.output) as [number, number, number];
  const { stride } = operator;
  const before = (to: number, from: number, side: keyof Plane): number =>
    Math.floor(Math.max((to - 1) * stride[side] + (kernel[side] - 1) * dilation[side] + 1 - from, 0) / 2);
  const [top, left] = [before(toHeight, fromHeight, "height"), before(toWidth, fromWidth, "width")];
  const pixels = new Int32Array(batches * toHeight * toWidth * kernel.height * kernel.width);
  let place = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let y = 0; y < toHeight; y++) {
      for (let x = 0; x < toWidth; x++) {
        for (let tapY = 0; tapY < kernel.height; tapY++) {
          const fromY = y * stride.height - top + tapY * dilation.height;
          for (let tapX = 0; tapX < kernel.width; tapX++) {
            const fromX = x * stride.width - left + tapX * dilation.width;
            const inside = fromY >= 0 && fromY < fromHeight && fromX >= 0 && fromX < fromWidth;
            pixels[place] = inside ? (batch * fromHeight + fromY) * fromWidth + fromX : OUTSIDE;
            place += 1;
          }
        }
      }
    }
  }
  return pixels;
}
