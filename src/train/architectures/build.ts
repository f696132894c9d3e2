// From a robot's spec to its network: the trunk of the architecture, hidden layers, a head for each member. In training a gaussian head has a
// variance beside each mean; what is deployed has not.

import { policyInputWidth } from "../../artifacts/encoding.ts";
import type { TensorId } from "../../artifacts/graph.ts";
import { parameterIds, parameterOf, withParameters, type FloatNetwork } from "../../artifacts/network.ts";
import { memberOutputs, policyForm } from "../../artifacts/policy-form.ts";
import type { HeadSpec, RobotSpec } from "../../artifacts/robot-spec.ts";
import { assert } from "../../core/assert.ts";
import { Random } from "../../core/random.ts";
import { gruTrunk } from "./gru.ts";
import { mlpTrunk } from "./mlp.ts";
import { NetworkBuilder } from "./network-builder.ts";
import { temporalTrunk } from "./temporal.ts";
import type { Features, State, Trunk } from "./trunk.ts";
import { visionTrunk } from "./vision.ts";

/** The network to train, with seeded weights. The outputs are the members' one after another, each as its loss takes them. */
export function buildNetwork(robot: RobotSpec, random: Random): FloatNetwork {
  return assemble(robot, robot.policy.head, random);
}

/** The network that goes to the board, from the trained one: a gaussian's means alone, all else as it is. */
export function deployedNetwork(robot: RobotSpec, trained: FloatNetwork): FloatNetwork {
  return robot.policy.head.kind === "gaussian" ? withParametersByName(deployedTemplate(robot), trained) : trained;
}

/** A network of the deployed shape, whose weights mean nothing. */
export function deployedTemplate(robot: RobotSpec): FloatNetwork {
  const { head } = robot.policy;
  return assemble(robot, head.kind === "gaussian" ? { kind: "plain" } : head, new Random(0));
}

/** The network with those parameters' values that the other has under the same name. */
export function withParametersByName(
  network: FloatNetwork,
  other: FloatNetwork,
  nameInOther = (name: string): string => name,
): FloatNetwork {
  const values = new Map(parameterIds(other).map((id) => [parameterOf(other, id).name, parameterOf(other, id).data]));
  const found = new Map<TensorId, Float32Array>();
  for (const id of parameterIds(network)) {
    const { name, data } = parameterOf(network, id);
    const value = values.get(nameInOther(name));
    if (value === undefined) continue;
    assert(value.length === data.length, `${name} has another size`);
    found.set(id, value);
  }
  return withParameters(network, found);
}

function assemble(robot: RobotSpec, head: HeadSpec, random: Random): FloatNetwork {
  const { architecture, ensemble } = robot.policy;
  const { hidden, activation } = architecture;
  const trunk = trunkOf(robot);
  const outputs = memberOutputs(policyForm(robot.policy), robot.action);
  const builder = new NetworkBuilder(random);
  const observation = builder.activation("observation", trunk.inputShape);
  const states: State[] = [];

  /** Hidden layers `from` .. `to - 1`. */
  const layers = (input: TensorId, prefix: string, from: number, to: number): TensorId =>
    hidden
      .slice(from, to)
      .reduce((below, width, index) => builder.fullyConnected(`${prefix}layer${from + index + 1}`, below, width, activation), input);
  const features = (prefix: string): Features => {
    const made = trunk.features(builder, observation, prefix);
    states.push(...made.states);
    return made;
  };
  const isShared = ensemble.trunk === "shared" && ensemble.members > 1;
  const sharedLayers = isShared ? Math.max(0, hidden.length - 1) : 0;
  const shared = isShared ? layers(features("").output, "", 0, sharedLayers) : null;

  const actions = Array.from({ length: ensemble.members }, (_, member) => {
    const prefix = memberPrefix(ensemble.members, member);
    const below = shared ?? features(prefix).output;
    return addHead(builder, head, layers(below, prefix, sharedLayers, hidden.length), outputs, prefix);
  });
  const action = builder.concatenate(head.kind === "gaussian" ? "distributions" : "action", actions);
  return builder.finish([observation, ...states.map((state) => state.input)], [action, ...states.map((state) => state.next)]);
}

/** What the names of a member's tensors begin with. */
export function memberPrefix(members: number, member: number): string {
  return members === 1 ? "" : `member${member + 1}/`;
}

function addHead(builder: NetworkBuilder, head: HeadSpec, input: TensorId, outputs: number, prefix: string): TensorId {
  const action = builder.fullyConnected(`${prefix}action`, input, outputs, "linear");
  if (head.kind !== "gaussian") return action;
  const variance = builder.fullyConnected(`${prefix}log_variance`, input, outputs, "linear");
  return builder.concatenate(`${prefix}distribution`, [action, variance]);
}

function trunkOf(robot: RobotSpec): Trunk {
  const inputs = policyInputWidth(robot);
  const { architecture } = robot.policy;
  switch (architecture.kind) {
    case "mlp":
      return mlpTrunk(architecture, inputs);
    case "temporal":
      return temporalTrunk(architecture, inputs);
    case "vision":
      return visionTrunk(architecture, robot.observation, inputs);
    case "gru":
      return gruTrunk(architecture, inputs);
  }
}
