// The projects for Arduino, and for PlatformIO where that builds for Arduino. The Uno's is built with Arduino's own core and booted in
// its emulator; the others' sources are built with a few functions of Arduino on this computer (tests/frameworks) and driven over the
// link, and port and example are compiled for each core. Metadata are read.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reservedOf, type Board, type Reserved } from "../../src/artifacts/board.ts";
import type { FirmwareProject } from "../../src/artifacts/firmware-project.ts";
import { DiagnosticError } from "../../src/core/diagnostic.ts";
import type { ProjectBuild } from "../../src/core/io.ts";
import { firmwareSources } from "../../src/cli/target.ts";
import { listBoards, loadBoard } from "../../src/host/boards.ts";
import { emulatorFor } from "../../src/host/emulators/emulators.ts";
import { processEmulator } from "../../src/host/emulators/process.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { withTemporaryFolder, writeSourceTree } from "../../src/host/temporary-folder.ts";
import { arduinoProjects } from "../../src/host/toolchains/arduino-projects.ts";
import { compileAgent } from "../../src/pipeline/firmware.ts";
import { agentFlashBytes } from "../../src/pipeline/policy-budget.ts";
import { buildNative } from "../native.ts";
import { requires } from "../requires.ts";
import { expectDriven, projectFor, robot, textOf } from "./framework-projects.ts";
import { randomBundle, testRobot } from "./robot.ts";

const run = promisify(execFile);
const SKETCH = "examples/robot/robot.ino";
const MAIN = "src/main.cpp";
const HEADERS = `${process.cwd()}/tests/frameworks/arduino`;

const withExample = (sketch: string): string => sketch.replace(/^#if 0 /m, "#if 1 ");

const boards = await listBoards(boardsFolder);
const arduinoBoards = boards.filter(({ frameworks }) => frameworks.arduino !== undefined);

describe.skipIf(requires("arduino-builder", "avr-gcc"))("on an Uno, with Arduino's own core, the example and the watchdog", () => {
  let folder: string;
  let board: Board;
  let project: FirmwareProject;
  let built: ProjectBuild;
  const said: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "reflexarc-arduino-"));
    board = await loadBoard(boardsFolder, "uno");
    project = await projectFor("uno", "c", "arduino");
    writeSourceTree(folder, project.request.sources);
    const sketch = path.join(folder, SKETCH);
    const begun = withExample(textOf(project, SKETCH))
      .replace("// example_begin", "example_begin")
      .replace("// reflex_watchdog", "reflex_watchdog");
    writeFileSync(sketch, begun);
    built = await arduinoProjects(board).build(folder, (line) => said.push(line));
  }, 120_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("the agent greets and drives in lock-step as the oracle", async () => {
    expect([...built.files.keys()]).toEqual(["firmware.hex"]);
    await expectDriven(emulatorFor("avr8js"), built.files.get("firmware.hex") ?? new Uint8Array());
  }, 60_000);

  test("it takes what it was expected to, Wire included, and no more", () => {
    const { flashBytes, ramBytes } = built.size ?? { flashBytes: NaN, ramBytes: NaN };
    const { code, constants } = project.budget.flashBytes;
    const flash = agentFlashBytes(board) + reservedOf(board, "arduino").flashBytes + (code ?? NaN) + constants;
    expect(flashBytes).toBeLessThanOrEqual(flash);
    expect(flashBytes).toBeGreaterThan(0.75 * flash);
    // The stack beside: 110 bytes were measured, in the policy and outside of it.
    expect(ramBytes + 110).toBeLessThanOrEqual(project.expectedRamBytes ?? NaN);
    expect(ramBytes).toBeGreaterThan(0.5 * (project.expectedRamBytes ?? NaN));
    expect(said.join("\n")).toContain(`Sketch uses ${flashBytes} bytes`);
  });

  test("the example compiles with the core's own headers, without a warning", async () => {
    const core = "/usr/share/arduino/hardware/arduino/avr";
    const headers = ["cores/arduino", "variants/standard", "libraries/Wire/src"].map((each) => `-I${core}/${each}`);
    writeFileSync(path.join(folder, "main.cpp"), withExample(textOf(project, SKETCH)));
    const machine = ["-mmcu=atmega328p", "-DF_CPU=16000000L", "-DARDUINO=10819", "-DARDUINO_ARCH_AVR", "-DARDUINO_AVR_UNO"];
    const flags = ["-fsyntax-only", "-Os", "-std=gnu++11", "-Wall", "-Wextra", "-Werror", "-Isrc"];
    await run("avr-g++", [...machine, ...flags, ...headers, "src/reflex_arduino.cpp", "main.cpp"], { cwd: folder });
  });

  test.each([
    [
      "a mistake in the sketch",
      "void loop() {",
      "void loop() { oops(); ",
      "compile-failed",
      "'oops' was not declared",
      "correct the source",
    ],
    ["a header that no library has", "#include <Arduino.h>", "#include <Oops.h>", "arduino-library-missing", "Oops.h", "lib search Oops.h"],
  ])(
    "%s is told in the compiler's words, with its place",
    async (_, from, to, code, words, hint) => {
      const sketch = path.join(folder, SKETCH);
      const before = readFileSync(sketch, "utf8");
      writeFileSync(sketch, before.replace(from, to));
      const error: unknown = await arduinoProjects(board)
        .build(folder)
        .catch((thrown: unknown) => thrown);
      writeFileSync(sketch, before);
      expect(error).toBeInstanceOf(DiagnosticError);
      const [diagnostic] = (error as DiagnosticError).diagnostics;
      expect(diagnostic).toMatchObject({ code, where: { file: SKETCH }, hint: expect.stringContaining(hint) as string });
      expect(diagnostic?.message.replace(/[‘’]/g, "'")).toContain(words);
      expect(diagnostic?.message).not.toContain(folder);
    },
    60_000,
  );
});

