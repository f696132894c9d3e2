// From episodes to a bundle: what is learnt, when int8 is learnt for, who trains side by side, and what cannot be done.

import { beforeAll, describe, expect, test } from "vitest";
import { EpisodeBuilder, type Actor, type Episode } from "../artifacts/episode.ts";
import { parameterIds, parameterOf, withParameters, type FloatNetwork } from "../artifacts/network.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { fitsForm, policyForm } from "../artifacts/policy-form.ts";
import { schemaHash, type RobotSpec } from "../artifacts/robot-spec.ts";
import { at } from "../core/assert.ts";
import { valueOf, type Diagnostic } from "../core/diagnostic.ts";
import { silentProgress } from "../core/io.ts";
import { Random } from "../core/random.ts";
import { trainingEngineBytes } from "../host/training-engine.ts";
import { readRevisions } from "../spec/revisions.ts";
import type { TrainingEngine } from "../train/engine.ts";
import { loadEngine } from "../train/engines/load.ts";
import { mlp, robotOf, sides } from "../train/testing.ts";
import { floatPolicy } from "./policy.ts";
import { scorePolicy } from "./score.ts";
import { canGoOnFrom, holdOut, trainBundle, type TrainingRequest } from "./train-policy.ts";
import { localTrainer, type Trainer, type TrainingTask } from "./trainer.ts";
import { analyseTraining } from "./training-analysis.ts";

let engine: TrainingEngine;
beforeAll(async () => {
  engine = await loadEngine("wasm", trainingEngineBytes);
});

const steerer = robotOf({ architecture: mlp([8, 8]) });
const chooser = robotOf({ architecture: mlp([8]), action: sides });
const trio = robotOf({ architecture: mlp([6]), ensemble: { members: 3, trunk: "none" } });

const product = (a: number, b: number): number => 0.8 * a * b;

/** @param label of what was sensed; null: nobody said. */
function drive(source: string, label: (a: number, b: number) => number | null, ticks = 60, actor: Actor = "expert"): Episode {
  const random = new Random(source.length + ticks);
  const builder = new EpisodeBuilder(source);
  for (let tick = 0; tick < ticks; tick++) {
    const [a, b] = [random.uniform(-1, 1), random.uniform(-1, 1)];
    const said = label(a, b);
    builder.add(tick / 10, [a, b], [said ?? 0], said === null ? null : [said], actor);
  }
  return builder.build();
}

const demonstrations = Array.from({ length: 6 }, (_, episode) => drive("d".repeat(episode + 1), product, 90));
const choices = Array.from({ length: 6 }, (_, episode) => drive("c".repeat(episode + 1), (a, b) => (a > b ? 1 : 0), 90));

function requestFor(spec: RobotSpec, episodes: readonly Episode[], changes: Partial<TrainingRequest> = {}): TrainingRequest {
  const version = { hash: schemaHash(spec), revision: 1 };
  return {
    robot: { spec, version, history: valueOf(readRevisions(undefined)) },
    episodes,
    recordings: {},
    seed: 2,
    settings: {},
    correctionWeight: 1,
    weightScales: "per-channel",
    quantizationAware: "auto",
    trainer: localTrainer(engine),
    toolVersion: "1.2.3",
    progress: silentProgress,
    warn: () => undefined,
    ...changes,
  };
}

const train = (spec: RobotSpec, episodes: readonly Episode[], changes: Partial<TrainingRequest> = {}): Promise<PolicyBundle> =>
  trainBundle(requestFor(spec, episodes, changes));

/** Writes down what it is asked to train. */
function watched(tasks: TrainingTask[]): Trainer {
  const trainer = localTrainer(engine);
  return {
    ...trainer,
    train: (task, progress) => {
      tasks.push(task);
      return trainer.train(task, progress);
    },
  };
}

const networkOf = ({ network }: PolicyBundle): FloatNetwork => network ?? { tensors: [], operators: [], inputs: [], outputs: [] };

