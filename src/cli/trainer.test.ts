import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DiagnosticError } from "../core/diagnostic.ts";
import { silentProgress } from "../core/io.ts";
import { Random } from "../core/random.ts";
import type { TrainingTask } from "../pipeline/trainer.ts";
import { digestOf, noSamples, robotOf, samplesOf } from "../train/testing.ts";
import { openTrainer, type OpenTrainer } from "./trainer.ts";

const random = new Random(3);
const inputs = Array.from({ length: 60 }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
const training = samplesOf(
  inputs,
  inputs.map(([a = 0, b = 0]) => [(a - b) / 2]),
);

const taskOf = (seed: number): TrainingTask => ({
  robot: robotOf(),
  training,
  validation: noSamples,
  seed,
  settings: { epochs: 5 },
  warmStart: null,
  fakeQuantization: null,
});

/** What a training told of itself. */
function listener(): { readonly labels: string[]; readonly progress: typeof silentProgress } {
  const labels: string[] = [];
  return { labels, progress: { ...silentProgress, start: (label) => labels.push(label) } };
}

describe("the command line's trainer", () => {
  let trainer: OpenTrainer;
  beforeAll(async () => {
    trainer = await openTrainer();
  });
  afterAll(() => trainer.close());

  it("learns the same in worker threads, side by side, as alone in this one", async () => {
    expect(trainer.engine).toBe("wasm");
    const seeds = [1, 2, 3];
    const heard = seeds.map(() => listener());
    const together = await Promise.all(seeds.map((seed, index) => trainer.train(taskOf(seed), heard[index]?.progress ?? silentProgress)));
    expect(heard.map(({ labels }) => labels.length)).toEqual([1, 1, 1]);
    for (const [index, seed] of seeds.entries()) {
      const alone = await trainer.train(taskOf(seed), silentProgress);
      expect(together[index]?.engine).toBe("wasm");
      expect(together[index]?.trainingLoss).toEqual(alone.trainingLoss);
      expect(digestOf(together[index]?.network ?? alone.network)).toBe(digestOf(alone.network));
    }
    expect(new Set(together.map(({ network }) => digestOf(network))).size).toBe(3);
  });

  it("fails as training fails, alone and beside others", async () => {
    const nothing = { ...taskOf(1), training: noSamples };
    await expect(trainer.train(nothing, silentProgress)).rejects.toThrow(DiagnosticError);
    const [first, second] = await Promise.allSettled([nothing, taskOf(1)].map((task) => trainer.train(task, silentProgress)));
    expect(first).toMatchObject({ status: "rejected", reason: { diagnostics: [{ code: "train-no-rows" }] } });
    expect(second).toMatchObject({ status: "fulfilled" });
  });
});
