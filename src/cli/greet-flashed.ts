// After `flash`: waits until the board is back, under whatever name, and asks it who it is.

import { setTimeout as sleep } from "node:timers/promises";
import { IoError } from "../core/io.ts";
import { openPort } from "../host/ports/open-port.ts";
import { RobotBoard } from "../pipeline/robot-board.ts";
import type { Robot } from "../pipeline/robot.ts";

/** A board that boots, is enumerated and named by a slow system takes a few seconds. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 100;

/** @param find the path of its port; null as long as it is nowhere.
 * @throws DiagnosticError when another robot's firmware answers. @throws IoError when nothing does in time. */
export async function greetFlashed(robot: Robot, find: () => Promise<string | null>): Promise<RobotBoard> {
  const endMs = performance.now() + PATIENCE_MS;
  let trouble = new IoError(
    `the board is flashed, but it did not come back within ${PATIENCE_MS / 1000} s`,
    "press its reset button or plug it in again, then find its port with `reflexarc boards --connected`",
  );
  do {
    const path = await find();
    try {
      if (path !== null) return await RobotBoard.connect(await openPort(`serial:${path}`), robot);
    } catch (error) {
      // It may have left again: some chips are enumerated twice.
      if (!(error instanceof IoError)) throw error;
      trouble = error;
    }
    await sleep(LOOK_MS);
  } while (performance.now() < endMs);
  throw trouble;
}