describe("int8", () => {
  test("is not trained for where it costs next to nothing, unless somebody wants it always", async () => {
    const metrics = await Promise.all(
      (["auto", "always", "never"] as const).map(
        async (quantizationAware) => (await train(chooser, choices, { quantizationAware })).metrics,
      ),
    );
    const [auto, always, never] = metrics;
    expect(auto?.quantizationAware).toBeNull();
    expect(auto).toEqual(never);
    expect(always?.quantizationAware).toBe(always?.int8);
    expect(always?.quantizationAware).toBeGreaterThan(0.9);
    expect(always).toMatchObject({ float: auto?.float, postTraining: auto?.int8, trainingLoss: auto?.trainingLoss });
  });

  test("that loses clearly is won back by epochs with int8 in mind; both are reported", async () => {
    const lopsided = loudNeuron(await train(steerer, demonstrations), 32);
    const still = { epochs: 15, learningRate: 1e-7 };
    const tasks: TrainingTask[] = [];
    const changes = { goOnFrom: lopsided, settings: still, weightScales: "per-tensor", trainer: watched(tasks) } as const;
    const never = await train(steerer, demonstrations, { ...changes, quantizationAware: "never" });
    const auto = await train(steerer, demonstrations, changes);
    const { float, int8, postTraining, quantizationAware } = auto.metrics;
    expect(float).toBe(never.metrics.float);
    expect(postTraining).toBe(never.metrics.int8);
    expect(postTraining).toBeGreaterThan(1.5 * float);
    expect(quantizationAware).toBe(int8);
    expect(int8 - float).toBeLessThan((postTraining - float) * 0.7);
    expect(auto.provenance.epochs).toBe(never.provenance.epochs + 15);
    expect(tasks.map(({ fakeQuantization }) => fakeQuantization?.weightGranularity)).toEqual([undefined, undefined, "per-tensor"]);
    expect(auto.policyHash).not.toBe(never.policyHash);
  });

  test("layers in the report are those of the bundle's own graph", async () => {
    const split = holdOut(requestFor(steerer, demonstrations));
    const layersOf = (bundle: PolicyBundle): string => JSON.stringify(analyseTraining(steerer, bundle, split, []).layers);
    const [perChannel, perTensor] = await Promise.all(
      (["per-channel", "per-tensor"] as const).map((weightScales) => train(steerer, demonstrations, { weightScales })),
    );
    expect(layersOf(perTensor as PolicyBundle)).not.toBe(layersOf(perChannel as PolicyBundle));
    expect(perTensor?.network).toEqual(perChannel?.network);
  });
});

/** The same function, by a neuron whose weights are `factor` times as large: with one scale a tensor, it leaves the others few steps of int8. */
function loudNeuron(bundle: PolicyBundle, factor: number): PolicyBundle {
  const network = networkOf(bundle);
  const scaled = new Map<number, Float32Array>();
  for (const id of parameterIds(network)) {
    const { name, shape, data } = parameterOf(network, id);
    const isOfNeuron = (index: number): boolean =>
      name === "layer2/weights" ? index % at(shape, 1) === 0 : index < (name === "layer1/bias" ? 1 : at(shape, 1));
    if (/^layer1\/|^layer2\/weights/.test(name))
      scaled.set(
        id,
        data.map((value, index) => (isOfNeuron(index) ? (name === "layer2/weights" ? value / factor : value * factor) : value)),
      );
  }
  return { ...bundle, network: withParameters(network, scaled) };
}

describe("an ensemble", () => {
  const settings = { epochs: 20 };

  test("is trained member by member, each from a seed of its own, and joined", async () => {
    const tasks: TrainingTask[] = [];
    const bundle = await train(trio, demonstrations, { settings, trainer: watched(tasks), quantizationAware: "never" });
    expect(tasks.map(({ seed, robot }) => [seed, robot.policy.ensemble.members])).toEqual([
      [2, 1],
      [3, 1],
      [4, 1],
    ]);
    expect(bundle.form).toMatchObject({ members: 3 });
    expect(fitsForm(networkOf(bundle), bundle.form, 2, trio.action)).toBe(true);
    const alone = await train({ ...trio, policy: { ...trio.policy, ensemble: { members: 1, trunk: "none" } } }, demonstrations, {
      settings,
    });
    expect(bundle.metrics.float).toBeLessThan(1.2 * alone.metrics.float);
  });

  test("goes on member by member from one that there is", async () => {
    const first = await train(trio, demonstrations, { settings, quantizationAware: "never" });
    const still = { settings: { epochs: 1, learningRate: 1e-7 }, goOnFrom: first, quantizationAware: "never" } as const;
    const second = await train(trio, demonstrations, still);
    expect(second.metrics.float).toBeCloseTo(first.metrics.float, 4);
    expect(second.provenance.wentOnFrom).toBe(first.policyHash);
  });

  test("is the same whichever member is done first", async () => {
    const plain = await train(trio, demonstrations, { settings });
    const again = await train(trio, demonstrations, { settings, trainer: lastFirst() });
    expect(again.policyHash).toBe(plain.policyHash);
    expect((await train(trio, demonstrations, { settings, seed: 9 })).policyHash).not.toBe(plain.policyHash);
  });
});

/** Begins with the last task of those asked for in one turn of the event loop. */
function lastFirst(): Trainer {
  const trainer = localTrainer(engine);
  let before: Promise<unknown> = Promise.resolve();
  const waiting: (() => Promise<unknown>)[] = [];
  return {
    engine: trainer.engine,
    train: (task, progress) =>
      new Promise((resolve, reject) => {
        waiting.push(() => trainer.train(task, progress).then(resolve, reject));
        setImmediate(() => {
          const next = waiting.pop();
          if (next !== undefined) before = before.then(next);
        });
      }),
  };
}

