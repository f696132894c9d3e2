// The build tools of ESP-IDF and PlatformIO, by programs that stand in for them (tests/frameworks): they look at the arguments, the
// environment and the files of a generated project, and leave and say what the real ones would.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Framework, Runtime } from "../../src/artifacts/board.ts";
import type { FirmwareProject } from "../../src/artifacts/firmware-project.ts";
import { DiagnosticError } from "../../src/core/diagnostic.ts";
import { IoError, type ProjectBuild } from "../../src/core/io.ts";
import { loadBoard } from "../../src/host/boards.ts";
import { writeTree } from "../../src/host/files.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../src/host/temporary-folder.ts";
import { projectBuilder } from "../../src/host/toolchains/project-builders.ts";
import { writeStandIn } from "../frameworks/stand-in.ts";
import { requires } from "../requires.ts";
import { projectFor } from "./framework-projects.ts";

const projects = new Map<string, Promise<FirmwareProject>>();

/** Each is made once. */
function madeProject(board: string, runtime: Runtime, framework: Framework): Promise<FirmwareProject> {
  const key = `${board} ${runtime} ${framework}`;
  const made = projects.get(key) ?? projectFor(board, runtime, framework);
  projects.set(key, made);
  return made;
}

const KEPT = { ...process.env };
let temporary: TemporaryFolder;
let project: string;

beforeEach(() => {
  temporary = createTemporaryFolder();
  project = path.join(temporary.path, "project");
  const bin = path.join(temporary.path, "bin");
  writeStandIn(bin, "idf.py", "esp-idf/idf.ts");
  writeStandIn(bin, "pio", "platformio/pio.ts");
  Object.assign(process.env, {
    PATH: `${bin}${path.delimiter}${process.env["PATH"] ?? ""}`,
    STAND_IN_LOG: path.join(temporary.path, "log"),
    IDF_PATH: "/opt/esp/idf",
    IDF_PYTHON_ENV_PATH: "/opt/esp/python_env",
    PLATFORMIO_CORE_DIR: path.join(temporary.path, "core"),
  });
});

afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in KEPT)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, KEPT);
  temporary.remove();
});

async function write(board: string, framework: Framework, runtime: Runtime = "c"): Promise<void> {
  await writeTree(project, (await madeProject(board, runtime, framework)).request.sources);
}

async function build(board: string, framework: Framework, said?: (line: string) => void): Promise<ProjectBuild> {
  const builder = projectBuilder(await loadBoard(boardsFolder, board), framework);
  if (builder === null) throw new Error("nothing builds that");
  return builder.build(project, said);
}

/** How the stand-ins were called. */
function calls(): readonly string[] {
  const lines = readFileSync(path.join(temporary.path, "log"), "utf8").trimEnd().split("\n");
  return lines.map((line) => (JSON.parse(line) as readonly string[]).join(" "));
}

/** The only diagnostic of a build that fails. */
async function failure(board: string, framework: Framework): Promise<DiagnosticError["diagnostics"][number]> {
  const error: unknown = await build(board, framework).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DiagnosticError)) throw new Error(`no diagnostic: ${String(error)}`);
  expect(error.diagnostics).toHaveLength(1);
  return error.diagnostics[0] as DiagnosticError["diagnostics"][number];
}

function edit(file: string, from: string | RegExp, to: string): void {
  const name = path.join(project, file);
  const text = readFileSync(name, "utf8");
  expect(text).toMatch(from);
  writeFileSync(name, text.replace(from, to));
}

function contents(result: ProjectBuild): Record<string, string> {
  return Object.fromEntries([...result.files].map(([name, bytes]) => [name, Buffer.from(bytes).toString("latin1").slice(0, 40)]));
}

const BROKEN = ["    (void)observation;", "    observation->nothing = 1;"] as const;

