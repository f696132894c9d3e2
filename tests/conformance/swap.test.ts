// New parameters on every board that has room for them: the power goes in the middle of a transfer and the old policy drives; then they
// arrive, drive to the bit as the oracle says, and are there after a reboot where the board has storage.

import { describe, expect, test } from "vitest";
import { IoError, silentProgress, type RunningBoard } from "../../src/core/io.ts";
import { Random } from "../../src/core/random.ts";
import type { PolicyBundle } from "../../src/artifacts/policy-bundle.ts";
import { emulatedTarget, firmwareSources } from "../../src/cli/target.ts";
import { memoryStorage } from "../../src/host/emulators/board-storage.ts";
import type { SwapMessage } from "../../src/link/messages.generated.ts";
import { revertParameters, shipmentOf, swapParameters, type SwapLink, type SwapUpdate } from "../../src/link/swap.ts";
import { compileAgent } from "../../src/pipeline/firmware.ts";
import { int8Policy } from "../../src/pipeline/policy.ts";
import { RobotBoard } from "../../src/pipeline/robot-board.ts";
import { putUpdate, swapUpdate } from "../../src/pipeline/swap.ts";
import { requires } from "../requires.ts";
import { randomBundle, randomObservation, testRobot } from "./robot.ts";
import { TARGETS } from "./targets.ts";

const TICKS = 20;
/** Requests of a swap before the power goes: the beginning and some chunks. */
const REQUESTS = 4;
/** Boards without a storage: another boot begins with the policy that was flashed. */
const FORGETFUL: readonly string[] = ["qemu-cortex-m4", "qemu-cortex-m55", "qemu-xtensa", "pico"];

const robot = testRobot("discrete");
const oldBundle = randomBundle(robot, 1);
const newBundle = randomBundle(robot, 2);

async function expectDriving(board: RobotBoard, bundle: PolicyBundle): Promise<void> {
  const oracle = int8Policy(robot.spec, bundle.form, bundle.graph);
  const random = new Random(5);
  for (let tick = 0; tick < TICKS; tick++) {
    const observation = randomObservation(robot.spec, random);
    expect((await board.decide(observation)).output).toEqual(oracle.output(observation));
  }
}

/** The same link until so many requests were sent; then it is gone for good. */
function cutLink(link: SwapLink, requests: number): SwapLink {
  let sent = 0;
  const cut = (): Promise<never> => Promise.reject(new IoError("cut", "by the test"));
  return {
    hello: link.hello,
    timer: link.timer,
    send: (message) => (sent++ < requests ? link.send(message) : cut()),
    onSwap: (listener) => link.onSwap(listener),
    whenHere: cut,
  };
}

/** Waits until what drives survives a reboot. */
async function untilStored({ session }: RobotBoard, update: SwapUpdate): Promise<void> {
  for (;;) {
    const answer = new Promise<SwapMessage>((resolve) => {
      const stop = session.onSwap((message) => {
        stop();
        resolve(message);
      });
    });
    await session.send(shipmentOf(update, oldBundle.policyHash).begin);
    if ((await answer).stored === 1) return;
  }
}

for (const { board: id, tools } of TARGETS) {
  describe.skipIf(requires(...tools))(`new parameters on ${id}`, () => {
    test(
      id === "uno" ? "are refused with what to do instead" : "arrive whole or not at all, and last where there is storage",
      { timeout: 180_000 },
      async () => {
        const { board: description, toolchain, emulator } = await emulatedTarget(id);
        const project = compileAgent(robot, oldBundle, description, { runtime: "c" }, await firmwareSources());
        const { image } = await toolchain.build(project.request);
        const storage = memoryStorage();
        let running: RunningBoard | null = null;
        const boot = async (): Promise<RobotBoard> => {
          await running?.stop();
          running = await emulator.boot(image, { storage });
          const board = await RobotBoard.connect(running.port, robot);
          await board.startLockStep();
          return board;
        };
        try {
          let board = await boot();
          await expectDriving(board, oldBundle);
          if (id === "uno") {
            expect(() => swapUpdate(robot, newBundle, board.session.hello)).toThrow(/no room to exchange/);
            return;
          }
          const update = swapUpdate(robot, newBundle, board.session.hello, { core: description.core, driving: oldBundle });
          await expect(swapParameters(cutLink(board.session, REQUESTS), update)).rejects.toThrow("cut");
          await expectDriving(board, oldBundle);

          board = await boot();
          expect(board.session.hello.policyHash).toBe(oldBundle.policyHash);
          await expectDriving(board, oldBundle);
          expect(await putUpdate(board.session, update, silentProgress)).toMatchObject({ from: oldBundle.policyHash, resumed: 0 });
          await expectDriving(board, newBundle);
          if (!FORGETFUL.includes(id)) await untilStored(board, update);

          board = await boot();
          const kept = FORGETFUL.includes(id) ? oldBundle : newBundle;
          expect(board.session.hello.policyHash).toBe(kept.policyHash);
          await expectDriving(board, kept);
          if (kept === oldBundle) return;
          expect(await revertParameters(board.session, newBundle.policyHash)).toBe(oldBundle.policyHash);
          await expectDriving(board, oldBundle);
        } finally {
          await (running as RunningBoard | null)?.stop();
        }
      },
    );
  });
}