describe("training that goes on", () => {
  test("begins with the policy's weights", async () => {
    const settings = { epochs: 1, learningRate: 1e-7 };
    const first = await train(chooser, choices);
    const second = await train(chooser, choices, { goOnFrom: first, settings });
    const anew = await train(chooser, choices, { settings });
    expect(second.metrics.float).toBe(first.metrics.float);
    expect(anew.metrics.float).toBeLessThan(first.metrics.float);
    expect(second.provenance).toMatchObject({ wentOnFrom: first.policyHash, epochs: 1 });
    expect(anew.provenance).not.toHaveProperty("wentOnFrom");
  });

  test("wants float weights, of robot.ts's shape", async () => {
    const settings = { epochs: 1 };
    const first = await train(chooser, choices, { settings });
    const imported = { ...first, network: null };
    await expect(train(chooser, choices, { goOnFrom: imported })).rejects.toMatchObject({ diagnostics: [{ code: "train-from-int8" }] });
    const larger = requestFor(robotOf({ architecture: mlp([9]), action: sides }), choices);
    const ensemble = requestFor({ ...larger.robot.spec, policy: { ...larger.robot.spec.policy, ensemble: trio.policy.ensemble } }, choices);
    for (const request of [larger, ensemble]) {
      const shape = { diagnostics: [{ code: "train-warm-start-shape" }] };
      await expect(trainBundle({ ...request, goOnFrom: first })).rejects.toMatchObject(shape);
      expect([first, imported].map((bundle) => canGoOnFrom(request.robot, bundle))).toEqual([false, false]);
    }
    const { robot } = requestFor(chooser, choices);
    expect([first, imported].map((bundle) => canGoOnFrom(robot, bundle))).toEqual([true, false]);
  });
});

describe("episodes", () => {
  test("in which somebody corrected the policy weigh more", async () => {
    const driven = drive("driven", () => 0.4, 60, "policy");
    const takeover = drive("takeover", () => 0, 60);
    const corrected = { ...driven, actions: driven.actions.map((action) => -action) };
    const episodes = [corrected, takeover, drive("calm", () => 0)];
    const meanOf = async (correctionWeight: number): Promise<number> => {
      const bundle = await train(steerer, episodes, { correctionWeight, settings: { epochs: 20 } });
      const policy = floatPolicy(steerer, policyForm(steerer.policy), networkOf(bundle));
      return policy.action(Float32Array.of(0.1, 0.1))[0] ?? NaN;
    };
    const [once, tenfold] = await Promise.all([1, 10].map(meanOf));
    expect(tenfold).toBeGreaterThan((once ?? NaN) + 0.1);
  });

  test("without a label teach nothing, and are no judges", async () => {
    const mute = Array.from({ length: 20 }, (_, episode) => drive("m".repeat(episode + 9), () => null, 200, "policy"));
    await expect(train(steerer, mute)).rejects.toMatchObject({ diagnostics: [{ code: "nothing-labelled" }] });
    await expect(train(steerer, [])).rejects.toMatchObject({ diagnostics: [{ code: "nothing-labelled" }] });
    const warnings: Diagnostic[] = [];
    const settings = { epochs: 2 };
    const mixed = await train(steerer, [...mute, ...demonstrations], { settings, warn: (warning) => warnings.push(warning) });
    expect(mixed.policyHash).toBe((await train(steerer, demonstrations, { settings })).policyHash);
    expect(mixed.metrics.rows).toBe(90);
    expect(warnings).toEqual([]);
  });

  test("too few to hold any out are judged by themselves, with a warning", async () => {
    const warnings: string[] = [];
    const one = drive("one", product, 1);
    const bundle = await train(steerer, [one], { settings: { epochs: 2 }, warn: ({ code }) => warnings.push(code) });
    expect(bundle.metrics.rows).toBe(1);
    expect(warnings).toEqual(["train-no-validation"]);
  });

  test("held out are those that the reported scores are of", async () => {
    const request = requestFor(chooser, choices);
    const bundle = await trainBundle(request);
    const { heldOut, training } = holdOut(request);
    expect(heldOut).toHaveLength(1);
    expect([...training, ...heldOut]).toHaveLength(6);
    expect(bundle.metrics.float).toBe(scorePolicy(chooser, heldOut, floatPolicy(chooser, bundle.form, networkOf(bundle))));
    expect(bundle.provenance).toMatchObject({ samples: 540, engine: "wasm", seed: 2, schemaHash: schemaHash(chooser) });
  });
});
