// The projects for boards without a framework, as a person finds them: with the example in robot_io.c turned on, or the board described
// there. CMake builds the same bytes as reflexarc does, and the emulated board drives.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Board } from "../../src/artifacts/board.ts";
import { COMPILE, crossCore } from "../../src/artifacts/gnu-flags.ts";
import type { FirmwareProject } from "../../src/artifacts/firmware-project.ts";
import { at } from "../../src/core/assert.ts";
import type { BuildRequest, BuildResult, Emulator } from "../../src/core/io.ts";
import { Random } from "../../src/core/random.ts";
import { firmwareSources } from "../../src/cli/target.ts";
import { loadBoard } from "../../src/host/boards.ts";
import { emulatorFor } from "../../src/host/emulators/emulators.ts";
import { flashImage } from "../../src/host/flash-image.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { withTemporaryFolder, writeSourceTree } from "../../src/host/temporary-folder.ts";
import { boardToolchain } from "../../src/host/toolchains/toolchains.ts";
import { compileAgent } from "../../src/pipeline/firmware.ts";
import type { TickRecord } from "../../src/link/messages.generated.ts";
import { int8Policy } from "../../src/pipeline/policy.ts";
import { RobotBoard } from "../../src/pipeline/robot-board.ts";
import { requires } from "../requires.ts";
import { randomBundle, randomObservation, testRobot } from "./robot.ts";

const ROBOT_IO = "robot_io.c";
const TICKS = 100;
const robot = testRobot("discrete");
const bundle = randomBundle(robot, 2);

async function projectFor(id: string): Promise<FirmwareProject> {
  return compileAgent(robot, bundle, await loadBoard(boardsFolder, id), { runtime: "c", framework: "bare" }, await firmwareSources());
}

function textOf({ sources }: BuildRequest, file: string): string {
  const content = sources.get(file);
  if (typeof content !== "string") throw new Error(`${file} is not in the project: ${[...sources.keys()].join(", ")}`);
  return content;
}

/** As a person edits robot_io.c. Each text must be there. */
function edited({ request }: FirmwareProject, edits: readonly (readonly [string, string])[]): BuildRequest {
  let text = textOf(request, ROBOT_IO);
  for (const [from, to] of edits) {
    expect(text.split(from).length, from).toBe(2);
    text = text.replace(from, to);
  }
  return { ...request, sources: new Map([...request.sources, [ROBOT_IO, text]]) };
}

/** The example on, and called. */
const EXAMPLE = [
  ["#if 0", "#if 1"],
  [
    "    (void)observation;\n    return REFLEX_ERROR_NO_READING;",
    `    float rate[3];
    if (!imu_read(observation->imu.acceleration, rate)) {
        return REFLEX_ERROR_NO_READING;
    }
    observation->imu.pitch = rate[1];
    return REFLEX_OK;`,
  ],
  [
    "    (void)action;",
    `    servo_move(0, action->label == ROBOT_ACTION_LEFT ? 0.0f : 180.0f);
    servo_move(1, 90.0f);
    motor_drive(action->label == ROBOT_ACTION_FORWARD ? 1.0f : -0.5f);`,
  ],
] as const;

/** Arm's MPS2 board, as its application note AN386 describes it. */
const MPS2 = [
  ["flash_start, 0x08000000", "flash_start, 0"],
  ["flash_bytes, 256 * 1024", "flash_bytes, 4 * 1024 * 1024"],
  [
    "    return 16000000U;",
    `    UART[4] = 16U; /* clocks a bit */
    UART[2] = 3U;  /* both ways */
    (void)UART[0];
    return 25000000U;`,
  ],
  [
    "    (void)byte;\n    return false;",
    `    const bool there = (UART[1] & 2U) != 0U;
    if (there) {
        *byte = (uint8_t)UART[0];
    }
    return there;`,
  ],
  [
    "    (void)byte;\n    return true;",
    `    const bool room = (UART[1] & 1U) == 0U;
    if (room) {
        UART[0] = byte;
    }
    return room;`,
  ],
  ['#include "board.h"\n', '#include "board.h"\n\n#define UART ((volatile uint32_t*)0x40004000U)\n'],
] as const;

interface Case {
  readonly board: string;
  readonly edits: readonly (readonly [string, string])[];
  readonly emulator: Emulator;
  readonly tools: readonly string[];
}

const ARM = "arm-none-eabi-gcc";
const CASES: readonly Case[] = [
  { board: "pico", edits: EXAMPLE, emulator: emulatorFor("rp2040js"), tools: [ARM] },
  { board: "uno", edits: EXAMPLE, emulator: emulatorFor("avr8js"), tools: ["avr-gcc"] },
  { board: "nucleo-f446re", edits: EXAMPLE, emulator: emulatorFor("qemu-netduinoplus2"), tools: [ARM, "qemu-system-arm"] },
  { board: "cortex-m4", edits: MPS2, emulator: emulatorFor("qemu-mps2-an386"), tools: [ARM, "qemu-system-arm"] },
];

const STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror", "-fsyntax-only"];

