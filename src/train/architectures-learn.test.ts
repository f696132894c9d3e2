// Each architecture on a task that needs it: what the newest observation does not tell, or what is somewhere in a picture.

import { beforeAll, describe, expect, it } from "vitest";
import { networkInputs, type FloatNetwork } from "../artifacts/network.ts";
import type { Architecture, RobotSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { at } from "../core/assert.ts";
import { Random } from "../core/random.ts";
import { trainingEngineBytes } from "../host/training-engine.ts";
import type { TrainingEngine } from "./engine.ts";
import { loadEngine } from "./engines/load.ts";
import { trainPolicy } from "./fit.ts";
import { unroll } from "./architectures/unroll.ts";
import type { TrainingSettings } from "./settings.ts";
import { answersOf, mlp, numberField, requestFor, robotOf, samplesOf } from "./testing.ts";

const ROWS = 600;

/** What to do is what was sensed two ticks ago; noise meanwhile. */
function echo(seed: number): Samples {
  const random = new Random(seed);
  const heard = Array.from({ length: ROWS }, () => (random.next() < 0.5 ? -0.8 : 0.8));
  return samplesOf(
    heard.map((value) => [value]),
    heard.map((_, row) => [row < 2 ? 0 : 0.5 * at(heard, row - 2)]),
  );
}

describe("architectures", () => {
  let engine: TrainingEngine;
  beforeAll(async () => {
    engine = await loadEngine("wasm", trainingEngineBytes);
  });

  /** Mean absolute error on rows that were not seen. */
  async function errorOf(
    robot: RobotSpec,
    samples: (seed: number) => Samples,
    settings: Partial<TrainingSettings>,
    answers: (network: FloatNetwork, unseen: Samples) => readonly number[],
  ): Promise<number> {
    const { network } = await trainPolicy(requestFor(engine, robot, samples(1), { settings }));
    const unseen = samples(2);
    return answers(network, unseen).reduce((sum, answer, row) => sum + Math.abs(answer - at(unseen.targets, row)), 0) / unseen.rows;
  }

  const windowed = (network: FloatNetwork, unseen: Samples): readonly number[] =>
    answersOf(engine, network, unseen, networkInputs(network) / unseen.inputWidth).map((output) => at(output, 0));

  /** Of a network with state, which goes through all ticks. */
  const remembered = (network: FloatNetwork, unseen: Samples): readonly number[] => {
    const learner = engine.begin(
      unroll(network, unseen.rows).network,
      { loss: { kind: "huber", channels: 1, delta: 1 }, steps: unseen.rows, members: 1 },
      { weightDecay: 0 },
    );
    const outputs = [...learner.outputs(unseen.inputs, 1)];
    learner.dispose();
    return outputs;
  };

  const listener = (architecture: Architecture): RobotSpec => robotOf({ observation: [numberField("heard")], architecture });

  it("without a memory cannot tell what was", async () => {
    expect(await errorOf(listener(mlp([8])), echo, { epochs: 10 }, windowed)).toBeGreaterThan(0.3);
  });

  it("mlp with a history can", async () => {
    expect(await errorOf(listener(mlp([8], 4)), echo, { epochs: 25 }, windowed)).toBeLessThan(0.05);
  });

  it("temporal can", async () => {
    const convolutions = [{ filters: 6, ticks: 3, stride: 1 }];
    const architecture: Architecture = { kind: "temporal", window: 5, convolutions, hidden: [8], activation: "relu" };
    expect(await errorOf(listener(architecture), echo, { epochs: 25 }, windowed)).toBeLessThan(0.05);
  });

  it("gru can", async () => {
    const architecture: Architecture = { kind: "gru", units: 8, hidden: [], activation: "relu" };
    const settings = { epochs: 100, sequenceTicks: 12 };
    expect(await errorOf(listener(architecture), echo, settings, remembered)).toBeLessThan(0.08);
  });

  it("vision sees where the bright spot is", async () => {
    const [height, width] = [8, 10];
    const spots = (seed: number): Samples => {
      const random = new Random(seed);
      const places = Array.from({ length: ROWS }, () => ({ row: random.integer(height), column: random.integer(width) }));
      const picture = ({ row, column }: { row: number; column: number }): number[] =>
        Array.from({ length: height * width }, (_, pixel) => (pixel === row * width + column ? 1 : random.uniform(-1, 0)));
      return samplesOf(
        places.map((place) => [...picture(place), 0]),
        places.map(({ column }) => [(2 * column) / (width - 1) - 1]),
      );
    };
    const architecture: Architecture = {
      kind: "vision",
      image: ["camera"],
      height,
      width,
      filters: [6, 8],
      hidden: [16],
      activation: "relu",
    };
    const observation = [numberField("camera", { length: height * width }), numberField("speed")];
    expect(await errorOf(robotOf({ observation, architecture }), spots, { epochs: 30 }, windowed)).toBeLessThan(0.15);
  });
});
