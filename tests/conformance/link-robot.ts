// A robot small enough for an Uno, whose own part tells what happens to it: how often its sensors were read, and the last action that
// its actuators got. An expert on board takes it for 16 readings of every 64.

import { DEFAULT_SAFETY, schemaHash, type RobotSpec } from "../../src/artifacts/robot-spec.ts";
import type { FirmwareProject } from "../../src/artifacts/firmware-project.ts";
import { mlpPolicy } from "../../src/artifacts/testing.ts";
import type { Robot } from "../../src/pipeline/robot.ts";

const number = { kind: "number", length: null, unit: "", neutral: null, slewPerSecond: null, mirror: null, description: "" } as const;

const spec: RobotSpec = {
  name: "link-robot",
  rateHz: 50,
  observation: [
    { ...number, path: ["readings"], range: { minimum: 0, maximum: 1e6 }, clip: { minimum: 0, maximum: 100 } },
    { ...number, path: ["speed"], range: { minimum: -1, maximum: 1 }, clip: { minimum: -1, maximum: 1 } },
  ],
  action: {
    kind: "continuous",
    fields: [{ ...number, path: ["speed"], range: { minimum: -1, maximum: 1 }, clip: { minimum: -1, maximum: 1 } }],
  },
  policy: mlpPolicy([4], "tanh"),
  safety: DEFAULT_SAFETY,
};
const hash = schemaHash(spec);

export const linkRobot: Robot = { spec, history: { format: 1, revisions: [{ hash, summary: "test" }] }, version: { hash, revision: 1 } };

export const EXPERT_SPEED = 0.5;

/** Whether the expert on board has his hands on it at this reading. */
export const expertDrives = (readings: number): boolean => Math.floor(readings / 16) % 4 === 3;

const ROBOT_IO = `#include "robot.h"

static uint32_t readings;
static float speed;

reflex_status
reflex_read(robot_observation* observation) {
    readings++;
    observation->readings = (float)readings;
    observation->speed = speed;
    return REFLEX_OK;
}

void
reflex_act(const robot_action* action) {
    speed = action->speed;
}

reflex_status
reflex_expert(robot_action* action) {
    action->speed = ${EXPERT_SPEED}f;
    return readings / 16u % 4u == 3u ? REFLEX_OK : REFLEX_ERROR_NO_READING;
}
`;

/** The project with this robot's own part in it. */
export function withLinkRobot(project: FirmwareProject): FirmwareProject {
  const [own = ""] = project.personal;
  return { ...project, request: { ...project.request, sources: new Map([...project.request.sources, [own, ROBOT_IO]]) } };
}
