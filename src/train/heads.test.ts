// What the heads are for: noisy demonstrations, demonstrations that disagree, and knowing what one does not know.

import { beforeAll, describe, expect, it } from "vitest";
import { decodeFloatAction } from "../artifacts/encoding.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import { policyForm } from "../artifacts/policy-form.ts";
import type { ActionSpec, EnsembleSpec, HeadSpec, RobotSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { at } from "../core/assert.ts";
import { Random } from "../core/random.ts";
import { trainingEngineBytes } from "../host/training-engine.ts";
import type { NetworkInTraining, TrainingEngine } from "./engine.ts";
import { loadEngine } from "./engines/load.ts";
import { trainPolicy } from "./fit.ts";
import { LOG_VARIANCE_LIMITS } from "./loss.ts";
import { objectiveFor } from "./objective.ts";
import { DEFAULT_TRAINING_SETTINGS, type TrainingSettings } from "./settings.ts";
import { answersOf, mlp, numberField, requestFor, robotOf, samplesOf, sides } from "./testing.ts";

const ROWS = 400;

describe("heads", () => {
  let engine: TrainingEngine;
  beforeAll(async () => {
    engine = await loadEngine("wasm", trainingEngineBytes);
  });
  const train = async (robot: RobotSpec, samples: Samples, settings: Partial<TrainingSettings> = {}): Promise<FloatNetwork> =>
    (await trainPolicy(requestFor(engine, robot, samples, { settings: { epochs: 60, ...settings } }))).network;

  /** An obstacle ahead, nearer or farther: it is passed once on one side, once on the other. */
  const wayRound = (random: Random): Samples => {
    const distances = Array.from({ length: ROWS / 2 }, () => random.uniform(-1, 1)).flatMap((distance) => [distance, distance]);
    return samplesOf(
      distances.map((distance) => [distance]),
      distances.map((distance, row) => [(row % 2 === 0 ? -1 : 1) * (0.6 - 0.2 * distance)]),
    );
  };
  const passer = (head: HeadSpec, members = 1): RobotSpec =>
    robotOf({ observation: [numberField("distance")], architecture: mlp([16]), head, ensemble: { members, trunk: "shared" } });
  const places = [-0.9, -0.4, 0, 0.3, 0.8];

  it("plain averages two ways round an obstacle into the obstacle", async () => {
    const network = await train(passer({ kind: "plain" }), wayRound(new Random(1)));
    for (const distance of places) {
      const [output] = answersOf(engine, network, samplesOf([[distance]], [[0]]));
      expect(Math.abs(at(output ?? [], 0))).toBeLessThan((0.6 - 0.2 * distance) / 2);
    }
  });

  it.each([1, 3])("mixture takes one of the two ways, with %i members", async (members) => {
    const robot = passer({ kind: "mixture", bins: 2 }, members);
    const network = await train(robot, wayRound(new Random(1)));
    for (const distance of places) {
      const [output] = answersOf(engine, network, samplesOf([[distance]], [[0]]));
      const [action] = decodeFloatAction(robot.action, policyForm(robot.policy), output ?? []);
      expect(Math.abs(Math.abs(action ?? 0) - (0.6 - 0.2 * distance))).toBeLessThan(0.08);
    }
  });

  it("mixture goes on with the bins that a policy has", async () => {
    const robot = passer({ kind: "mixture", bins: 2 });
    const network = await train(robot, wayRound(new Random(1)));
    const more = wayRound(new Random(7));
    const request = requestFor(engine, robot, more, { warmStart: network, settings: { epochs: 1, learningRate: 1e-9 } });
    const { trainingLoss } = await trainPolicy(request);
    const [first] = (await trainPolicy({ ...request, warmStart: null })).trainingLoss;
    expect(at(trainingLoss, 0)).toBeLessThan(0.75); // ln 2 for the side, and next to nothing for the rest
    expect(first).toBeGreaterThan(at(trainingLoss, 0));
  });

  it("gaussian recovers how noisy demonstrations are, and its means are deployed", async () => {
    const random = new Random(3);
    const inputs = Array.from({ length: 1500 }, () => random.uniform(-1, 1));
    const samples = samplesOf(
      inputs.map((input) => [input]),
      inputs.map((input) => [0.3 * input + (input < 0 ? 0.03 : 0.15) * random.normal()]),
    );
    const robot = robotOf({ observation: [numberField("place")], architecture: mlp([16]), head: { kind: "gaussian" } });
    let learner: NetworkInTraining | undefined;
    let trained: FloatNetwork | undefined;
    const watching: TrainingEngine = {
      ...engine,
      begin: (...given) => {
        learner = engine.begin(...given);
        const take = learner.network.bind(learner);
        learner.network = () => (trained = take());
        return learner;
      },
    };
    const { network } = await trainPolicy(requestFor(watching, robot, samples, { settings: { epochs: 60 } }));
    const seen = samplesOf([[-0.5], [0.5]], [[0], [0]]);
    const deviations = answersOf(engine, trained ?? network, seen).map((output) =>
      Math.exp(Math.min(LOG_VARIANCE_LIMITS.maximum, Math.max(LOG_VARIANCE_LIMITS.minimum, at(output, 1))) / 2),
    );
    expect(deviations[0]).toBeGreaterThan(0.02);
    expect(deviations[0]).toBeLessThan(0.05);
    expect(deviations[1]).toBeGreaterThan(0.11);
    expect(deviations[1]).toBeLessThan(0.2);
    const means = answersOf(engine, network, seen);
    expect(means.map((mean) => mean.length)).toEqual([1, 1]);
    expect(at(at(means, 0), 0)).toBeCloseTo(-0.15, 1);
    expect(at(at(means, 1), 0)).toBeCloseTo(0.15, 1);
  });

  const ensembles: readonly EnsembleSpec[] = [
    { members: 4, trunk: "none" },
    { members: 4, trunk: "shared" },
  ];
  it.each(ensembles)("$members members of trunk $trunk agree near the data and disagree far from it", async (ensemble) => {
    const random = new Random(5);
    const inputs = Array.from({ length: ROWS }, (): [number, number] => [random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4)]);
    const samples = samplesOf(
      inputs,
      inputs.map(([a, b]) => [0.8 * a * b]),
    );
    const robot = robotOf({ architecture: mlp([16, 16]), ensemble });
    const network = await train(robot, samples, { epochs: 30 });
    const spread = (rows: readonly [number, number][]): number => {
      const answers = answersOf(
        engine,
        network,
        samplesOf(
          rows,
          rows.map(() => [0]),
        ),
      );
      const spreads = answers.map((output) => Math.max(...output) - Math.min(...output));
      return spreads.reduce((sum, each) => sum + each, 0) / rows.length;
    };
    const far = inputs.map(([a, b]): [number, number] => [Math.sign(a) * (0.6 + Math.abs(a)), Math.sign(b) * (0.6 + Math.abs(b))]);
    expect(spread(far)).toBeGreaterThan(3 * spread(inputs));
  });

  it("mirrored data teach the side that nobody showed", async () => {
    const negate = { mirror: { kind: "negate" } } as const;
    const robot = robotOf({
      observation: [numberField("offset", negate)],
      action: { kind: "continuous", fields: [numberField("turn", negate)] },
      architecture: mlp([16]),
    });
    const random = new Random(2);
    const offsets = Array.from({ length: 200 }, () => random.uniform(0, 1));
    const samples = samplesOf(
      offsets.map((offset) => [offset]),
      offsets.map((offset) => [offset > 0.5 ? -0.6 : 0]),
    );
    const answer = async (mirror: boolean, offset: number): Promise<number> =>
      at(at(answersOf(engine, await train(robot, samples, { mirror }), samplesOf([[offset]], [[0]])), 0), 0);
    expect(Math.abs((await answer(true, -0.8)) - 0.6)).toBeLessThan(0.15);
    expect(Math.abs((await answer(false, -0.8)) - 0.6)).toBeGreaterThan(0.3);
  });

  it("balanced labels: the rare one is heard", async () => {
    const robot = robotOf({ observation: [numberField("place")], action: sides, architecture: mlp([8]) });
    const random = new Random(4);
    const inputs = Array.from({ length: 600 }, () => random.uniform(-1, 1));
    const samples = samplesOf(
      inputs.map((input) => [input]),
      inputs.map((input) => [input > 0.5 && random.next() < 0.3 ? 1 : 0]), // "right" is never the likelier one
    );
    const says = async (balanceLabels: boolean): Promise<boolean> => {
      const [output] = answersOf(engine, await train(robot, samples, { balanceLabels }), samplesOf([[0.8]], [[0]]));
      return at(output ?? [], 1) > at(output ?? [], 0);
    };
    expect([await says(false), await says(true)]).toEqual([false, true]);
  });
});

