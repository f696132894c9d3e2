// For tests of reports: what came of a made-up training, of a discrete action and of a continuous one.

import type { TrainingAnalysis } from "../training-analysis.ts";

const wave = (count: number, phase: number): number[] => Array.from({ length: count }, (_, index) => Math.sin(index / 5 + phase));

const input = (phase: number): Float32Array => Float32Array.from(wave(24, phase));

/** Of sampleBundle's wall-follower. */
export const SAMPLE_ANALYSIS: TrainingAnalysis = {
  confusion: {
    labels: ["move-forward", "slight-right-turn", "sharp-right-turn", "slight-left-turn"],
    counts: [
      [320, 4, 0, 9],
      [7, 110, 12, 0],
      [0, 3, 290, 0],
      [0, 0, 0, 0],
    ],
  },
  predictions: [],
  episodes: Array.from({ length: 30 }, (_, index) => ({
    name: `episode ${index + 1} of a rather long recording's name`,
    ticks: 40 + index,
    float: 0.99 - index / 200,
    int8: 0.985 - index / 200,
  })),
  worst: [
    {
      episode: "episode 3",
      seconds: 12.345,
      expert: "slight-right-turn",
      policy: "sharp-right-turn",
      error: 1,
      input: input(0),
      inputBefore: input(1),
    },
    {
      episode: "episode 1",
      seconds: 0.5,
      expert: "move-forward",
      policy: "slight-left-turn",
      error: 1,
      input: input(2),
      inputBefore: input(2),
    },
  ],
  layers: [
    {
      tensor: 3,
      name: "layer1",
      operator: "fully-connected",
      step: 0.02,
      meanError: 0.004,
      largestError: 0.03,
      signalToNoiseDb: 38.25,
      clipped: 0,
    },
    {
      tensor: 6,
      name: "action",
      operator: "fully-connected",
      step: 0.06,
      meanError: 0.02,
      largestError: 0.11,
      signalToNoiseDb: null,
      clipped: 0.01,
    },
  ],
  coverage: {
    demonstrations: wave(200, 0).map((y, index) => [index / 100, y] as const),
    corrections: wave(40, 2).map((y, index) => [index / 20, y] as const),
    heldOut: wave(60, 1).map((y, index) => [index / 30, y] as const),
    explained: [0.61, 0.17],
    medianDistance: 0.12,
    farthestDistance: 0.74,
  },
  boards: [],
};

export const SAMPLE_CONTINUOUS_ANALYSIS: TrainingAnalysis = {
  ...SAMPLE_ANALYSIS,
  confusion: null,
  predictions: [
    { name: "turn", unit: "rad/s", expert: wave(300, 0), float: wave(300, 0.1), int8: wave(300, 0.15) },
    { name: "speed", unit: "", expert: wave(300, 1), float: wave(300, 1), int8: wave(300, 1.05) },
  ],
};