describe.skipIf(requires("cc"))("idf.py", () => {
  test("builds, says what it does, and gives what the board is flashed with", async () => {
    await write("esp32s3", "esp-idf");
    const said: string[] = [];
    const result = await build("esp32s3", "esp-idf", (line) => said.push(line));
    expect(contents(result)).toEqual({
      "bootloader.bin": "bootloader of esp32s3",
      "partition-table.bin": "partition table",
      "firmware.bin": "\u00e9".repeat(40),
    });
    expect(result.size).toEqual({ flashBytes: 200_000, ramBytes: 51_003 });
    expect(calls()).toEqual(["build", "size --format json2 --output-file build/reflexarc-size.json"]);
    expect(said).toContain("[1/3] Building C object esp-idf/main/CMakeFiles/__idf_main.dir/main.c.obj");
    expect(said).toContain("Project build complete. To flash, run:");
  });

  test("sets the target again when sdkconfig is another chip's, and only then", async () => {
    await write("esp32", "esp-idf");
    writeFileSync(path.join(project, "sdkconfig"), 'CONFIG_IDF_TARGET="esp32c3"\n');
    process.env["IDF_TARGET"] = "esp32c6";
    expect(contents(await build("esp32", "esp-idf"))).toMatchObject({ "bootloader.bin": "bootloader of esp32" });
    expect(calls().slice(0, 2)).toEqual(["set-target esp32", "build"]);
    expect(existsSync(path.join(project, "sdkconfig.old"))).toBe(true);
    await build("esp32", "esp-idf");
    expect(calls().filter((call) => call.startsWith("set-target"))).toHaveLength(1);
  });

  test("hands on the compiler's words, with their place in the project", async () => {
    await write("esp32c3", "esp-idf");
    edit("main/main.c", ...BROKEN);
    const { code, message, where } = await failure("esp32c3", "esp-idf");
    expect(code).toBe("compile-failed");
    expect(where?.file).toBe("main/main.c");
    expect(readFileSync(path.join(project, "main/main.c"), "utf8").split("\n")[(where?.line ?? 0) - 1]).toContain("nothing");
    expect(message).toMatch(/main\/main\.c:\d+:\d+: error: .*has no member named .nothing/);
    expect(message).not.toContain(project);
    expect(message).not.toContain("ninja");
    expect(message).not.toContain("xtensa-");
  });

  test("tells what does not link", async () => {
    await write("esp32c3", "esp-idf");
    edit("main/main.c", /^app_main/m, "app_mains");
    edit("main/main.c", "void\napp_mains", "void app_mains(void);\nvoid\napp_mains");
    expect(await failure("esp32c3", "esp-idf")).toMatchObject({
      code: "link-failed",
      message: expect.stringContaining("undefined reference to `app_main'") as string,
    });
  });

  test("tells that the program is too large for its partition", async () => {
    await write("esp32", "esp-idf");
    process.env["STAND_IN_PROGRAM_BYTES"] = String(0x3f0000 + 1);
    const { code, message } = await failure("esp32", "esp-idf");
    expect(code).toBe("firmware-too-large");
    expect(message).toContain("app partition is too small for binary test-robot.bin size 0x3f0001");
  });

  test("tells that a component must be downloaded, and can't be", async () => {
    await write("esp32s3", "esp-idf", "tflm");
    process.env["STAND_IN_OFFLINE"] = "yes";
    const { code, message, hint } = await failure("esp32s3", "esp-idf");
    expect(code).toBe("component-missing");
    expect(message).toContain("Are you connected to the internet?");
    expect(hint).toContain("connect to the internet");
  });

  test("tells which component an ESP-IDF before 5.3 does not have", async () => {
    await write("esp32s3", "esp-idf");
    edit("components/test_robot_policy/CMakeLists.txt", "esp_driver_usb_serial_jtag", "esp_driver_of_tomorrow");
    expect(await failure("esp32s3", "esp-idf")).toMatchObject({
      code: "component-missing",
      message: "ESP-IDF finds no component: Failed to resolve component 'esp_driver_of_tomorrow'.",
    });
  });

  test("tells that this shell has no ESP-IDF, and how it gets it", async () => {
    await write("esp32", "esp-idf");
    Reflect.deleteProperty(process.env, "IDF_PYTHON_ENV_PATH");
    expect(await failure("esp32", "esp-idf")).toMatchObject({ code: "idf-environment", hint: ". /opt/esp/idf/export.sh" });
    process.env["PATH"] = "/nowhere";
    await expect(build("esp32", "esp-idf")).rejects.toMatchObject({
      message: "idf.py is not installed, or not in the PATH of this shell",
      hint: ". /opt/esp/idf/export.sh",
    });
    Reflect.deleteProperty(process.env, "IDF_PATH");
    await expect(build("esp32", "esp-idf")).rejects.toThrow(IoError);
    await expect(build("esp32", "esp-idf")).rejects.toMatchObject({ hint: expect.stringContaining("install.sh") as string });
  });

  test("refuses a build that has its parts elsewhere than `flash` writes them", async () => {
    await write("esp32s3", "esp-idf");
    edit("sdkconfig.defaults", /$/, "CONFIG_PARTITION_TABLE_OFFSET=0x9000\n");
    const { code, message, hint } = await failure("esp32s3", "esp-idf");
    expect(code).toBe("build-other-layout");
    expect(message).toContain("`reflexarc flash` writes partition-table.bin to 0x8000, where this build has nothing (it has: 0x0 ");
    expect(hint).toContain("delete sdkconfig");
  });

  test("notes what the build has besides", async () => {
    await write("esp32s3", "esp-idf");
    writeFileSync(path.join(project, "storage.bin"), "mine");
    const said: string[] = [];
    await build("esp32s3", "esp-idf", (line) => said.push(line));
    expect(said.filter((line) => line.startsWith("note: "))).toEqual([
      `note: ${path.join(project, "storage.bin")}, at 0x3f0000, is not flashed by \`reflexarc flash\``,
    ]);
  });

  test("notes which of our settings the person's own overrule", async () => {
    await write("esp32s3", "esp-idf");
    await build("esp32s3", "esp-idf");
    edit("sdkconfig", "CONFIG_FREERTOS_HZ=1000", "CONFIG_FREERTOS_HZ=100");
    const said: string[] = [];
    await build("esp32s3", "esp-idf", (line) => said.push(line));
    expect(said.filter((line) => line.startsWith("note: "))).toEqual([
      "note: sdkconfig overrules CONFIG_FREERTOS_HZ=1000 of sdkconfig.defaults; delete it to begin again with those",
    ]);
  });

  test("gives no size where ESP-IDF does not say one, and no firmware where it left none", async () => {
    await write("esp32", "esp-idf");
    process.env["STAND_IN_NO_SIZE"] = "yes";
    expect((await build("esp32", "esp-idf")).size).toBeNull();
    process.env["STAND_IN_NO_PROGRAM"] = "yes";
    await expect(build("esp32", "esp-idf")).rejects.toMatchObject({
      message: `the build left no ${path.join(project, "build/test-robot.bin")}`,
    });
  });

  test("is found, with its version and its installation on three systems", async () => {
    const [status] = (await projectBuilder(await loadBoard(boardsFolder, "esp32"), "esp-idf")?.probe()) ?? [];
    expect(status).toMatchObject({ tool: "idf.py", found: true, version: "ESP-IDF v5.5.1", purpose: "builds projects for ESP-IDF" });
    expect(status?.install).toEqual({
      debian: ". /opt/esp/idf/export.sh",
      macos: ". /opt/esp/idf/export.sh",
      windows: "/opt/esp/idf\\export.bat",
    });
  });
});