function run(folder: string, command: string, ...options: readonly string[]): void {
  execFileSync(command, options, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}

/** A first build takes long on a busy machine. */
const BUILD_TIMEOUT_MS = 180_000;

for (const { board: id, edits, emulator, tools } of CASES) {
  describe.skipIf(requires("cmake", ...tools))(`the project for ${id}`, () => {
    let board: Board;
    let request: BuildRequest;
    let built: BuildResult;

    beforeAll(async () => {
      const project = await projectFor(id);
      ({ board } = project);
      request = edited(project, edits);
      const toolchain = boardToolchain(board);
      if (toolchain === null) throw new Error("it has one");
      built = await toolchain.build(request);
    }, BUILD_TIMEOUT_MS);

    test(
      "is built by CMake, from the same sources to the same bytes",
      async () => {
        await withTemporaryFolder((folder) => {
          writeSourceTree(folder, request.sources);
          run(folder, "cmake", "-S", ".", "-B", "build");
          run(folder, "cmake", "--build", "build");
          const file = (name: string): Buffer => readFileSync(path.join(folder, "build", name));
          expect(file("firmware.elf").equals(built.image)).toBe(true);
          expect(file("firmware.map").toString()).toContain("reflex_app_poll");
          const flashed = flashImage(board.flash, built.image);
          // A UF2 file is reflexarc's own; its bytes are those of the binary one.
          if (flashed !== null && flashed.ending !== "uf2") expect(file(`firmware.${flashed.ending}`).equals(flashed.bytes)).toBe(true);
          return Promise.resolve();
        });
      },
      BUILD_TIMEOUT_MS,
    );

    test("has a robot_io.c that is clean under strict warnings", async () => {
      const { compiler, machine, compile } = crossCore(board.core);
      // Debian's avr-gcc warns of its library's headers.
      const pedantic = compiler === "avr-gcc" ? [] : ["-pedantic"];
      await withTemporaryFolder((folder) => {
        writeSourceTree(folder, request.sources);
        const includes = request.includes.map((each) => `-I${each}`);
        run(folder, compiler, ...machine, ...COMPILE, ...compile, ...STRICT, ...pedantic, ...includes, ROBOT_IO);
        return Promise.resolve();
      });
    });

    test("drives in the emulator, with outputs that move and no sensor that answers", async () => {
      const running = await emulator.boot(flashImage(board.flash, built.image)?.bytes ?? built.image);
      try {
        const robotBoard = await RobotBoard.connect(running.port, robot);
        expect(robotBoard.session.hello).toMatchObject({ name: "test-robot", policyHash: bundle.policyHash });
        const record = await new Promise<TickRecord>((resolve) => {
          const forget = robotBoard.session.onTick((each) => {
            if (each.tick < 3) return;
            forget();
            resolve(each);
          });
        });
        expect(record).toMatchObject({ actor: "neutral", faults: ["stale"] });
        await robotBoard.startLockStep();
        const oracle = int8Policy(robot.spec, bundle.form, bundle.graph);
        const random = new Random(3);
        for (let tick = 0; tick < TICKS; tick++) {
          const observation = randomObservation(robot.spec, random);
          const { output, action, faults } = await robotBoard.decide(observation);
          expect({ output, action, faults }).toEqual({
            output: oracle.output(observation),
            action: oracle.action(observation),
            faults: [],
          });
        }
      } finally {
        await running.stop();
      }
    }, 60_000);
  });
}

describe("what a person finds", () => {
  test("one file is theirs, and says what the robot's fields are called", async () => {
    const { personal, request } = await projectFor("pico");
    expect([...personal]).toEqual([ROBOT_IO]);
    expect(textOf(request, ROBOT_IO)).toContain(" *     observation->imu.pitch = ...; // rad, -3.2 to 3.2\n");
    expect(textOf(request, ROBOT_IO)).toContain(" *     action->label // ROBOT_ACTION_FORWARD, ");
  });

  test.each([
    ["pico", "firmware.uf2", "RPI-RP2"],
    ["uno", "avrdude -p m328p -c arduino -P PORT -b 115200 -D -U flash:w:build/firmware.hex:i", "avr-gcc"],
    ["nucleo-f446re", "build/firmware.bin", "NODE_F446RE"],
    ["cortex-m4", "the board's memory, clock and serial line", "firmware.elf"],
    ["host", "build/firmware`, a program of this computer", "`cc`"],
    ["virtual", "CMake has none for it", "reflexarc flash --board virtual"],
  ])("the README for %s says how it is built and flashed", async (id, ...words) => {
    const readme = textOf((await projectFor(id)).request, "README.md");
    for (const each of [...words, `reflexarc build --board ${id}`]) expect(readme).toContain(each);
  });

  test("CMake where it can build, and nowhere else; no project for a probe", async () => {
    const cmakeFilesOf = async (id: string): Promise<readonly string[]> =>
      [...(await projectFor(id)).request.sources.keys()].filter((file) => /cmake|CMake/.test(file));
    expect(await cmakeFilesOf("host")).toEqual(["CMakeLists.txt"]);
    expect(await cmakeFilesOf("virtual")).toEqual([]);
    expect(await cmakeFilesOf("qemu-xtensa")).toEqual(["CMakeLists.txt", "toolchain.cmake"]);
    expect(at([...(await projectFor("qemu-xtensa")).request.units].slice(-1), 0)).toBe(ROBOT_IO);
  });
});
