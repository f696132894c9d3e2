// Ensembles whose members share nothing: trained one by one, deployed as one network, taken apart again to go on from.

import type { FloatNetwork } from "../../artifacts/network.ts";
import { SINGLE_NETWORK, type RobotSpec } from "../../artifacts/robot-spec.ts";
import { assert } from "../../core/assert.ts";
import { deployedTemplate, memberPrefix, withParametersByName } from "./build.ts";
import { withParametersOf } from "./same-structure.ts";
import { warmStartShapeError } from "./warm-start.ts";

/** Deployed networks of single members as one. @param robot of the whole, whose members share nothing. */
export function joinMembers(robot: RobotSpec, networks: readonly FloatNetwork[]): FloatNetwork {
  const { members, trunk } = robot.policy.ensemble;
  assert(networks.length === members && (trunk === "none" || members === 1), `${networks.length} networks are no ${members} members`);
  return networks.reduce((joined, network, member) => {
    const prefix = memberPrefix(members, member);
    const own = (name: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : `another member's ${name}`);
    return withParametersByName(joined, network, own);
  }, deployedTemplate(robot));
}

/** One member as a deployed network of its own, as a robot without an ensemble has it: what `joinMembers` was given.
 * @throws DiagnosticError when the network is not one of this robot's. */
export function memberOf(robot: RobotSpec, network: FloatNetwork, member: number): FloatNetwork {
  const { members } = robot.policy.ensemble;
  const named = withParametersOf(deployedTemplate(robot), network);
  if (named === null) throw warmStartShapeError();
  const single = deployedTemplate({ ...robot, policy: { ...robot.policy, ensemble: SINGLE_NETWORK } });
  return withParametersByName(single, named, (name) => memberPrefix(members, member) + name);
}
