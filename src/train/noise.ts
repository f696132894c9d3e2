// Gaussian noise on inputs, drawn anew for each batch: a policy that has seen blurred readings leans on no single one. A table of normal
// numbers is walked from seeded places, since drawing each by itself would cost as much as learning from it.

import type { Random } from "../core/random.ts";
import type { Batch } from "./engine.ts";

const TABLE_SIZE = 2 ** 13;

export class InputNoise {
  private readonly table: Float32Array;
  private readonly random: Random;

  /** @param deviation of the noise, on inputs of -1..1. */
  constructor(deviation: number, random: Random) {
    this.random = random;
    this.table = Float32Array.from({ length: TABLE_SIZE }, () => deviation * random.normal());
  }

  /** Adds noise to a batch's inputs; they stay within -1..1, as the board clips them. */
  blur({ inputs, rows }: Pick<Batch, "inputs" | "rows">): void {
    const width = inputs.length / rows;
    for (let row = 0; row < rows; row++) {
      const word = this.random.nextWord();
      const stride = (word >>> 12) | 1; // odd: the walk meets all of the table before it repeats
      let place = word;
      for (let index = row * width; index < (row + 1) * width; index++) {
        place = (place + stride) & (TABLE_SIZE - 1);
        const value = (inputs[index] as number) + (this.table[place] as number);
        inputs[index] = value > 1 ? 1 : value < -1 ? -1 : value;
      }
    }
  }
}
