// The projects for ESP-IDF, and PlatformIO's of them. Their sources are built with a few functions of the framework on this computer
// (tests/frameworks/esp-idf) and driven over both lines, UART and USB; all C is compiled by the nearest cross compiler; every other file
// is read as its tool reads it.

import { execFile, execFileSync } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import type { Framework, Runtime } from "../../src/artifacts/board.ts";
import type { FirmwareProject } from "../../src/artifacts/firmware-project.ts";
import { flashParts } from "../../src/emit/project/web-tools.ts";
import { listBoards, loadBoard } from "../../src/host/boards.ts";
import { processEmulator } from "../../src/host/emulators/process.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { withTemporaryFolder, writeSourceTree } from "../../src/host/temporary-folder.ts";
import { HASTY } from "../board-applications.ts";
import { buildNative } from "../native.ts";
import { requires } from "../requires.ts";
import { expectDriven, projectFor, textOf } from "./framework-projects.ts";

const run = promisify(execFile);
const DECLARATIONS = `${process.cwd()}/tests/frameworks/esp-idf`;
const COMPONENT = "components/test_robot_policy";

const RISCV = ["riscv64-unknown-elf-gcc", "-mabi=ilp32"];
/** The compiler that is nearest to the one that ESP-IDF has for the chip. */
const CHIPS = [
  { board: "esp32", target: "esp32", compiler: ["xtensa-lx106-elf-gcc"] },
  { board: "esp32s3", target: "esp32s3", compiler: ["xtensa-lx106-elf-gcc"] },
  { board: "esp32c3", target: "esp32c3", compiler: [...RISCV, "-march=rv32imc"] },
  { board: "esp32c6", target: "esp32c6", compiler: [...RISCV, "-march=rv32imac"] },
  { board: "nanoesp32", target: "esp32s3", compiler: ["xtensa-lx106-elf-gcc"] },
] as const;
/** HASTY, greeting as a board does, and run by ESP-IDF's port. */
const GREETING_HASTY = `#include "reflex.h"
#include "reflex_esp_idf.h"
#define reflex_app_start hasty_start
${HASTY}
#undef reflex_app_start
void reflex_app_start(const reflex_port* board) {
    static const uint8_t greeting = 0;
    hasty_start(board);
    (void)board->write(&greeting, 1U);
}
void app_main(void);
void app_main(void) { reflex_run(); }
`;

const projects = new Map<string, Promise<FirmwareProject>>();

/** Each is made once. */
function madeProject(board: string, runtime: Runtime, framework: Framework): Promise<FirmwareProject> {
  const key = `${board} ${runtime} ${framework}`;
  const made = projects.get(key) ?? projectFor(board, runtime, framework);
  projects.set(key, made);
  return made;
}

const WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"];

/** Runs a compiler on each unit, and says nothing when none complains. @throws Error with its words. */
async function compiles(
  project: FirmwareProject,
  units: readonly string[],
  command: readonly string[],
  includes: readonly string[],
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    writeSourceTree(folder, project.request.sources);
    writeSourceTree(folder, new Map([["main/main.c", withExample(textOf(project, "main/main.c"))]]));
    const [compiler = "", ...flags] = command;
    const headers = [...project.request.includes, ...includes].map((each) => `-I${each}`);
    await run(compiler, [...flags, ...WARNINGS, "-ffreestanding", "-c", ...headers, ...units], { cwd: folder });
  });
}

