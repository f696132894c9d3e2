// What the tests of frameworks' projects share: a small robot, its project for a board, and the check that an image drives it as the host
// computes it.

import { expect } from "vitest";
import type { Framework, Runtime } from "../../src/artifacts/board.ts";
import type { FirmwareProject } from "../../src/artifacts/firmware-project.ts";
import type { Emulator } from "../../src/core/io.ts";
import { Random } from "../../src/core/random.ts";
import { firmwareSources } from "../../src/cli/target.ts";
import { loadBoard } from "../../src/host/boards.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { compileAgent } from "../../src/pipeline/firmware.ts";
import { int8Policy } from "../../src/pipeline/policy.ts";
import { RobotBoard } from "../../src/pipeline/robot-board.ts";
import { randomBundle, randomObservation, testRobot } from "./robot.ts";

export const robot = testRobot("discrete");
export const bundle = randomBundle(robot, 2);

const sources = await firmwareSources();
const projects = new Map<string, FirmwareProject>();

/** The robot's, for the board's own framework or another. */
export async function projectFor(id: string, runtime: Runtime, wanted?: Framework): Promise<FirmwareProject> {
  const board = await loadBoard(boardsFolder, id);
  const framework = wanted ?? board.framework;
  const key = `${id} ${runtime} ${framework}`;
  const project = projects.get(key) ?? compileAgent(robot, bundle, board, { runtime, framework }, sources);
  projects.set(key, project);
  return project;
}

export function textOf(project: FirmwareProject, path: string): string {
  const content = project.request.sources.get(path);
  if (typeof content !== "string") throw new Error(`${path} is not in the project: ${[...project.request.sources.keys()].join(", ")}`);
  return content;
}

/** The board greets, and drives the robot as the host computes it. */
export async function expectDriven(emulator: Emulator, image: Uint8Array): Promise<void> {
  const running = await emulator.boot(image);
  try {
    const board = await RobotBoard.connect(running.port, robot);
    expect(board.session.hello).toMatchObject({ name: "test-robot", policyHash: bundle.policyHash });
    await board.startLockStep();
    const oracle = int8Policy(robot.spec, bundle.form, bundle.graph);
    const random = new Random(3);
    for (let tick = 0; tick < 100; tick++) {
      const observation = randomObservation(robot.spec, random);
      const { output, action, faults } = await board.decide(observation);
      expect({ output, action, faults }).toEqual({ output: oracle.output(observation), action: oracle.action(observation), faults: [] });
    }
  } finally {
    await running.stop();
  }
}
