// Tensors that must share one quantization, because an operator moves their bytes without rescaling: disjoint sets (Tarjan 1975), each
// with the range that all its members reach, or the quantization that a kernel or the board fixes.

import { assert, at } from "../core/assert.ts";
import { clamp, roundHalfAway } from "../core/fixed-point.ts";
import type { Quantization, TensorId } from "../artifacts/graph.ts";
import type { ValueRange } from "./activation-ranges.ts";

interface TensorClass {
  readonly range: ValueRange;
  readonly fixed: Quantization | null;
  /** No finer than this; 0: as fine as the range allows. */
  readonly smallestScale: number;
}

export class TensorClasses {
  /** A tensor nearer to the one that stands for its class, which is its own. */
  private readonly towards: TensorId[];
  private readonly classes: (TensorClass | null)[];

  /** @param ranges by tensor; null where it needs no quantization. */
  constructor(ranges: readonly (ValueRange | null)[]) {
    this.towards = ranges.map((_, id) => id);
    this.classes = ranges.map((range) => (range === null ? null : { range, fixed: null, smallestScale: 0 }));
  }

  alike(one: TensorId, other: TensorId): boolean {
    return this.root(one) === this.root(other);
  }

  fixedQuantization(id: TensorId): Quantization | null {
    return this.classOf(id).fixed;
  }

  /** Whether this quantization holds all that the tensor's class reaches, to one step. */
  holds(id: TensorId, { scales, zeroPoint }: Quantization): boolean {
    const { range } = this.classOf(id);
    const scale = at(scales, 0);
    return range.minimum >= scale * (-129 - zeroPoint) && range.maximum <= scale * (128 - zeroPoint);
  }

  fix(id: TensorId, quantization: Quantization): void {
    const known = this.classOf(id);
    assert(known.fixed === null || sameQuantization(known.fixed, quantization), `tensor ${id} is fixed twice`);
    this.classes[this.root(id)] = { ...known, fixed: quantization };
  }

  /** Makes two classes one, where what is fixed for either serves the other. @returns whether they are one now. */
  join(one: TensorId, other: TensorId): boolean {
    if (this.alike(one, other)) return true;
    const [left, right] = [this.classOf(one), this.classOf(other)];
    if (left.fixed !== null && right.fixed !== null && !sameQuantization(left.fixed, right.fixed)) return false;
    if (left.fixed !== null && right.fixed === null && !this.holds(other, left.fixed)) return false;
    if (right.fixed !== null && left.fixed === null && !this.holds(one, right.fixed)) return false;
    const range = {
      minimum: Math.min(left.range.minimum, right.range.minimum),
      maximum: Math.max(left.range.maximum, right.range.maximum),
    };
    this.towards[this.root(one)] = this.root(other);
    this.classes[this.root(other)] = { range, fixed: left.fixed ?? right.fixed, smallestScale: 0 };
    return true;
  }

  /** Makes a scale coarser that is not fixed. @returns whether it was finer. */
  coarsen(id: TensorId, smallestScale: number): boolean {
    const known = this.classOf(id);
    if (known.fixed !== null || at(this.quantization(id).scales, 0) >= smallestScale) return false;
    this.classes[this.root(id)] = { ...known, smallestScale: Math.fround(smallestScale * (1 + 2 ** -23)) };
    return true;
  }

  quantization(id: TensorId): Quantization {
    const { range, fixed, smallestScale } = this.classOf(id);
    return fixed ?? rangeQuantization(range, smallestScale);
  }

  private classOf(id: TensorId): TensorClass {
    const found = this.classes[this.root(id)];
    assert(found !== null && found !== undefined, `tensor ${id} has no class`);
    return found;
  }

  private root(id: TensorId): TensorId {
    const next = at(this.towards, id);
    if (next === id) return id;
    const root = this.root(next);
    this.towards[id] = root;
    return root;
  }
}

export function sameQuantization(left: Quantization, right: Quantization): boolean {
  return left.scales[0] === right.scales[0] && left.zeroPoint === right.zeroPoint;
}

/** Of a tensor that is always 0: near the scales of others. */
const EMPTY_SCALE = 1 / 128;

/** TFLite counts a clamp at 6, or the radius of a tanh, in steps of an int32. */
const SMALLEST_SCALE = 2 ** -28;

/** 256 levels over a range that holds zero, with zero itself a level. */
function rangeQuantization({ minimum, maximum }: ValueRange, smallestScale: number): Quantization {
  const span = maximum - minimum;
  if (span === 0) return { scales: [Math.max(EMPTY_SCALE, smallestScale)], zeroPoint: 0, axis: 0 };
  const scale = Math.max(Math.fround(span / 255), smallestScale, SMALLEST_SCALE);
  return { scales: [scale], zeroPoint: clamp(roundHalfAway(-128 - minimum / scale), -128, 127), axis: 0 };
}