describe.skipIf(requires("cc"))("pio", () => {
  function installArduinoPackage(): void {
    const folder = path.join(temporary.path, "core/packages/framework-arduinoespressif32/tools/partitions");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "boot_app0.bin"), "boot_app0");
  }

  test("builds ESP-IDF's project", async () => {
    await write("esp32s3", "platformio");
    const said: string[] = [];
    const result = await build("esp32s3", "platformio", (line) => said.push(line));
    expect(contents(result)).toEqual({
      "bootloader.bin": "bootloader of esp32s3",
      "partition-table.bin": "partition table",
      "firmware.bin": "firmware.bin of esp32s3",
    });
    expect(result.size).toEqual({ flashBytes: 225_437, ramBytes: 26_220 });
    expect(calls().filter((call) => call !== "--version")).toEqual([
      "run -d . -e esp32s3",
      "project metadata -d . -e esp32s3 --json-output",
    ]);
    expect(said[0]).toMatch(/^Processing esp32s3 \(platform: espressif32; board: esp32-s3-devkitc-1; framework: espidf; /);
    expect(existsSync(path.join(project, "sdkconfig.esp32s3"))).toBe(true);
  });

  test("builds Arduino's project for an ESP32, with what the package of the framework has", async () => {
    installArduinoPackage();
    await write("nanoesp32", "platformio");
    expect(contents(await build("nanoesp32", "platformio"))).toEqual({
      "bootloader.bin": "bootloader of esp32s3",
      "partition-table.bin": "partition table",
      "boot_app0.bin": "boot_app0",
      "firmware.bin": "firmware.bin of nanoesp32",
    });
  });

  test("builds Arduino's project for other boards", async () => {
    await write("uno", "platformio");
    expect(contents(await build("uno", "platformio"))).toEqual({ "firmware.hex": "firmware.hex of uno" });
    expect(calls().filter((call) => call !== "--version")).toEqual(["run -d . -e uno"]);
  });

  test("hands on the compiler's words, with their place in the project", async () => {
    await write("esp32s3", "platformio");
    edit("src/main.c", ...BROKEN);
    const { code, message, where } = await failure("esp32s3", "platformio");
    expect(code).toBe("compile-failed");
    expect(where?.file).toBe("src/main.c");
    expect(message).toMatch(/src\/main\.c:\d+:\d+: error: .*has no member named .nothing/);
    expect(message).not.toContain("***");
  });

  test("tells that a platform must be downloaded, and can't be", async () => {
    await write("uno", "platformio");
    process.env["STAND_IN_OFFLINE"] = "yes";
    expect(await failure("uno", "platformio")).toMatchObject({
      code: "platform-missing",
      message: expect.stringContaining("You are not connected to the Internet.") as string,
    });
  });

  test("tells that the platform does not know the board", async () => {
    await write("esp32s3", "platformio");
    edit("platformio.ini", "board = esp32-s3-devkitc-1", "board = esp32-s9");
    expect(await failure("esp32s3", "platformio")).toMatchObject({
      code: "platform-missing",
      message: "PlatformIO can't build for ESP32-S3 DevKitC: UnknownBoard: Unknown board ID 'esp32-s9'",
      hint: "update its platform: pio pkg update -g -p espressif32",
    });
  });

  test("refuses a build that has its bootloader elsewhere than `flash` writes it", async () => {
    await write("esp32s3", "platformio");
    process.env["STAND_IN_BOOTLOADER"] = "0x1000";
    expect(await failure("esp32s3", "platformio")).toMatchObject({ code: "build-other-layout" });
  });

  test("tells that it is too old to say where its files go", async () => {
    await write("esp32s3", "platformio");
    process.env["STAND_IN_NO_METADATA"] = "yes";
    await expect(build("esp32s3", "platformio")).rejects.toMatchObject({ hint: "update PlatformIO: `pio upgrade`" });
  });

  describe("outside of the PATH", () => {
    const platform = process.platform;
    const pretend = (value: NodeJS.Platform): void => {
      Object.defineProperty(process, "platform", { value });
    };
    afterEach(() => {
      pretend(platform);
    });

    test.each([
      ["linux", "penv/bin/pio"],
      ["darwin", "penv/bin/pio"],
      ["win32", "penv/Scripts/pio.exe"],
    ] as const)("is found where an editor's extension has put it, on %s", async (system, file) => {
      await write("uno", "platformio");
      const core = path.join(temporary.path, "core");
      writeStandIn(core, file, "platformio/pio.ts");
      process.env["PATH"] = `${path.dirname(process.execPath)}${path.delimiter}/bin`;
      pretend(system);
      const builder = projectBuilder(await loadBoard(boardsFolder, "uno"), "platformio");
      expect(await builder?.probe()).toMatchObject([
        { tool: path.join(core, file), found: true, version: "PlatformIO Core, version 6.1.18" },
      ]);
    });

    test("tells how to get it where it is not installed at all", async () => {
      await write("uno", "platformio");
      process.env["PATH"] = "/nowhere";
      await expect(build("uno", "platformio")).rejects.toMatchObject({ hint: expect.stringContaining("platformio") as string });
    });
  });
});

test("nothing but our own toolchain builds a board without a framework", async () => {
  expect(projectBuilder(await loadBoard(boardsFolder, "pico"), "bare")).toBeNull();
});
