// What is said of a board's RAM before it is flashed, against the image: the firmware takes no more than was expected, and the
// stack of a real run stays within its bound.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FirmwareProject } from "../../src/artifacts/firmware-project.ts";
import { observationWidth, schemaHash } from "../../src/artifacts/robot-spec.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import type { BuildResult } from "../../src/core/io.ts";
import { Random } from "../../src/core/random.ts";
import { loadBoard } from "../../src/host/boards.ts";
import { AvrMachine } from "../../src/host/emulators/avr.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { boardToolchain } from "../../src/host/toolchains/toolchains.ts";
import { encodeFrame } from "../../src/link/frame.ts";
import { encodeMessage, MESSAGE_IDS, type Message, PROTOCOL_VERSION } from "../../src/link/messages.generated.ts";
import { actionToWire, observationToWire } from "../../src/link/wire.ts";
import { firmwareSources } from "../../src/cli/target.ts";
import { compileAgent } from "../../src/pipeline/firmware.ts";
import { firmwareSize } from "../../src/pipeline/firmware-size.ts";
import type { Robot } from "../../src/pipeline/robot.ts";
import { parseRobot } from "../../src/spec/parse-robot.ts";
import { requires } from "../requires.ts";
import { randomBundle, randomObservation, slewedRobot } from "./robot.ts";
import { CORTEX_M4_BOARDS, TARGETS } from "./targets.ts";

function template(name: string): Robot {
  const path = new URL(`../../templates/robots/${name}/robot.ts`, import.meta.url);
  const spec = valueOf(parseRobot("robot.ts", () => readFileSync(path, "utf8")));
  const hash = schemaHash(spec);
  return { spec, history: { format: 1, revisions: [{ hash, summary: name }] }, version: { hash, revision: 1 } };
}

async function built(robot: Robot, boardId: string): Promise<{ project: FirmwareProject; build: BuildResult }> {
  const board = await loadBoard(boardsFolder, boardId);
  const project = compileAgent(robot, randomBundle(robot, 2), board, { runtime: "c" }, await firmwareSources());
  const toolchain = boardToolchain(board);
  if (toolchain === null) throw new Error(`${boardId} has no toolchain here`);
  return { project, build: await toolchain.build(project.request) };
}

for (const { board, tools } of [...TARGETS.filter(({ board: id }) => id !== "host"), ...CORTEX_M4_BOARDS]) {
  describe.skipIf(requires(...tools))(`firmware for ${board}`, () => {
    test.each([
      ["wall-follower-4", template("wall-follower-4")],
      ["a robot with every kind of field", slewedRobot()],
    ])(
      "of %s takes no more RAM than was expected, and leaves the board some",
      async (_, robot) => {
        const { project, build } = await built(robot, board);
        const size = firmwareSize(project.request, build);
        const stack = size?.stackBytes ?? null;
        if (board !== "virtual") expect(stack).toBeGreaterThan(0);
        const taken = (size?.ramBytes ?? NaN) + (stack ?? 0);
        expect(taken).toBeLessThanOrEqual(project.expectedRamBytes ?? NaN);
        expect(taken).toBeGreaterThan((project.expectedRamBytes ?? NaN) - (board === "virtual" ? 200_000 : 1600));
        expect(project.expectedRamBytes).toBeLessThanOrEqual(project.board.ramBytes);
        expect(project.memory?.ringTicks).toBeGreaterThanOrEqual(8);
        expect(project.memory?.parameterSlots).toBe(board === "uno" ? 0 : 2);
      },
      300_000,
    );
  });
}

describe.skipIf(requires("avr-gcc"))("the stack of a running Uno", () => {
  test("stays within its bound, whatever is asked of it", async () => {
    const robot = slewedRobot();
    const { project, build } = await built(robot, "uno");
    const bound = firmwareSize(project.request, build)?.stackBytes ?? NaN;
    const machine = new AvrMachine(build.image, { metered: null, storage: null, cause: "power" });
    // Its RAM, of which the stack takes the end.
    const { cpu } = machine as unknown as { cpu: { SP: number; dataView: DataView } };
    const random = new Random(1);
    const end = 0x8ff;
    let lowest = end;
    for (const frame of requests(robot, random)) {
      machine.feed(frame);
      for (let step = 0; step < 120_000; step++) {
        machine.run(1, Infinity);
        if (cpu.SP > 0x100) lowest = Math.min(lowest, cpu.SP);
      }
      machine.takeOutput();
    }
    expect(machine.fault).toBeNull();
    expect(end - lowest).toBeLessThanOrEqual(bound);
    expect(end - lowest).toBeGreaterThan(bound / 2);
  });
});

/** One of each, ticks of every kind, and noise. */
function* requests({ spec, version }: Robot, random: Random): Generator<Uint8Array> {
  const hash = version.hash;
  const observation = (broken: boolean): Uint8Array =>
    observationToWire(spec, broken ? new Float32Array(observationWidth(spec)).fill(NaN) : randomObservation(spec, random));
  const messages: readonly Message[] = [
    { kind: "hello-request", protocolVersion: PROTOCOL_VERSION },
    { kind: "pulse", hostUs: 1, acknowledged: 0, window: 100 },
    { kind: "set-mode", mode: "auto", source: "sensors" },
    { kind: "pulse", hostUs: 2, acknowledged: 3, window: 100 },
    { kind: "refill", tick: 0, count: 8 },
    { kind: "set-mode", mode: "assist", source: "host" },
    ...[1, 2, 3].map((tick) => ({ kind: "observe", tick, observation: observation(false) }) as const),
    { kind: "act", action: actionToWire(spec, [1, 2, 3]) },
    { kind: "observe", tick: 4, observation: observation(true) },
    { kind: "observe", tick: 5, observation: observation(false) },
    { kind: "hand-back" },
    { kind: "observe", tick: 6, observation: observation(false) },
    { kind: "set-mode", mode: "shadow", source: "host" },
    { kind: "observe", tick: 7, observation: observation(false) },
    { kind: "swap-commit", policyHash: hash },
    { kind: "stop" },
    { kind: "set-mode", mode: "teleop", source: "sensors" },
    { kind: "pulse", hostUs: 3, acknowledged: 5, window: 100 },
  ];
  for (const [counter, message] of messages.entries()) {
    yield encodeFrame(MESSAGE_IDS[message.kind], counter, encodeMessage(message));
    if (counter % 4 === 0) yield Uint8Array.from({ length: 30 }, () => random.integer(256));
  }
}
