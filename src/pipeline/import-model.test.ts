import * as tf from "@tensorflow/tfjs-layers";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { DiagnosticError, type Diagnostic } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { normaliseObservation } from "../artifacts/encoding.ts";
import type { Episode } from "../artifacts/episode.ts";
import type { Graph } from "../artifacts/graph.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import { fitsForm } from "../artifacts/policy-form.ts";
import { schemaHash, type RobotSpec } from "../artifacts/robot-spec.ts";
import { arm, numberField, wallFollower } from "../dataset/testing.ts";
import { predicted, savedModel, withRandomWeights } from "../models/testing/tfjs-model.ts";
import { denseNetwork, quantizedUniformly } from "../quantize/testing.ts";
import { writeFloatTflite } from "../tflite/testing/write-float.ts";
import { writeTflite } from "../tflite/write.ts";
import { bundleFromFiles, bundleToFiles } from "./bundle-files.ts";
import { importModel, type ImportedModel, type ImportRequest, type ModelSource } from "./import-model.ts";
import { floatPolicy, int8Policy, type Policy } from "./policy.ts";

const { layers } = tf;

const driver = wallFollower(4);
/** Two speeds. */
const rover: RobotSpec = {
  ...driver,
  action: { kind: "continuous", fields: [numberField(["left"], null, -2, 2), numberField(["right"], null, 0, 1)] },
};

function requestFor(
  spec: RobotSpec,
  source: ModelSource,
  more: Partial<ImportRequest> = {},
): { request: ImportRequest; warnings: Diagnostic[] } {
  const warnings: Diagnostic[] = [];
  const version = { hash: schemaHash(spec), revision: 1 };
  const robot = { spec, version, history: { robot: spec.name, revisions: [] } as unknown as ImportRequest["robot"]["history"] };
  const request: ImportRequest = {
    robot,
    source,
    scalings: { inputs: null, outputs: null },
    episodes: [],
    recordings: {},
    seed: 3,
    weightScales: "per-channel",
    toolVersion: "1.2.3",
    warn: (warning) => warnings.push(warning),
    ...more,
  };
  return { request, warnings };
}

async function sourceOf(model: tf.LayersModel): Promise<ModelSource> {
  const { text, shards } = await savedModel(withRandomWeights(model, 4));
  return { name: "some/where/model.json", bytes: new TextEncoder().encode(text), shards };
}

const dense = (inputs: number, outputs: number, activation: "softmax" | "tanh" | "linear"): tf.LayersModel =>
  tf.sequential({
    layers: [layers.dense({ units: 12, inputShape: [inputs], activation: "relu" }), layers.dense({ units: outputs, activation })],
  });

function observationsOf(count: number, width: number, maximum: number): Float32Array[] {
  const random = new Random(8);
  return Array.from({ length: count }, () => Float32Array.from({ length: width }, () => random.uniform(0, maximum)));
}

/** An episode whose labels are what `labelOf` says. */
function episodeOf(observations: readonly Float32Array[], labelOf: (observation: Float32Array) => ArrayLike<number>): Episode {
  const labels = Float32Array.from(observations.flatMap((each) => Array.from(labelOf(each))));
  return {
    source: "test",
    seconds: Float64Array.from(observations, (_, tick) => tick / 9),
    observations: Float32Array.from(observations.flatMap((each) => [...each])),
    actions: labels,
    labels,
    actors: new Uint8Array(observations.length).fill(2),
  };
}

function actions(policy: Policy, observations: readonly Float32Array[]): readonly (readonly number[])[] {
  return observations.map((each) => {
    policy.reset();
    return [...policy.action(each)];
  });
}

const networkOf = ({ bundle }: ImportedModel): FloatNetwork => bundle.network as FloatNetwork;

