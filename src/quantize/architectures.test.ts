// Every architecture, head and ensemble that robot.ts can ask for, untrained, through quantization: int8 says what the float network says.

import { describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { ACTION_OUTPUT, INPUT_QUANTIZATION } from "../artifacts/encoding.ts";
import { elementCount, type Graph } from "../artifacts/graph.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import type { Architecture, EnsembleSpec, HeadSpec } from "../artifacts/robot-spec.ts";
import { trainingEngineBytes } from "../host/training-engine.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { checkGraph } from "../tflite/check-graph.ts";
import { buildNetwork, deployedNetwork } from "../train/architectures/build.ts";
import { wasmEngine } from "../train/engines/wasm/engine.ts";
import { huber } from "../train/loss.ts";
import { numberField, robotOf, sides, steering, type RobotOptions } from "../train/testing.ts";
import { activationRanges } from "./activation-ranges.ts";
import { createInt8Values } from "./int8-values.ts";
import { layerErrors } from "./layer-errors.ts";
import { planQuantization, STATE_QUANTIZATION, type FixedQuantization, type QuantizationPlan } from "./plan-quantization.ts";
import { quantizeNetwork } from "./quantize-network.ts";

const engine = wasmEngine(await trainingEngineBytes());
const lower = (graph: Graph): IntegerProgram => valueOf(lowerGraph(graph));

const convolutions = [
  { filters: 8, ticks: 3, stride: 1 },
  { filters: 8, ticks: 3, stride: 2 },
];
const architectures: readonly Architecture[] = [
  { kind: "mlp", hidden: [16, 12], history: 1, activation: "relu" },
  { kind: "mlp", hidden: [16, 12], history: 5, activation: "tanh" },
  { kind: "temporal", window: 9, convolutions, hidden: [12], activation: "relu" },
  { kind: "vision", image: ["camera"], height: 16, width: 12, filters: [4, 8], hidden: [12], activation: "relu" },
  { kind: "gru", units: 12, hidden: [8], activation: "relu" },
];
const heads: readonly HeadSpec[] = [{ kind: "plain" }, { kind: "gaussian" }, { kind: "mixture", bins: 3 }];
const ensembles: readonly EnsembleSpec[] = [
  { members: 1, trunk: "none" },
  { members: 3, trunk: "none" },
  { members: 3, trunk: "shared" },
];
const observation = [numberField("speed"), numberField("camera", { length: 192 }), numberField("turn")];

/** Slow waves, always the same, with noise, as a robot senses them. */
function sequence(network: FloatNetwork, noise: Random, ticks: number): Float32Array[] {
  const random = new Random(4);
  const length = elementCount(at(network.tensors, at(network.inputs, 0)).shape);
  const waves = Array.from({ length }, () => ({ period: random.uniform(5, 50), phase: random.uniform(0, 6) }));
  return Array.from({ length: ticks }, (_, tick) =>
    Float32Array.from(waves, ({ period, phase }) => 0.8 * Math.sin(tick / period + phase) + noise.uniform(-0.2, 0.2)),
  );
}

function planFor(network: FloatNetwork, output: FixedQuantization | null, ticks: number): QuantizationPlan {
  const ranges = activationRanges(network, [sequence(network, new Random(5), ticks)]);
  return planQuantization(network, ranges, { input: INPUT_QUANTIZATION, output, granularity: "per-channel" });
}

describe.each(architectures)("$kind, $activation", (architecture) => {
  const fields = architecture.kind === "vision" && { observation };
  const built = (options: RobotOptions): FloatNetwork => {
    const robot = robotOf({ architecture, ...fields, ...options });
    return deployedNetwork(robot, buildNetwork(robot, new Random(3)));
  };

  test.each(heads.flatMap((head) => ensembles.flatMap((ensemble) => [sides, steering].map((action) => ({ head, ensemble, action })))))(
    "$head.kind head, $ensemble.members of trunk $ensemble.trunk, $action.kind: a graph that boards run",
    ({ action, ...rest }) => {
      const network = built({ ...rest, action });
      const graph = quantizeNetwork(network, planFor(network, action.kind === "continuous" ? ACTION_OUTPUT : null, 10));
      expect(checkGraph(graph)).toEqual([]);
      const program = lower(graph);
      expect(program.inputs).toHaveLength(network.inputs.length);
      if (action.kind === "continuous") expect(fixedOf(graph, at(graph.outputs, 0))).toEqual(ACTION_OUTPUT);
      for (const id of [...graph.inputs.slice(1), ...graph.outputs.slice(1)]) expect(fixedOf(graph, id)).toEqual(STATE_QUANTIZATION);
    },
  );

  test("int8 says what the float network says, for 200 ticks on end", () => {
    const network = built({ action: sides });
    const plan = planFor(network, null, 400);
    const errors = layerErrors(network, quantizeNetwork(network, plan), [sequence(network, new Random(6), 200)], lower);
    for (const id of network.outputs) {
      const [said] = errors.filter(({ tensor }) => tensor === id);
      expect(said?.signalToNoiseDb).toBeGreaterThan(24);
    }
  });

  test.each(["per-channel", "per-tensor"] as const)("training that imitates a plan, weights %s, computes what int8 will", (granularity) => {
    const network = built({ action: sides });
    const rows = sequence(network, new Random(5), 200);
    const ranges = activationRanges(
      network,
      rows.map((row) => [row]),
    );
    const plan = planQuantization(network, ranges, { input: INPUT_QUANTIZATION, output: null, granularity });
    const learner = engine.begin(network, { loss: huber(2), steps: 1, members: 1 }, { weightDecay: 0 });
    const outputs = (): Float32Array => learner.outputs(Float32Array.from(rows.flatMap((row) => [...row])), rows.length);
    const float = outputs();
    learner.fakeQuantize(plan);
    const imitated = outputs();
    const graph = quantizeNetwork(network, plan);
    const int8 = createInt8Values(graph, lower);
    const found = rows.flatMap((row) => {
      int8.reset();
      int8.infer(row);
      return [...int8.value(at(graph.outputs, 0))];
    });
    const errorInSteps = (values: Float32Array): number =>
      values.reduce((sum, value, index) => sum + Math.abs(value - at(found, index)), 0) /
      values.length /
      at(at(graph.tensors, at(graph.outputs, 0)).quantization.scales, 0);
    // What is left are the law's second rounding, and biases, which are imitated by no step.
    expect(errorInSteps(imitated)).toBeLessThan(0.2);
    expect(errorInSteps(float)).toBeGreaterThan(0.5);
  });
});

function fixedOf(graph: Graph, id: number): FixedQuantization {
  const { scales, zeroPoint } = at(graph.tensors, id).quantization;
  return { scale: at(scales, 0), zeroPoint };
}