test("a policy that does not fit beside Arduino's core is refused", async () => {
  const wide = testRobot("discrete", { architecture: { kind: "mlp", hidden: [96, 32], history: 1, activation: "relu" } });
  const board = await loadBoard(boardsFolder, "uno");
  const sources = await firmwareSources();
  const compile = (reserved: Reserved): FirmwareProject => {
    const { arduino } = board.frameworks;
    if (arduino === undefined) throw new Error("the Uno has a core");
    const frameworks = { ...board.frameworks, arduino: { ...arduino, reserved } };
    return compileAgent(wide, randomBundle(wide, 2), { ...board, frameworks }, { runtime: "c", framework: "arduino" }, sources);
  };
  const reserved = reservedOf(board, "arduino");
  expect(compile(reserved).framework).toBe("arduino");
  expect(() => compile({ ...reserved, flashBytes: 16_000 })).toThrow("bytes of flash");
  expect(() => compile({ ...reserved, ramBytes: 1000 })).toThrow("bytes of RAM");
});

describe.skipIf(requires("cc", "c++"))("on this computer", () => {
  test.each([
    ["an Arduino library, with the mbed core", "nano33ble", "arduino", SKETCH, ["-DARDUINO_ARCH_MBED", "-DNRF52840_XXAA"]],
    ["a PlatformIO project, with a core that sends unbuffered", "microbit-v2", "platformio", MAIN, ["-DARDUINO_ARCH_NRF5"]],
  ] as const)(
    "%s drives",
    async (_, board, framework, sketch, defines) => {
      const { request } = await projectFor(board, "c", framework);
      const cxxFlags = ["-DARDUINO=10819", ...defines, `-I${HEADERS}`];
      const units = [...new Set([...request.units, sketch])];
      const image = await buildNative({ ...request, units }, { cxxFlags, others: ["tests/frameworks/arduino/board.cpp"] });
      await expectDriven(processEmulator(), image);
    },
    120_000,
  );
});

