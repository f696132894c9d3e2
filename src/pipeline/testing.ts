// For tests of reports: policies of a made-up DAgger loop, trained on nothing, that drive circles.

import { Random } from "../core/random.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { denseNetwork, quantizedUniformly } from "../quantize/testing.ts";
import { summarise, type Rollout } from "../sim/rollout.ts";
import type { Drive } from "./drive.ts";
import type { DrivenPolicy } from "./policy-table.ts";

export const SAMPLE_WALLS: readonly (readonly [number, number, number, number])[] = [
  [0, 0, 4, 0],
  [4, 0, 4, 3],
  [4, 3, 0, 3],
  [0, 3, 0, 0],
];

const EPISODES = 5;
const TICKS = 120;
const SAMPLES_A_ROUND = 1500;

/** `round` 0 is the cloned policy; each round collides less and knows more recordings. */
export function samplePolicy(round: number): DrivenPolicy {
  const drives = Array.from({ length: EPISODES }, (_, episode) => sampleDrive(1000 + episode, episode >= 2 * round));
  const summary = summarise(
    drives.map(({ rollout }) => rollout),
    9,
  );
  const agreement = 0.7 + 0.1 * round;
  return {
    name: round === 0 ? "cloned" : `round ${round}`,
    bundle: sampleBundle(round),
    samples: 800 + SAMPLES_A_ROUND * round,
    score: {
      ...summary,
      agreementFloat: agreement + 0.005,
      agreementInt8: agreement,
      agreementBoard: agreement,
      differing: 0,
      ticks: drives.reduce((sum, { rollout }) => sum + rollout.ticks, 0),
      drives,
    },
  };
}

export function sampleBundle(round: number): PolicyBundle {
  const network = denseNetwork([24, 16, 4], "relu", new Random(round));
  const loss = (floor: number): number[] => Array.from({ length: 50 }, (_, epoch) => floor + Math.exp(-epoch / 8));
  return {
    provenance: {
      toolVersion: "1.2.3",
      robot: "wall-follower",
      schemaHash: "0123456789abcdef",
      schemaRevision: 4,
      seed: 77,
      engine: "tfjs-wasm",
      recordings: Object.fromEntries(
        Array.from({ length: round + 1 }, (_, index) => [`00${index + 1}-recording.mcap`, `${index}edcba9876543210`]),
      ),
      samples: 800 + SAMPLES_A_ROUND * round,
      epochs: 50,
    },
    metrics: {
      kind: "agreement",
      ...{ float: 0.95, int8: 0.948, postTraining: 0.948, quantizationAware: null },
      rows: 120,
      trainingLoss: loss(0.05),
      validationLoss: loss(0.1),
    },
    form: { head: { kind: "plain" }, members: 1, memory: { kind: "none" } },
    network,
    graph: quantizedUniformly(network, { granularity: "per-tensor" }),
    vectors: { inputs: new Int8Array(24), outputs: new Int8Array(4) },
    policyHash: `fedcba987654321${round}`,
  };
}

/** A circle, which a collision cuts short. */
function sampleDrive(seed: number, collided: boolean): Drive {
  const ticks = collided ? TICKS / 2 : TICKS;
  const radius = 0.5 + 0.1 * (seed % 10);
  const one = Float32Array.of(1);
  const rollout: Rollout = {
    seed,
    ticks,
    collided,
    laps: ticks / 100,
    distances: new Float32Array(ticks).fill(0.7),
    meanDistance: 0.7,
    poses: Array.from({ length: ticks + 1 }, (_, tick) => ({
      x: 2 + radius * Math.cos(tick / 16),
      y: 1.5 + radius * Math.sin(tick / 16),
      heading: tick / 16,
    })),
    observations: [],
    actions: Array.from({ length: ticks }, () => one),
    expertActions: Array.from({ length: ticks }, () => one),
  };
  return { rollout, actors: [], differing: 0 };
}
