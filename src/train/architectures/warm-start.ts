// Training that goes on from a policy: the deployed network's parameters, put where they belong in the network to train.

import type { FloatNetwork } from "../../artifacts/network.ts";
import type { RobotSpec } from "../../artifacts/robot-spec.ts";
import { runError, type DiagnosticError } from "../../core/diagnostic.ts";
import { deployedTemplate, withParametersByName } from "./build.ts";
import { withParametersOf } from "./same-structure.ts";

/** The network to train with the parameters of a deployed one; what that lacks (a gaussian's variances) stays fresh.
 * @param fresh from `buildNetwork`. @throws DiagnosticError when the two do not fit. */
export function warmStart(robot: RobotSpec, fresh: FloatNetwork, deployed: FloatNetwork): FloatNetwork {
  const named = withParametersOf(deployedTemplate(robot), deployed);
  if (named === null) throw warmStartShapeError();
  return withParametersByName(fresh, named);
}

export function warmStartShapeError(): DiagnosticError {
  return runError(
    "train-warm-start-shape",
    "the policy to go on from has another shape than robot.ts asks for",
    "train from scratch, or restore `policy` in robot.ts",
  );
}
