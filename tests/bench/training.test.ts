// How much faster our own engine trains than tfjs's wasm backend, in one run: both learn the same network from the same batches, taking
// turns, and the middle one of several blocks of steps counts. The other side is what a user of tfjs writes: matMul, add and relu, a mean
// squared error, `tf.train.adam(...).minimize`. What is measured is this process's time on the processor, which other processes do not
// lengthen; picking up tfjs's garbage is part of it.

import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { elementCount } from "../../src/artifacts/graph.ts";
import { at } from "../../src/core/assert.ts";
import { trainingEngineBytes } from "../../src/host/training-engine.ts";
import type { Batch } from "../../src/train/engine.ts";
import { loadEngine } from "../../src/train/engines/load.ts";
import { NetworkDraft } from "../../src/train/engines/testing/network-draft.ts";
import { randomBatch } from "../../src/train/engines/testing/batches.ts";
import type { Objective } from "../../src/train/loss.ts";
import { networkInputs, networkOutputs, parameterIds, parameterOf, type FloatNetwork } from "../../src/artifacts/network.ts";

const ROWS = 64;
const LEARNING_RATE = 0.001;
/** A Huber loss that is half the squared error wherever training goes. */
const FAR = 1e6;

const ROUNDS = 15;
const STEPS = { ours: 200, theirs: 20 };

function perceptron(widths: readonly number[]): FloatNetwork {
  const draft = new NetworkDraft(1);
  const input = draft.activation([1, at(widths, 0)]);
  const hidden = widths.slice(1, -1).reduce((below, width) => draft.dense(below, width, "relu"), input);
  return draft.network([input], [draft.dense(hidden, at(widths, widths.length - 1))]);
}

/** One step of the same network in tfjs. */
function tfjsStep(network: FloatNetwork): (batch: Batch) => number {
  const variables = parameterIds(network).map((id) => {
    const { shape, data } = parameterOf(network, id);
    // Weights are inputs x outputs there; random ones need not be turned.
    return tf.variable(tf.tensor(data.slice(), shape.toReversed()));
  });
  const optimiser = tf.train.adam(LEARNING_RATE);
  const outputs = (inputs: tf.Tensor): tf.Tensor => {
    let values = inputs;
    for (let layer = 0; layer < variables.length; layer += 2) {
      values = tf.add(tf.matMul(values, at(variables, layer)), at(variables, layer + 1));
      if (layer + 2 < variables.length) values = tf.relu(values);
    }
    return values;
  };
  return ({ rows, inputs, targets }) =>
    tf.tidy(() => {
      const [x, y] = [tf.tensor2d(inputs, [rows, networkInputs(network)]), tf.tensor2d(targets, [rows, networkOutputs(network)])];
      const loss = optimiser.minimize(() => tf.mean(tf.square(tf.sub(outputs(x), y))), true);
      return at(loss?.dataSync() ?? [], 0);
    });
}

/** Microseconds of the processor that a step takes. */
function costOf(steps: number, step: () => void): number {
  const begun = process.cpuUsage();
  for (let index = 0; index < steps; index++) step();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / steps;
}

function median(values: readonly number[]): number {
  return at(
    values.toSorted((left, right) => left - right),
    Math.floor(values.length / 2),
  );
}

/** What a goal may be missed by before the test fails: other tests run beside it and take the caches. */
const MARGIN = 0.85;

test.each([
  { widths: [8, 16, 16, 2], goal: 60 },
  { widths: [24, 64, 64, 4], goal: 25 },
  { widths: [64, 128, 128, 8], goal: 10 },
])("a step of $widths takes tfjs-wasm $goal times as long, or longer", async ({ widths, goal }) => {
  const network = perceptron(widths);
  const objective: Objective = { loss: { kind: "huber", channels: networkOutputs(network), delta: FAR }, steps: 1, members: 1 };
  await loadEngine("tfjs-wasm", trainingEngineBytes);
  const ours = (await loadEngine("wasm", trainingEngineBytes)).begin(network, objective, { weightDecay: 0 });
  const theirs = tfjsStep(network);
  const batches = Array.from({ length: 8 }, (_, seed) => ({
    ...randomBatch(network, objective, ROWS, seed),
    weights: new Float32Array(ROWS).fill(1),
  }));
  const losses = { ours: 0, theirs: 0 };
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const batch = at(batches, round % batches.length);
    return {
      theirs: costOf(STEPS.theirs, () => (losses.theirs = theirs(batch))),
      ours: costOf(STEPS.ours, () => (losses.ours = ours.step(batch, LEARNING_RATE))),
    };
  }).slice(1); // The first warms up.
  const cost = { ours: median(rounds.map((round) => round.ours)), theirs: median(rounds.map((round) => round.theirs)) };
  const parameters = parameterIds(network).reduce((sum, id) => sum + elementCount(parameterOf(network, id).shape), 0);
  const ratio = cost.theirs / cost.ours;
  console.log(
    `${widths.join("-")} (${parameters} parameters, batch ${ROWS}): ${cost.ours.toFixed(0)} us, ` +
      `tfjs-wasm ${cost.theirs.toFixed(0)} us: ${ratio.toFixed(1)} times`,
  );
  expect(losses.ours).toBeLessThan(1);
  expect(losses.theirs).toBeLessThan(1);
  expect(ratio).toBeGreaterThanOrEqual(goal * MARGIN);
});