function withExample(main: string): string {
  expect(main.match(/^#if 0$/gm)).toHaveLength(1);
  return main.replace(/^#if 0$/m, "#if 1");
}

describe.skipIf(requires("cc", "c++"))("on this computer", () => {
  test.each([
    ["UART 0", "esp32"],
    ["USB-Serial-JTAG", "esp32s3"],
  ])(
    "drives over %s",
    async (_, board) => {
      const { request } = await madeProject(board, "c", "esp-idf");
      const image = await buildNative(request, { cFlags: [`-I${DECLARATIONS}`], others: [`${DECLARATIONS}/board.c`] });
      await expectDriven(processEmulator(), image);
    },
    120_000,
  );

  test("never waits for a host that does not read: USB-Serial-JTAG takes what its driver has room for, and says how much that is", async () => {
    const { request } = await madeProject("esp32s3", "c", "esp-idf");
    const headers = [...request.sources].filter(([file]) => file.endsWith(".h"));
    const port = [`${COMPONENT}/reflex_esp_idf.c`, `${COMPONENT}/reflex_esp_idf_line.c`];
    const sources = new Map([
      ...headers,
      ...port.map((unit) => [unit, request.sources.get(unit) ?? ""] as const),
      ["hasty.c", GREETING_HASTY],
    ]);
    const build = { cFlags: [`-I${DECLARATIONS}`], others: [`${DECLARATIONS}/board.c`] };
    const board = await processEmulator().boot(await buildNative({ ...request, sources, units: [...port, "hasty.c"] }, build));
    try {
      const said: number[] = [];
      const figures = await new Promise<readonly number[]>((resolve) => {
        board.port.onData((bytes) => {
          said.push(...bytes);
          const answer = said.indexOf(255);
          if (answer >= 0 && said.length >= answer + 9) resolve(said.slice(answer));
        });
        void board.port.write(Uint8Array.of(1));
      });
      const taken = [1, 5, 7].map((place) => (figures[place] as number) + 256 * (figures[place + 1] as number));
      // The driver's 256 bytes, then a packet at a time as the host takes one.
      expect(taken).toEqual([256, 64, 64]);
      expect(said).toHaveLength(256 + 64 + 64 + 9);
    } finally {
      await board.stop();
    }
  });
});

describe.skipIf(requires("xtensa-lx106-elf-gcc", "riscv64-unknown-elf-gcc", "arm-none-eabi-g++"))("compiled", () => {
  test.each(CHIPS)("for $board: all C, with the example turned on", async ({ board, target, compiler }) => {
    const project = await madeProject(board, "c", "esp-idf");
    const { units } = project.request;
    expect(units).toEqual(expect.arrayContaining([`${COMPONENT}/policy.c`, `${COMPONENT}/reflex_esp_idf_line.c`, "main/main.c"]));
    const flags = ["-std=gnu17", "-O1", `-DCONFIG_IDF_TARGET_${target.toUpperCase()}`];
    // The rest of the Nano's is the ESP32-S3's.
    const its = board === "nanoesp32" ? ["main/main.c"] : units;
    await compiles(project, its, [...compiler, ...flags], [DECLARATIONS]);
  });

  test("for TensorFlow Lite Micro: the C++ between it and the firmware", async () => {
    const project = await madeProject("esp32c3", "tflm", "esp-idf");
    const units = project.request.units.filter((unit) => unit.endsWith(".cpp"));
    expect(units).toEqual([`${COMPONENT}/policy.cpp`, `${COMPONENT}/policy_model.cpp`]);
    const tflm = `${process.cwd()}/tests/frameworks/tflm`;
    await compiles(project, units, ["arm-none-eabi-g++", "-mcpu=cortex-m3", "-std=gnu++2b", "-fno-exceptions", "-fno-rtti"], [tflm]);
  });
});

describe("the person's file", () => {
  test.each(CHIPS)("is the only one, on $board", async ({ board }) => {
    const project = await madeProject(board, "c", "esp-idf");
    expect([...project.personal]).toEqual(["main/main.c"]);
    const main = textOf(project, "main/main.c");
    expect(main).toContain("    // observation->battery = ...; // V, 0 to 12.6\n");
    expect(main).toContain("    // action->label // ROBOT_ACTION_FORWARD, ");
    expect(main).not.toContain("{{");
  });

  test("names pins that an Arduino Nano ESP32 brings out", async () => {
    const pins = [...textOf(await madeProject("nanoesp32", "c", "esp-idf"), "main/main.c").matchAll(/GPIO_NUM_(\d+)/g)].map(([, pin]) =>
      Number(pin),
    );
    // Digital pins 0 to 13 and analogue ones 0 to 7: variants/arduino_nano_nora/pins_arduino.h of Arduino's core.
    const broughtOut = [44, 43, 5, 6, 7, 8, 9, 10, 17, 18, 21, 38, 47, 48, 1, 2, 3, 4, 11, 12, 13, 14];
    expect(pins).toHaveLength(7);
    expect(new Set(pins).size).toBe(7);
    expect(pins.filter((pin) => !broughtOut.includes(pin))).toEqual([]);
  });

  test.skipIf(requires("clang-format"))("is formatted as all C is", async () => {
    const project = await madeProject("esp32c3", "c", "esp-idf");
    const formatted = execFileSync("clang-format", ["--assume-filename=main.c"], {
      input: textOf(project, "main/main.c"),
      encoding: "utf8",
    });
    expect(textOf(project, "main/main.c")).toBe(formatted);
  });
});

describe.skipIf(requires("cmake"))("CMake reads", () => {
  const said = new Map<string, string>();
  beforeAll(async () => {
    const projects = [
      ["uart", await madeProject("esp32", "c", "esp-idf")],
      ["usb", await madeProject("esp32c6", "tflm", "esp-idf")],
      ["platformio", await madeProject("esp32s3", "c", "platformio")],
    ] as const;
    for (const [name, project] of projects) {
      const words = await withTemporaryFolder(async (folder) => {
        writeSourceTree(folder, project.request.sources);
        return run("cmake", ["-S", folder, "-B", path.join(folder, "build")], { env: { ...process.env, IDF_PATH: DECLARATIONS } });
      });
      said.set(name, words.stdout);
    }
  });

  test("the person's part, with all of its sources", () => {
    expect(said.get("uart")).toContain("project test-robot\n");
    expect(said.get("uart")).toContain("component main: main.c | . |  |  | whole\n");
    expect(said.get("platformio")).toContain("component src: main.c | . |  |  | \n");
  });

  test.each([
    ["uart", "policy\\.c", "esp_driver_uart"],
    ["usb", "policy\\.cpp", "esp_driver_usb_serial_jtag"],
    ["platformio", "policy\\.c", "esp_driver_usb_serial_jtag"],
  ])("the component of %s, with sources that exist and the driver of its line", (name, policy, driver) => {
    expect(said.get(name)).toMatch(
      new RegExp(
        `component test_robot_policy: ${policy};.*robot\\.c;.*reflex_agent\\.c;.*reflex_esp_idf\\.c;.* \\| \\. \\|  \\| ${driver};esp_timer \\| \\n`,
      ),
    );
  });
});

describe("settings", () => {
  test.each(CHIPS)("of $board are lines that Kconfig reads, each once", async ({ board, target }) => {
    const project = await madeProject(board, "c", "esp-idf");
    const settings = settingsOf(textOf(project, "sdkconfig.defaults"));
    const file = await loadBoard(boardsFolder, board);
    const usb = board !== "esp32";
    expect(settings).toEqual(
      new Map([
        ["IDF_TARGET", `"${target}"`],
        [`ESP_DEFAULT_CPU_FREQ_MHZ_${file.clockHz / 1e6}`, "y"],
        ["COMPILER_OPTIMIZATION_PERF", "y"],
        ["ESP_CONSOLE_NONE", "y"],
        ...(usb ? [["ESP_CONSOLE_SECONDARY_NONE", "y"] as const] : []),
        ["BOOTLOADER_LOG_LEVEL_NONE", "y"],
        ["FREERTOS_HZ", "1000"],
        ["ESP_MAIN_TASK_STACK_SIZE", "8192"],
        [`ESPTOOLPY_FLASHSIZE_${file.flashBytes / 2 ** 20}MB`, "y"],
        ["PARTITION_TABLE_CUSTOM", "y"],
        ["PARTITION_TABLE_CUSTOM_FILENAME", '"partitions.csv"'],
      ]),
    );
  });

  test.each(CHIPS)("the partitions of $board lie side by side, up to the end of its flash", async ({ board }) => {
    const rows = textOf(await madeProject(board, "c", "esp-idf"), "partitions.csv")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => line.split(",").map((cell) => cell.trim()));
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      ["nvs", "data", "nvs"],
      ["phy_init", "data", "phy"],
      ["factory", "app", "factory"],
    ]);
    let free = 0x9000; // after the table itself, which has a sector
    for (const [name, , , offset, size] of rows) {
      expect(Number(offset), name).toBe(free);
      expect(Number(size) % 0x1000, name).toBe(0);
      free += Number(size);
    }
    expect(Number(rows[2]?.[3])).toBe(0x10000);
    expect(free).toBe((await loadBoard(boardsFolder, board)).flashBytes);
  });

  test.each<[Runtime, Record<string, string>]>([
    ["c", { idf: ">=5.3" }],
    ["tflm", { idf: ">=5.3", "espressif/esp-tflite-micro": "^1.3.5" }],
  ])("the manifest of runtime %s", async (runtime, dependencies) => {
    const manifest = textOf(await madeProject("esp32", runtime, "esp-idf"), `${COMPONENT}/idf_component.yml`);
    expect(flatYaml(manifest)).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string, dependencies });
  });
});

