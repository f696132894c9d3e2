// The simulated robot that stands in for a project's, and the expert that demonstrates on it.

import { DiagnosticError, usageError } from "../core/diagnostic.ts";
import type { Plant } from "../artifacts/plant.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { findPlant } from "../sim/plants.ts";

/** @param name of a plant; null for the one that fits the robot. */
export async function loadPlant(spec: RobotSpec, name: string | null): Promise<Plant> {
  const found = findPlant(spec, name ?? undefined);
  if (!found.ok) throw new DiagnosticError(found.diagnostics, 2);
  return found.value.create(spec);
}

/** The only expert of a simulated robot so far: its scripted rule. */
export const EXPERTS = ["rule"] as const;

/** Ticks of an episode of so many seconds. */
export function ticksOf(spec: RobotSpec, seconds: number): number {
  const ticks = Math.round(seconds * spec.rateHz);
  if (ticks >= 1) return ticks;
  throw usageError("episode-too-short", `${seconds} s is less than a tick at ${spec.rateHz} Hz`, "give more seconds");
}