/** What compiles for a platform here, and what its core defines. */
const CORES: Readonly<Record<string, readonly [compiler: string, ...options: string[]]>> = {
  "arduino:avr": ["avr-g++", "-mmcu=atmega328p", "-DARDUINO_ARCH_AVR", "-DARDUINO_AVR_UNO", "-DSERIAL_RX_BUFFER_SIZE=64"],
  "arduino:mbed_nano": ["arm-none-eabi-g++", "-DARDUINO_ARCH_MBED", "-DNRF52840_XXAA"],
  "arduino:renesas_uno": ["arm-none-eabi-g++", "-DARDUINO_ARCH_RENESAS"],
  "sandeepmistry:nRF5": ["arm-none-eabi-g++", "-DARDUINO_ARCH_NRF5", "-DNRF52833_XXAA"],
  "STMicroelectronics:stm32": ["arm-none-eabi-g++", "-DARDUINO_ARCH_STM32", "-DSERIAL_RX_BUFFER_SIZE=64"],
  "rp2040:rp2040": ["arm-none-eabi-g++", "-DARDUINO_ARCH_RP2040"],
  "teensy:avr": ["arm-none-eabi-g++", "-DTEENSYDUINO=159"],
  "esp32:esp32": ["c++", "-DARDUINO_ARCH_ESP32", "-DESP_ARDUINO_VERSION_MAJOR=3"],
  "arduino:esp32": ["c++", "-DARDUINO_ARCH_ESP32", "-DESP_ARDUINO_VERSION_MAJOR=2"],
};
/** The Uno R4 WiFi's `Serial` is no USB of its own. */
const BOARD_DEFINES: Readonly<Record<string, string>> = { unor4wifi: "-DNO_USB" };

describe.skipIf(requires("avr-g++", "arm-none-eabi-g++", "c++"))("port and example", () => {
  test.each(arduinoBoards.map(({ id }) => id))("of %s compile without a warning", async (id) => {
    const project = await projectFor(id, "c", "arduino");
    const platform = arduinoBoards.find((board) => board.id === id)?.frameworks.arduino?.platform ?? "";
    const [compiler, ...options] = CORES[platform] ?? [];
    if (compiler === undefined) throw new Error(`no row of CORES says how ${platform} is compiled`);
    await withTemporaryFolder(async (folder) => {
      writeSourceTree(folder, project.request.sources);
      writeFileSync(path.join(folder, "main.cpp"), withExample(textOf(project, SKETCH)));
      const own = BOARD_DEFINES[id];
      const defines = [...options, ...(own === undefined ? [] : [own])];
      const flags = ["-fsyntax-only", "-std=gnu++11", "-Wall", "-Wextra", "-Wdouble-promotion", "-Werror", "-Isrc", `-I${HEADERS}`];
      await run(compiler, [...defines, ...flags, "src/reflex_arduino.cpp", "main.cpp"], { cwd: folder });
    });
  });
});

describe("Arduino library", () => {
  test.each(arduinoBoards.map((board) => [board.id, board] as const))(
    "of %s is laid out as Arduino's specifications say",
    async (id, board) => {
      const project = await projectFor(id, "c", "arduino");
      const { platform = "", fqbn = "", packageIndex = null } = board.frameworks.arduino ?? {};
      const paths = [...project.request.sources.keys()];
      expect([...project.personal]).toEqual([SKETCH]);
      expect(paths).toEqual(
        expect.arrayContaining(["library.properties", "README.md", "src/robot.h", "src/policy.c", "src/reflex_agent.c"]),
      );
      expect(paths.filter((each) => each.startsWith("src/") && each.split("/").length > 2)).toEqual([]);
      const properties = propertiesOf(textOf(project, "library.properties"));
      const name = properties["name"] ?? "";
      expect(properties).toMatchObject({ name: "test_robot_policy", includes: `${name}.h`, category: "Device Control" });
      expect(properties).toMatchObject({
        architectures: platform.split(":")[1],
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      });
      expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}$/);
      expect(properties).not.toHaveProperty("depends");
      expect(textOf(project, SKETCH)).toContain(`#include <${name}.h>`);
      expect(paths).toContain(`src/${name}.h`);
      const readme = textOf(project, "README.md");
      expect(readme).toContain(`arduino-cli compile --fqbn ${fqbn} --library . --upload --port /dev/ttyACM0 examples/robot\n`);
      expect(readme).toContain(
        `arduino-cli core install ${platform}${packageIndex === null ? "" : ` --additional-urls ${packageIndex}`}\n`,
      );
    },
  );

  test("asks for TensorFlow Lite Micro where that runs the policy", async () => {
    const project = await projectFor("nano33ble", "tflm");
    expect(textOf(project, "library.properties")).toContain("\ndepends=Chirale_TensorFLowLite\n");
    expect(textOf(project, "README.md")).toContain("arduino-cli lib install Chirale_TensorFLowLite");
    expect(project.request.units).toEqual(expect.arrayContaining(["src/policy.cpp", "src/policy_model.cpp"]));
  });

  test("gets no fully connected layer with a scale a row, which its TensorFlow Lite Micro would run wrongly", async () => {
    const perRow = randomBundle(robot, 1);
    const sources = await firmwareSources();
    const glue = async (board: string): Promise<string> => {
      const project = compileAgent(robot, perRow, await loadBoard(boardsFolder, board), { runtime: "tflm" }, sources);
      return [...project.request.sources].filter(([each]) => each.endsWith("/policy.cpp")).map(([, content]) => String(content))[0] ?? "";
    };
    expect(await glue("esp32")).toContain("AddFullyConnected");
    expect(await glue("nano33ble")).toContain("AddConv2D");
    expect(await glue("nano33ble")).not.toContain("AddFullyConnected");
  });
});

