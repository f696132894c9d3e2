// A request to train as what an engine takes: the network, laid out over time where it remembers, and the way back from what was learnt to
// what is deployed.

import type { Quantization, TensorId } from "../artifacts/graph.ts";
import { parameterIds, parameterOf, withParameters, type FloatNetwork } from "../artifacts/network.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { assert, at } from "../core/assert.ts";
import type { Random } from "../core/random.ts";
import { buildNetwork, deployedNetwork, deployedTemplate } from "./architectures/build.ts";
import { correspondence } from "./architectures/same-structure.ts";
import { unroll } from "./architectures/unroll.ts";
import { warmStart } from "./architectures/warm-start.ts";
import type { FakeQuantization } from "./engine.ts";

export interface LearningTask {
  /** What the engine trains. */
  readonly network: FloatNetwork;
  /** From what the engine trained to what goes to the board. */
  deploy(trained: FloatNetwork): FloatNetwork;
  /** The quantization of a deployed network's tensors as one of the trained network's. @param deployed null: one of the robot's shape. */
  fakeQuantization(quantization: FakeQuantization, deployed: FloatNetwork | null): FakeQuantization;
}

/** @param from a deployed network to go on from; null: seeded weights.
 * @throws DiagnosticError when that does not fit the robot. */
export function learningTask(robot: RobotSpec, sequenceTicks: number, from: FloatNetwork | null, random: Random): LearningTask {
  const fresh = buildNetwork(robot, random);
  const step = from === null ? fresh : warmStart(robot, fresh, from);
  const { network, origin } =
    step.inputs.length > 1 ? unroll(step, sequenceTicks) : { network: step, origin: step.tensors.map((_, id): TensorId => id) };
  return {
    network,
    deploy(trained) {
      const learnt = new Map<TensorId, Float32Array>();
      for (const id of parameterIds(trained)) learnt.set(at(origin, id) ?? -1, parameterOf(trained, id).data);
      return deployedNetwork(robot, withParameters(step, learnt));
    },
    fakeQuantization({ activations, weightGranularity }, deployed) {
      const template = deployedTemplate(robot);
      const same = correspondence(template, deployed ?? template);
      assert(same !== null, "quantization of a network of another shape");
      const byName = new Map<string, Quantization | null>();
      same.forEach((id, inDeployed) => byName.set(at(template.tensors, id).name, at(activations, inDeployed)));
      return {
        activations: origin.map((id) => (id === null ? null : (byName.get(at(step.tensors, id).name) ?? null))),
        weightGranularity,
      };
    },
  };
}
