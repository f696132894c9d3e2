// The optimiser: parameters and their gradients in, parameters moved in place. Plain loops: for a policy of a few thousand
// parameters they are faster than an engine's kernels, and the same on every engine.
// Adam: Kingma & Ba 2015, algorithm 1. Decoupled weight decay: Loshchilov & Hutter 2019, algorithm 2.

import { at } from "../core/assert.ts";

export const MEAN_DECAY = 0.9;
export const SQUARE_DECAY = 0.999;
/** Added to the root of the mean square, against division by zero. */
const EPSILON = 1e-8;

/** Parameters that decay at one rate, with the moments of their gradients. */
export interface ParameterGroup {
  readonly values: Float32Array;
  readonly means: Float32Array;
  readonly squares: Float32Array;
  readonly weightDecay: number;
}

export function parameterGroup(values: Float32Array, weightDecay: number): ParameterGroup {
  return { values: values.slice(), means: new Float32Array(values.length), squares: new Float32Array(values.length), weightDecay };
}

export class Adam {
  private readonly groups: readonly ParameterGroup[];
  private meanBias = 1;
  private squareBias = 1;

  constructor(groups: readonly ParameterGroup[]) {
    this.groups = groups;
  }

  /** @param gradients one array a group, in the same order. */
  step(gradients: readonly Float32Array[], learningRate: number): void {
    this.meanBias *= MEAN_DECAY;
    this.squareBias *= SQUARE_DECAY;
    this.groups.forEach((group, index) => {
      this.move(group, at(gradients, index), learningRate);
    });
  }

  private move({ values, means, squares, weightDecay }: ParameterGroup, gradients: Float32Array, learningRate: number): void {
    for (let index = 0; index < values.length; index++) {
      const gradient = gradients[index] as number;
      const mean = MEAN_DECAY * (means[index] as number) + (1 - MEAN_DECAY) * gradient;
      const square = SQUARE_DECAY * (squares[index] as number) + (1 - SQUARE_DECAY) * gradient * gradient;
      const direction = mean / (1 - this.meanBias) / (Math.sqrt(square / (1 - this.squareBias)) + EPSILON);
      means[index] = mean;
      squares[index] = square;
      values[index] = (values[index] as number) - learningRate * (direction + weightDecay * (values[index] as number));
    }
  }
}
