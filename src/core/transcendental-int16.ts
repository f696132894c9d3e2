// Sigmoid and tanh of 16-bit numbers by one table of 256 values, as TensorFlow Lite's LSTM computes them (reference/
// integer_ops/logistic.h and tanh.h, sigmoid_table_uint16 in tensorflow/lite/kernels/internal/common.h).

/** sigmoid(index / 24) in Q0.16. Each value lies above the curve by half of what a chord between neighbours falls below it, so
 * that linear interpolation errs evenly to both sides: s - step^2 / 16 * s''. The last one is the largest that fits. No value comes
 * nearer than 0.003 to where its rounding would turn, so that every machine computes the same table. */
export const SIGMOID_TABLE: Readonly<Uint16Array> = Uint16Array.from({ length: 256 }, (_, index) => {
  const step = 1 / 24;
  const sigmoid = 1 / (1 + Math.exp(-index * step));
  const curvature = sigmoid * (1 - sigmoid) * (1 - 2 * sigmoid);
  return index === 255 ? 65535 : Math.round(65536 * (sigmoid - (step * step * curvature) / 16));
});

/** sigmoid. @param x int16 in Q3.12. @returns int16 in Q0.15. */
export function sigmoidInt16(x: number): number {
  const scaled = 3 * x;
  const sum = interpolate(Math.abs(scaled), 9, 0x7fff * 2 ** 10);
  return Math.floor((scaled >= 0 ? sum + 2 ** 9 : 2 ** 25 - sum + 2 ** 9 - 1) / 2 ** 10);
}

/** tanh. @param x int16; its real value is x * 2^(leftShift - 12). @param leftShift -31..14. @returns int16 in Q0.15. */
export function tanhInt16(x: number, leftShift: number): number {
  const scaled = leftShift >= 0 ? 3 * x * 2 ** leftShift : Math.floor((3 * x + 2 ** (-leftShift - 1)) / 2 ** -leftShift);
  const sum = interpolate(Math.abs(scaled), 8, 0xffff * 2 ** 8);
  return Math.floor((scaled >= 0 ? sum - 2 ** 23 + 2 ** 7 : -sum + 2 ** 23 + 2 ** 7 - 1) / 2 ** 8);
}

/** The table's value at `magnitude / 2^bits`, times 2^bits; `beyond` where the table ends. */
function interpolate(magnitude: number, bits: number, beyond: number): number {
  const unit = 2 ** bits;
  const index = Math.floor(magnitude / unit);
  if (index >= 255) return beyond;
  const [low, high] = [SIGMOID_TABLE[index] as number, SIGMOID_TABLE[index + 1] as number];
  return low * unit + (magnitude % unit) * (high - low);
}