describe("PlatformIO", () => {
  test.each(["esp32", "esp32s3", "esp32c3", "esp32c6"])("builds what ESP-IDF does for %s, from src/", async (board) => {
    const [idf, platformio] = await Promise.all([madeProject(board, "c", "esp-idf"), madeProject(board, "c", "platformio")]);
    const file = await loadBoard(boardsFolder, board);
    expect([...platformio.personal]).toEqual(["src/main.c"]);
    expect(textOf(platformio, "src/main.c")).toBe(textOf(idf, "main/main.c"));
    const shared = [...idf.request.sources].filter(([name]) => !name.startsWith("main/") && name !== "README.md");
    for (const [name, content] of shared) expect(platformio.request.sources.get(name), name).toBe(content);
    expect(iniOf(textOf(platformio, "platformio.ini"))).toEqual({
      [`env:${board}`]: {
        platform: file.frameworks.platformio?.platform,
        board: file.frameworks.platformio?.board,
        framework: "espidf",
        monitor_speed: "115200",
        "board_build.partitions": "partitions.csv",
        "board_upload.flash_size": `${file.flashBytes / 2 ** 20}MB`,
      },
    });
    expect(textOf(platformio, "README.md")).toContain(`reflexarc flash --board ${board} --framework platformio`);
  });
});

