// In: rows of numbers. Out: which of them lie near a given one. Rows are sorted along the channel that spreads most, so that a search
// compares with those alone whose value there is near; the other channels follow in the order of their spread and end most comparisons early.

import { at } from "../../core/assert.ts";

/** Observations whose inputs differ by no more than this in any channel, one step of int8, are all but the same to the policy. */
export const NEAR = 1.001 * (2 / 255);

/** Rows that a check searches neighbours of, at most, evenly chosen: a share among them is that among all within two points. */
const LOOKED_AT = 4000;

/** Every n-th of `rows` rows. */
export function chosenRows(rows: number): readonly number[] {
  const count = Math.min(rows, LOOKED_AT);
  return Array.from({ length: count }, (_, index) => Math.floor((index * rows) / count));
}

export class NearRows {
  private readonly inputs: Float32Array;
  private readonly width: number;
  /** Channels, the one with the widest spread first. */
  private readonly channels: readonly number[];
  /** Rows in the order of their value in the first channel, and these values. */
  private readonly order: Uint32Array;
  private readonly keys: Float32Array;

  /** @param inputs rows x width. */
  constructor(inputs: Float32Array, width: number) {
    this.inputs = inputs;
    this.width = width;
    const rows = inputs.length / width;
    const spread = Array.from({ length: width }, (_, channel) => variance(inputs, channel, width));
    this.channels = Array.from(spread.keys()).sort((left, right) => at(spread, right) - at(spread, left));
    const key = (row: number): number => at(inputs, row * width + at(this.channels, 0));
    this.order = Uint32Array.from({ length: rows }, (_, row) => row).sort((left, right) => key(left) - key(right));
    this.keys = Float32Array.from(this.order, key);
  }

  /** Calls `visit` with each row that differs by at most NEAR in every channel from row `query` of `inputs`, until it returns false. */
  visit(inputs: Float32Array, query: number, visit: (row: number) => boolean): void {
    const offset = query * this.width;
    const first = at(inputs, offset + at(this.channels, 0));
    for (let index = this.firstFrom(first - NEAR); index < this.keys.length && at(this.keys, index) <= first + NEAR; index++) {
      const row = at(this.order, index);
      if (this.isNear(inputs, offset, row * this.width) && !visit(row)) return;
    }
  }

  private isNear(inputs: Float32Array, offset: number, other: number): boolean {
    for (const channel of this.channels) {
      if (Math.abs((inputs[offset + channel] as number) - (this.inputs[other + channel] as number)) > NEAR) return false;
    }
    return true;
  }

  /** Position of the first key that is not below `value`. */
  private firstFrom(value: number): number {
    let [low, high] = [0, this.keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(this.keys, middle) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function variance(inputs: Float32Array, channel: number, width: number): number {
  let [count, mean, squares] = [0, 0, 0];
  for (let position = channel; position < inputs.length; position += width) {
    const step = (inputs[position] as number) - mean;
    count += 1;
    mean += step / count;
    squares += step * ((inputs[position] as number) - mean);
  }
  return squares / Math.max(1, count);
}