describe("a float model", () => {
  test("becomes a bundle that acts as the model does, and survives being saved", async () => {
    const model = dense(4, 4, "softmax");
    const observations = observationsOf(60, 4, 5.1);
    const labelOf = (observation: Float32Array): number[] => {
      const said = at(predicted(model, [observation]), 0);
      return [said.indexOf(Math.max(...said))];
    };
    const source = await sourceOf(model);
    const { request, warnings } = requestFor(driver, source, { episodes: [episodeOf(observations, labelOf)] });
    const imported = importModel(request);
    expect(warnings).toEqual([]);
    expect(imported).toMatchObject({ arithmetic: "float", inputs: "physical", outputs: null, parameters: 4 * 12 + 12 + 12 * 4 + 4 });
    const { bundle } = imported;
    expect(bundle.metrics).toMatchObject({ kind: "agreement", float: 1, rows: 60 });
    expect(bundle.metrics.int8).toBeGreaterThan(0.9);
    expect(bundle.provenance).toMatchObject({ engine: "import", importedFrom: { file: "model.json", inputs: "physical", outputs: null } });
    expect(fitsForm(networkOf(imported), bundle.form, 4, driver.action)).toBe(true);
    const files = new Map(
      Array.from(bundleToFiles(bundle), ([path, content]) => [
        path,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      ]),
    );
    expect(bundleFromFiles(files, "policies/001")).toEqual(bundle);
    expect(importModel(request).bundle.policyHash).toBe(bundle.policyHash);
  });

  test("says speeds in the robot's units", async () => {
    const model = dense(4, 2, "linear");
    const observations = observationsOf(20, 4, 5.1);
    const imported = importModel(requestFor(rover, await sourceOf(model)).request);
    expect(imported.outputs).toBe("physical");
    actions(floatPolicy(rover, imported.bundle.form, networkOf(imported)), observations).forEach(([left = 0, right = 0], index) => {
      const said = at(predicted(model, [at(observations, index)]), 0);
      expect(left).toBeCloseTo(Math.min(2, Math.max(-2, at(said, 0))), 4);
      expect(right).toBeCloseTo(Math.min(1, Math.max(0, at(said, 1))), 4);
    });
  });

  test("without recordings is calibrated with random observations, which a warning says; choices are one of their labels", async () => {
    const { request, warnings } = requestFor(arm, await sourceOf(dense(8, 3, "tanh")));
    const { bundle, outputs } = importModel(request);
    expect(warnings.map(({ code }) => code)).toEqual(["import-uncalibrated"]);
    expect(outputs).toBe("centred");
    expect(bundle.metrics).toMatchObject({ kind: "error", rows: 0, float: 0, int8: 0 });
    expect(bundle.vectors.inputs).toHaveLength(32 * 8);
  });

  test("over a window keeps the newest observations", async () => {
    const input = tf.input({ shape: [5, 4] });
    const parts = [layers.conv1d({ filters: 6, kernelSize: 3, activation: "relu" }), layers.flatten(), layers.dense({ units: 4 })];
    const output = parts.reduce((tensor, layer) => layer.apply(tensor) as SymbolicTensor, input);
    const model = tf.model({ inputs: input, outputs: output });
    const imported = importModel(requestFor(driver, await sourceOf(model), { scalings: { inputs: "centred", outputs: null } }).request);
    const { form, graph } = imported.bundle;
    expect(form.memory).toEqual({ kind: "window", ticks: 5 });
    const observations = observationsOf(30, 4, 5.1);
    const [float, int8] = [floatPolicy(driver, form, networkOf(imported)), int8Policy(driver, form, graph)];
    let agreeing = 0;
    observations.forEach((observation, tick) => {
      const [label] = float.action(observation);
      if (int8.action(observation)[0] === label) agreeing += 1;
      if (tick < 4) return;
      const window = new Float32Array(20);
      observations.slice(tick - 4, tick + 1).forEach((each, index) => {
        normaliseObservation(driver, each, window, 4 * index);
      });
      // Of v = q * 2 / 255 to -1..1 from end to end.
      const said = at(predicted(model, [window.map((v) => v + 1 / 255)]), 0);
      expect(label).toBe(said.indexOf(Math.max(...said)));
    });
    expect(agreeing).toBeGreaterThan(24);
  });

  test("as .tflite is the same as it was", () => {
    const network = denseNetwork([4, 8, 4], "relu", new Random(2));
    const source = { name: "float.tflite", bytes: writeFloatTflite(network), shards: new Map<string, Uint8Array>() };
    const imported = importModel(requestFor(driver, source, { scalings: { inputs: "unit", outputs: null } }).request);
    expect(imported.arithmetic).toBe("float");
    expect(networkOf(imported).operators).toHaveLength(2);
  });
});