describe("README", () => {
  test.each(CHIPS)("of $board names our commands before ESP-IDF's", async ({ board, target }) => {
    const text = textOf(await madeProject(board, "c", "esp-idf"), "README.md");
    const places = [`reflexarc build --board ${board}`, `reflexarc flash --board ${board}`, "idf.py build", "idf.py --port"].map((each) =>
      text.indexOf(each),
    );
    expect(places).toEqual([...places].sort((left, right) => left - right));
    expect(places[0]).toBeGreaterThan(0);
    expect(text).toContain(target);
  });
});

test("every Espressif board gets a manifest for ESP Web Tools, whatever builds its project", async () => {
  const boards = (await listBoards(boardsFolder)).filter((board) => board.flash?.method === "esptool");
  expect(boards.map((board) => board.id)).toEqual(expect.arrayContaining(CHIPS.map((chip) => chip.board)));
  for (const { board } of CHIPS) {
    const parts = flashParts(textOf(await madeProject(board, "c", "esp-idf"), "manifest.json"));
    const bootloader = board === "esp32" ? 0x1000 : 0;
    expect(parts).toEqual([
      { path: "image/bootloader.bin", address: bootloader },
      { path: "image/partition-table.bin", address: 0x8000 },
      { path: "image/firmware.bin", address: 0x10000 },
    ]);
  }
  for (const framework of ["arduino", "platformio"] as const) {
    const parts = flashParts(textOf(await madeProject("nanoesp32", "c", framework), "manifest.json"));
    expect(parts.map(({ path: file }) => file)).toEqual(
      ["bootloader", "partition-table", "boot_app0", "firmware"].map((name) => `image/${name}.bin`),
    );
    expect(parts[2]?.address).toBe(0xe000);
  }
});

/** `CONFIG_NAME=value` by name. @throws Error on any other line, and on a name that comes twice. */
function settingsOf(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
    const [, name, value] = /^CONFIG_([A-Z0-9_]+)=(y|n|\d+|"[^"]*")$/.exec(line) ?? [];
    if (name === undefined || value === undefined || settings.has(name)) throw new Error(`not a setting, or not the first: ${line}`);
    settings.set(name, value);
  }
  return settings;
}

/** Sections of `name = value`. @throws Error on any other line. */
function iniOf(text: string): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> | null = null;
  for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith(";"))) {
    const [, title] = /^\[([\w:-]+)\]$/.exec(line) ?? [];
    const [, name, value] = /^([\w.]+) = (.+)$/.exec(line) ?? [];
    if (title !== undefined) sections[title] = section = {};
    else if (section !== null && name !== undefined && value !== undefined) section[name] = value;
    else throw new Error(`not in the form of platformio.ini: ${line}`);
  }
  return sections;
}

/** YAML of `key: "text"` and one level of `key:` above such: all that the manifest needs. */
function flatYaml(text: string): Record<string, string | Record<string, string>> {
  const result: Record<string, string | Record<string, string>> = {};
  let group = result as Record<string, string>;
  for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
    const [, indent, key, value] = /^( {2})?([\w/-]+):(?: "([^"]*)")?$/.exec(line) ?? [];
    if (key === undefined) throw new Error(`not in the manifest's subset of YAML: ${line}`);
    if (indent === undefined) group = result as Record<string, string>;
    if (value === undefined) result[key] = group = {};
    else group[key] = value;
  }
  return result;
}
