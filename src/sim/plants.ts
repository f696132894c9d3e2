// The simulated robots that exist, and the choice of one for a spec.

import { errorDiagnostic, failure, success, type Outcome } from "../core/diagnostic.ts";
import type { PlantFactory } from "../artifacts/plant.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { wallFollowerFactory } from "./wall-follower.ts";

export const PLANTS: readonly PlantFactory[] = [wallFollowerFactory()];

/** The plant with this name, or the first that can stand in for the robot.
 * Diagnostics: `plant-unknown`, `plant-mismatch`, `plant-none-fits`. */
export function findPlant(spec: RobotSpec, name?: string): Outcome<PlantFactory> {
  if (name === undefined) {
    const fitting = PLANTS.find((plant) => plant.mismatch(spec) === null);
    if (fitting !== undefined) return success(fitting);
    const reasons = PLANTS.map((plant) => `${plant.name}: ${plant.mismatch(spec) ?? ""}`).join("; ");
    return failure(
      errorDiagnostic(
        "plant-none-fits",
        `no simulated robot can stand in for ${spec.name} (${reasons})`,
        "change robot.ts to fit one, or use a real board",
      ),
    );
  }
  const plant = PLANTS.find((each) => each.name === name);
  if (plant === undefined) {
    return failure(errorDiagnostic("plant-unknown", `there is no simulated robot "${name}"`, `use one of: ${plantNames(spec)}`));
  }
  const reason = plant.mismatch(spec);
  if (reason === null) return success(plant);
  return failure(
    errorDiagnostic(
      "plant-mismatch",
      `${name} cannot stand in for ${spec.name}: ${reason}`,
      `change robot.ts, or use one of: ${plantNames(spec)}`,
    ),
  );
}

/** All names, with a remark behind those that don't fit. */
function plantNames(spec: RobotSpec): string {
  return PLANTS.map((plant) => (plant.mismatch(spec) === null ? plant.name : `${plant.name} (does not fit ${spec.name})`)).join(", ");
}
