import { describe, expect, it } from "vitest";
import type { Quantization } from "../artifacts/graph.ts";
import { parameterIds, parameterOf, withParameters, type FloatNetwork } from "../artifacts/network.ts";
import type { Architecture } from "../artifacts/robot-spec.ts";
import { Random } from "../core/random.ts";
import { deployedTemplate } from "./architectures/build.ts";
import type { FakeQuantization } from "./engine.ts";
import { learningTask } from "./learning-task.ts";
import { mlp, robotOf } from "./testing.ts";

/** A quantization that tells its tensor: the zero point is its id. */
function marked(network: FloatNetwork): FakeQuantization {
  const activations = network.tensors.map((_, id): Quantization => ({ scales: [1], zeroPoint: id, axis: 0 }));
  return { activations, weightGranularity: "per-channel" };
}

const gru: Architecture = { kind: "gru", units: 3, hidden: [4], activation: "relu" };

describe("learningTask", () => {
  it("gives each tick's tensors the quantization of the deployed tensor that they are", () => {
    const robot = robotOf({ architecture: gru });
    const deployed = deployedTemplate(robot);
    const task = learningTask(robot, 3, null, new Random(1));
    const { activations, weightGranularity } = task.fakeQuantization(marked(deployed), deployed);
    expect(weightGranularity).toBe("per-channel");
    expect(activations).toHaveLength(task.network.tensors.length);
    task.network.tensors.forEach(({ name }, id) => {
      const own = deployed.tensors.findIndex((tensor) => tensor.name === name.replace(/^tick[0-9]+\//, ""));
      expect(activations[id]?.zeroPoint ?? -1, name).toBe(own);
    });
  });

  it("knows nothing of quantization where the deployed network has no such tensor", () => {
    const robot = robotOf({ architecture: mlp([4]), head: { kind: "gaussian" }, ensemble: { members: 2, trunk: "none" } });
    const task = learningTask(robot, 1, null, new Random(1));
    const { activations } = task.fakeQuantization(marked(deployedTemplate(robot)), null);
    const without = task.network.tensors.filter((_, id) => activations[id] === null).map((tensor) => tensor.name);
    expect(without.sort()).toEqual(
      [1, 2]
        .flatMap((member) =>
          ["distribution", "log_variance", "log_variance/bias", "log_variance/weights"].map((name) => `member${member}/${name}`),
        )
        .concat("distributions")
        .sort(),
    );
  });

  it("deploys what was learnt through time", () => {
    const robot = robotOf({ architecture: gru });
    const task = learningTask(robot, 5, null, new Random(1));
    const ones = new Map(parameterIds(task.network).map((id) => [id, parameterOf(task.network, id).data.map(() => 1)]));
    const deployed = task.deploy(withParameters(task.network, ones));
    expect(deployed.tensors.map((tensor) => tensor.name)).toEqual(deployedTemplate(robot).tensors.map((tensor) => tensor.name));
    for (const id of parameterIds(deployed)) expect(parameterOf(deployed, id).data.every((value) => value === 1)).toBe(true);
  });
});