describe("an int8 model", () => {
  const trained = (outputs: number, range: { scale: number; zeroPoint: number }): Graph => {
    const graph = quantizedUniformly(denseNetwork([4, 12, outputs], "relu", new Random(6)));
    const [input] = graph.inputs;
    // Its input in other steps, its inner layers as they are: another model, but a valid one.
    const tensors = graph.tensors.map((tensor, id) =>
      id === input ? { ...tensor, quantization: { scales: [range.scale], zeroPoint: range.zeroPoint, axis: 0 } } : tensor,
    );
    return {
      ...graph,
      tensors: tensors.map((tensor) =>
        tensor.kind === "constant" && tensor.data instanceof Int32Array
          ? { ...tensor, quantization: { scales: [], zeroPoint: 0, axis: 0 } }
          : tensor,
      ),
    };
  };
  const sourceFor = (graph: Graph): ModelSource => ({
    name: "int8.tflite",
    bytes: writeTflite(graph, { description: "" }),
    shards: new Map(),
  });

  test("of our own comes back as it went", () => {
    const graph = quantizedUniformly(denseNetwork([4, 12, 4], "relu", new Random(6)));
    const imported = importModel(requestFor(driver, sourceFor(graph)).request);
    expect(imported).toMatchObject({ arithmetic: "int8", inputs: "centred", bundle: { network: null } });
    expect(imported.bundle.graph.operators.map(({ kind }) => kind)).toEqual(graph.operators.map(({ kind }) => kind));
  });

  test("whose input was calibrated for the clip range gets the board's bytes as they are", () => {
    const imported = importModel(requestFor(driver, sourceFor(trained(4, { scale: Math.fround(5.1 / 255), zeroPoint: -128 }))).request);
    expect(imported.inputs).toBe("physical");
    expect(imported.bundle.graph.operators.map(({ kind }) => kind)).toEqual(["reshape", "fully-connected", "fully-connected"]);
  });

  test("whose input has other steps is rescaled first", () => {
    const imported = importModel(requestFor(driver, sourceFor(trained(4, { scale: Math.fround(1 / 250), zeroPoint: -120 }))).request);
    expect(imported.inputs).toBe("unit");
    expect(imported.bundle.graph.operators.map(({ kind }) => kind)).toEqual(["reshape", "quantize", "fully-connected", "fully-connected"]);
  });

  test("says speeds in the steps of the robot's actions, each channel on its own scale", () => {
    const graph = trained(2, { scale: Math.fround(5.1 / 255), zeroPoint: -128 });
    const { request, warnings } = requestFor(rover, sourceFor(graph), { scalings: { inputs: "physical", outputs: "physical" } });
    const { bundle } = importModel(request);
    const output = at(bundle.graph.tensors, at(bundle.graph.outputs, 0));
    expect(output).toMatchObject({ shape: [1, 2], quantization: { scales: [Math.fround(1 / 127)], zeroPoint: 0 } });
    expect(bundle.graph.operators.at(-1)?.kind).toBe("concatenation");
    expect(warnings.every(({ code }) => code === "model-scaling")).toBe(true);
    // What the model itself says, in its own steps.
    const own = at(graph.tensors, at(graph.outputs, 0)).quantization;
    const plain = int8Policy(driver, bundle.form, { ...graph, tensors: graph.tensors });
    const policy = int8Policy(rover, bundle.form, bundle.graph);
    for (const observation of observationsOf(20, 4, 5.1)) {
      const raw = plain.output(observation);
      const [left = 0, right = 0] = policy.action(observation);
      const meant = [...raw].map((q) => at(own.scales, 0) * (q - own.zeroPoint));
      expect(Math.abs(left - Math.min(2, Math.max(-2, at(meant, 0))))).toBeLessThan(at(own.scales, 0) + 2 / 127);
      expect(Math.abs(right - Math.min(1, Math.max(0, at(meant, 1))))).toBeLessThan(at(own.scales, 0) + 0.5 / 127);
    }
  });

  test("of a range far from zero is refused with the reason", () => {
    const far: RobotSpec = { ...driver, observation: [numberField(["height"], 4, 20, 25)] };
    const { request } = requestFor(far, sourceFor(trained(4, { scale: Math.fround(5 / 255), zeroPoint: -128 })), {
      scalings: { inputs: "physical", outputs: null },
    });
    expect(() => importModel(request)).toThrow(/begins at 1148 steps from zero/);
  });
});

test("a model that is none is refused where it stands", () => {
  const source: ModelSource = { name: "broken/model.json", bytes: new TextEncoder().encode("{"), shards: new Map() };
  const refusal = (): ImportedModel => importModel(requestFor(driver, source).request);
  expect(refusal).toThrow(DiagnosticError);
  expect(refusal).toThrow("it is no JSON");
});