describe("objectiveFor", () => {
  it("weighs labels by their rows and their mirror images", () => {
    const observation = [numberField("offset", { mirror: { kind: "negate" } })];
    const action: ActionSpec = { kind: "discrete", labels: ["left", "right"], neutral: null, mirror: [["left", "right"]] };
    const robot = robotOf({ observation, action });
    const samples = samplesOf([[0], [0], [0], [0]], [[0], [0], [0], [1]]);
    const settings = { ...DEFAULT_TRAINING_SETTINGS, balanceLabels: true };
    expect(objectiveFor(robot, samples, { ...settings, mirror: false }).loss).toMatchObject({ labelWeights: Float32Array.of(2 / 3, 2) });
    expect(objectiveFor(robot, samples, settings).loss).toMatchObject({ labelWeights: Float32Array.of(1, 1) });
  });

  it("has a step for each tick of a sequence, and a loss for each member", () => {
    const architecture = { kind: "gru", units: 4, hidden: [], activation: "relu" } as const;
    const robot = robotOf({ architecture, ensemble: { members: 2, trunk: "none" } });
    const samples = samplesOf([[0]], [[0]]);
    expect(objectiveFor(robot, samples, { ...DEFAULT_TRAINING_SETTINGS, sequenceTicks: 12 })).toMatchObject({ steps: 12, members: 2 });
  });
});
