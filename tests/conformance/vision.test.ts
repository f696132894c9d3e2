// The largest picture that a policy may look at, 64 x 64: through the link, the agent's memory and the policy of a board, to the bit.

import { describe, expect, test } from "vitest";
import { schemaHash, type NumberField, type RobotSpec } from "../../src/artifacts/robot-spec.ts";
import { emulatedTarget, firmwareSources } from "../../src/cli/target.ts";
import { Random } from "../../src/core/random.ts";
import { compileAgent } from "../../src/pipeline/firmware.ts";
import { int8Policy } from "../../src/pipeline/policy.ts";
import { bootProject, RobotBoard } from "../../src/pipeline/robot-board.ts";
import type { Robot } from "../../src/pipeline/robot.ts";
import { vision } from "../../src/spec/api.ts";
import { requires } from "../requires.ts";
import { randomBundle, randomObservation, testRobot } from "./robot.ts";
import { TARGETS } from "./targets.ts";

const TICKS = 3;
const BOARDS = ["virtual", "qemu-riscv32"];

const range = { minimum: 0, maximum: 255 };
const camera: NumberField = {
  ...{ kind: "number", path: ["camera"], length: 64 * 64, range, clip: range, unit: "" },
  ...{ neutral: null, slewPerSecond: null, mirror: null, description: "" },
};

function seeingRobot(): Robot {
  const { spec } = testRobot("continuous");
  const policy = vision({ image: "camera", height: 64, width: 64, filters: [4, 8, 8], hidden: [8] });
  const seeing: RobotSpec = { ...spec, rateHz: 5, observation: [camera, ...spec.observation], policy };
  const hash = schemaHash(seeing);
  return { spec: seeing, history: { format: 1, revisions: [{ hash, summary: "test" }] }, version: { hash, revision: 1 } };
}

for (const { board: id, tools } of TARGETS.filter(({ board }) => BOARDS.includes(board))) {
  describe.skipIf(requires(...tools))(`a robot with a camera on ${id}`, () => {
    test("acts as the host computes", async () => {
      const robot = seeingRobot();
      const bundle = randomBundle(robot, 1);
      const oracle = int8Policy(robot.spec, bundle.form, bundle.graph);
      const random = new Random(1);
      const { board, toolchain, emulator } = await emulatedTarget(id);
      const project = compileAgent(robot, bundle, board, { runtime: "c" }, await firmwareSources());
      const { running } = await bootProject(project, toolchain, emulator);
      try {
        const connected = await RobotBoard.connect(running.port, robot);
        await connected.startLockStep();
        for (let tick = 0; tick < TICKS; tick++) {
          const observation = randomObservation(robot.spec, random);
          const { output, action } = await connected.decide(observation);
          const expected = oracle.output(observation);
          expect({ output, action }).toEqual({ output: expected, action: oracle.decode(expected) });
        }
      } finally {
        await running.stop();
      }
    }, 120_000);
  });
}
