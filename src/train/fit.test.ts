import { beforeAll, describe, expect, it } from "vitest";
import type { FloatNetwork } from "../artifacts/network.ts";
import type { Samples } from "../artifacts/samples.ts";
import { at } from "../core/assert.ts";
import { DiagnosticError } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { trainingEngineBytes } from "../host/training-engine.ts";
import { AverageNetwork } from "./average.ts";
import type { NetworkInTraining, TrainingEngine } from "./engine.ts";
import { loadEngine } from "./engines/load.ts";
import { runningMean, trainPolicy, type TrainingRequest, type TrainingResult } from "./fit.ts";
import { epochsFor, type TrainingSettings } from "./settings.ts";
import { answersOf, digestOf, mlp, noSamples, requestFor, robotOf, samplesOf, sides } from "./testing.ts";

type Target = (a: number, b: number) => number;
const exclusiveOr: Target = (a, b) => (a > 0 !== b > 0 ? 1 : 0);
const plane: Target = (a, b) => 0.4 * a - 0.25 * b + 0.1;

function randomSamples(rows: number, seed: number, target: Target): Samples {
  const random = new Random(seed);
  const inputs = Array.from({ length: rows }, (): [number, number] => [random.uniform(-1, 1), random.uniform(-1, 1)]);
  return samplesOf(
    inputs,
    inputs.map(([a, b]) => [target(a, b)]),
  );
}

/** The same engine, whose learners `watch` may change. */
function watched(engine: TrainingEngine, watch: (learner: NetworkInTraining) => void): TrainingEngine {
  return {
    ...engine,
    begin: (...given) => {
      const learner = engine.begin(...given);
      watch(learner);
      return learner;
    },
  };
}

const chooser = robotOf({ action: sides, architecture: { ...mlp([8]), activation: "tanh" } });
const steerer = robotOf({ architecture: { ...mlp([8]), activation: "tanh" } });

