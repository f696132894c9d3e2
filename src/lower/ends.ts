// Lowers the float ends of an int8 body.

import { elementCount, type Elementwise } from "../artifacts/graph.ts";
import type { Lowering } from "./lowering.ts";

/** QUANTIZE of float32 (reference/quantize.h: AffineQuantize). */
export function lowerQuantize(lowering: Lowering, { input, output }: Elementwise): void {
  const count = elementCount(lowering.tensor(output).shape);
  lowering.add({ kind: "quantize", ...lowering.between(input, output), count, ...lowering.quantization(output) });
}

/** DEQUANTIZE to float32 (reference/dequantize.h). */
export function lowerDequantize(lowering: Lowering, { input, output }: Elementwise): void {
  const count = elementCount(lowering.tensor(output).shape);
  lowering.add({ kind: "dequantize", ...lowering.between(input, output), count, ...lowering.quantization(input) });
}