describe("the person's sketch", () => {
  test("names each field with its unit and range, and each label", async () => {
    const sketch = textOf(await projectFor("uno", "c", "arduino"), SKETCH);
    expect(sketch).toContain("\n    // observation->imu.pitch = ...; // rad, -3.2 to 3.2\n");
    expect(sketch).toContain("\n    // observation->imu.acceleration[i] = ...; // -20 to 20, i = 0 to 2\n");
    expect(sketch).toContain("\n    // action->label // ROBOT_ACTION_FORWARD, ROBOT_ACTION_LEFT,");
    expect(sketch).toMatch(/^#if 0 /m);
  });
});

describe("PlatformIO project", () => {
  const platformioBoards = boards.filter(({ frameworks }) => frameworks.platformio?.framework === "arduino");

  test.each(platformioBoards.map((board) => [board.id, board] as const))(
    "of %s: each file is where PlatformIO looks",
    async (id, board) => {
      const project = await projectFor(id, "c", "platformio");
      const { platform, board: name } = board.frameworks.platformio ?? {};
      expect([...project.personal]).toEqual([MAIN]);
      expect(iniOf(textOf(project, "platformio.ini"))).toEqual({
        [`env:${id}`]: { platform, board: name, framework: "arduino", monitor_speed: "115200", "board_build.f_cpu": `${board.clockHz}L` },
      });
      const library = "lib/test_robot_policy";
      expect(propertiesOf(textOf(project, `${library}/library.properties`))).toMatchObject({ name: "test_robot_policy" });
      expect(project.request.includes).toEqual([`${library}/src`]);
      for (const unit of project.request.units) expect(unit === MAIN || unit.startsWith(`${library}/src/`)).toBe(true);
      expect(textOf(project, MAIN)).toBe(textOf(await projectFor(id, "c", "arduino"), SKETCH));
      expect(textOf(project, "README.md")).toContain("`src/main.cpp` is yours");
    },
  );

  test("downloads TensorFlow Lite Micro where that runs the policy", async () => {
    const ini = iniOf(textOf(await projectFor("nano33ble", "tflm", "platformio"), "platformio.ini"));
    expect(ini["env:nano33ble"]).toMatchObject({ lib_deps: "Chirale_TensorFLowLite" });
  });
});

function propertiesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trimEnd()
      .split("\n")
      .map((line) => /^([a-z]+)=(.*)$/.exec(line)?.slice(1) as [string, string]),
  );
}

/** Sections of `key = value`, comments with a semicolon. */
function iniOf(text: string): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> | null = null;
  for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith(";"))) {
    const [, head] = /^\[(.+)\]$/.exec(line) ?? [];
    const [, key, value] = /^([\w.]+) = (.+)$/.exec(line) ?? [];
    if (head !== undefined) sections[head] = section = {};
    else if (section !== null && key !== undefined && value !== undefined) section[key] = value;
    else throw new Error(`no line of an ini file: ${line}`);
  }
  return sections;
}