describe("trainPolicy", () => {
  let engine: TrainingEngine;
  beforeAll(async () => {
    engine = await loadEngine("wasm", trainingEngineBytes);
  });
  const choose = (changes: Partial<TrainingRequest> = {}, settings: Partial<TrainingSettings> = {}): Promise<TrainingResult> =>
    trainPolicy(
      requestFor(engine, chooser, randomSamples(240, 1, exclusiveOr), {
        validation: randomSamples(80, 2, exclusiveOr),
        settings: { epochs: 40, ...settings },
        ...changes,
      }),
    );
  const steer = (training: Samples, settings: Partial<TrainingSettings> = {}): Promise<TrainingResult> =>
    trainPolicy(requestFor(engine, steerer, training, { settings: { epochs: 60, ...settings } }));
  const steering = (result: TrainingResult, a: number, b: number): number =>
    at(at(answersOf(engine, result.network, samplesOf([[a, b]], [[0]])), 0), 0);

  it("learns the exclusive or", async () => {
    const { network, validationLoss } = await choose();
    const unseen = randomSamples(200, 3, exclusiveOr);
    const right = answersOf(engine, network, unseen).filter((output, row) => Number(at(output, 1) > at(output, 0)) === unseen.targets[row]);
    expect(right.length).toBeGreaterThan(184);
    expect(at(validationLoss, validationLoss.length - 1)).toBeLessThan(at(validationLoss, 0));
  });

  it("learns a plane", async () => {
    const { network } = await steer(randomSamples(200, 1, plane));
    const unseen = randomSamples(200, 3, plane);
    const errors = answersOf(engine, network, unseen).map((output, row) => Math.abs(at(output, 0) - at(unseen.targets, row)));
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.02);
  });

  it("repeats to the bit with the same seed, and not with another", async () => {
    const settings = { epochs: 3, inputNoise: 0.05 };
    const [first, again, other] = await Promise.all([5, 5, 6].map((seed) => choose({ seed }, settings)));
    expect(again).toEqual(first);
    expect(digestOf(other?.network ?? at([], 0))).not.toBe(digestOf(first?.network ?? at([], 0)));
  });

  it("takes a request that went to another thread", async () => {
    const { engine: here, progress, ...sent } = requestFor(engine, chooser, randomSamples(60, 1, exclusiveOr), { settings: { epochs: 2 } });
    const request = { ...sent, warmStart: (await trainPolicy({ ...sent, engine: here, progress })).network };
    const direct = await trainPolicy({ ...request, engine: here, progress });
    expect(await trainPolicy({ ...structuredClone(request), engine: here, progress })).toEqual(direct);
  });

  it("stops early, and keeps the mean of the weights up to the best epoch", async () => {
    const validation = randomSamples(80, 2, (a, b) => 1 - exclusiveOr(a, b)); // the better it learns, the worse it does here
    const taken: FloatNetwork[] = [];
    const watching = watched(engine, (learner) => {
      const take = learner.network.bind(learner);
      learner.network = () => {
        const network = take();
        taken.push(network);
        return network;
      };
    });
    const settings = { epochs: 60, patience: 4 };
    const { network, epochs, bestEpoch, validationLoss } = await choose({ engine: watching, validation }, settings);
    const means = validationLoss.map((_, epoch) => runningMean(validationLoss.slice(0, epoch + 1)));
    expect(means.indexOf(Math.min(...means)) + 1).toBe(bestEpoch);
    expect(epochs).toBe(bestEpoch + 4);
    const average = new AverageNetwork();
    taken.slice(1, 1 + bestEpoch).forEach((each) => {
      average.add(each); // the first was taken before the first epoch
    });
    expect(digestOf(network)).toBe(digestOf(average.applyTo(network)));
  });

  it("goes on from a policy where that left off", async () => {
    const first = await choose({ validation: noSamples });
    const second = await choose({ warmStart: first.network, validation: noSamples }, { epochs: 1, learningRate: 1e-9 });
    const unseen = randomSamples(20, 3, exclusiveOr);
    const [before, after] = [first, second].map((result) => answersOf(engine, result.network, unseen));
    before?.forEach((output, row) => {
      expect(after?.[row]?.[0]).toBeCloseTo(at(output, 0), 4);
    });
    const robot = robotOf({ action: sides, architecture: { ...mlp([9]), activation: "tanh" } });
    await expect(choose({ robot, warmStart: first.network })).rejects.toMatchObject({ diagnostics: [{ code: "train-warm-start-shape" }] });
  });

  it("counts a row of weight 5 as five rows", async () => {
    const corner = (count: number, target: number): [number[][], number[][]] => [
      Array.from({ length: count }, () => [0.5, 0.5]),
      Array.from({ length: count }, () => [target]),
    ];
    const [one, many] = [corner(20, 0.1), corner(100, 0.2)];
    const repeated = samplesOf([...one[0], ...many[0]], [...one[1], ...many[1]]);
    const few = corner(20, 0.2);
    const listed = samplesOf([...one[0], ...few[0]], [...one[1], ...few[1]]);
    const weighted = { ...listed, weights: listed.weights.map((_, row) => (row < 20 ? 1 : 5)) };
    const [asFive, asOne, written] = await Promise.all([weighted, listed, repeated].map((samples) => steer(samples)));
    const answer = (result: TrainingResult | undefined): number => steering(result ?? at([], 0), 0.5, 0.5);
    expect(answer(asOne)).toBeCloseTo(0.15, 2);
    expect(answer(asFive)).toBeCloseTo(0.2 - 0.1 / 6, 2);
    expect(answer(written)).toBeCloseTo(0.2 - 0.1 / 6, 2);
  });

  it("does not look at targets of weight 0", async () => {
    const samples = randomSamples(60, 1, plane);
    const unsaid = (target: number): Samples => ({
      ...samples,
      targets: samples.targets.map((value, row) => (row % 3 === 0 ? target : value)),
      weights: samples.weights.map((_, row) => (row % 3 === 0 ? 0 : 1)),
    });
    const [blank, wild] = await Promise.all([NaN, 1].map((target) => steer(unsaid(target), { epochs: 5 })));
    expect(wild).toEqual(blank);
  });

  it("trains all epochs and warns when nothing is held out", async () => {
    const result = await choose({ validation: noSamples }, { epochs: 3, patience: 1 });
    expect(result).toMatchObject({ epochs: 3, bestEpoch: 3, validationLoss: [] });
    expect(result.warnings.map((each) => each.code)).toEqual(["train-no-validation"]);
  });

  it("says so when there is nothing to learn from, the engine can't, or learning breaks down", async () => {
    const codeOf = async (promise: Promise<unknown>): Promise<string | undefined> => {
      const error: unknown = await promise.catch((reason: unknown) => reason);
      return error instanceof DiagnosticError ? error.diagnostics[0]?.code : undefined;
    };
    expect(await codeOf(choose({ training: noSamples }))).toBe("train-no-rows");
    const samples = randomSamples(20, 1, plane);
    expect(await codeOf(steer({ ...samples, weights: samples.weights.map(() => 0) }))).toBe("train-no-rows");
    expect(await codeOf(choose({ engine: { ...engine, lacks: () => "a thing" } }))).toBe("train-engine-lacks");
    expect(await codeOf(steer(randomSamples(64, 1, (a) => (a > 0.9 ? NaN : 0))))).toBe("train-diverged");
  });

  it("passes less often over very many rows, unless it is told how often", () => {
    expect(epochsFor(100, 150)).toBe(100);
    expect(epochsFor(100, 500)).toBe(40);
    expect(epochsFor(100, 1_000_000)).toBe(10);
    expect(epochsFor(5, 1_000_000)).toBe(5);
  });

  it("keeps a constant rate where it is asked to", async () => {
    const rates: number[] = [];
    const watching = watched(engine, (learner) => {
      const step = learner.step.bind(learner);
      learner.step = (batch, rate) => {
        rates.push(rate);
        return step(batch, rate);
      };
    });
    await choose({ engine: watching }, { epochs: 2, schedule: "constant", learningRate: 0.01 });
    expect(new Set(rates)).toEqual(new Set([0.01]));
    rates.length = 0;
    await choose({ engine: watching }, { epochs: 2, schedule: "cosine", learningRate: 0.01 });
    expect(at(rates, rates.length - 1)).toBeLessThan(0.0005);
    expect(Math.max(...rates)).toBeCloseTo(0.01, 4);
  });

  it("reports every epoch, and always finishes", async () => {
    const calls: string[] = [];
    const progress = {
      start: (label: string, total: number) => void calls.push(`start ${label} ${total}`),
      update: (done: number, detail?: string) => void calls.push(`${done} ${detail?.replace(/[0-9.]+/g, "N")}`),
      finish: () => void calls.push("finish"),
    };
    await choose({ progress }, { epochs: 2 });
    expect(calls).toEqual([`start training mlp 8 on ${engine.id} 2`, "1 loss N, held out N", "2 loss N, held out N", "finish"]);
  });
});
