// arduino-cli against a stand-in for it: a program that checks every argument and every file of the project, and answers and leaves files as
// version 1 does (internal/cli/compile, internal/cli/feedback/result of its source).

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Board } from "../../artifacts/board.ts";
import { DiagnosticError } from "../../core/diagnostic.ts";
import { IoError } from "../../core/io.ts";
import { requires } from "../../../tests/requires.ts";
import { loadBoard } from "../boards.ts";
import { boardsFolder } from "../package-files.ts";
import { arduinoBuilder } from "./arduino-builder.ts";
import { arduinoCli } from "./arduino-cli.ts";
import { arduinoProjects } from "./arduino-projects.ts";

/** What the stand-in knows. */
interface Installed {
  readonly platforms: Readonly<Record<string, string>>;
  readonly libraries: readonly string[];
}

const STAND_IN = `#!${process.execPath}
const fs = require("node:fs"), path = require("node:path");
const installed = JSON.parse(fs.readFileSync(path.join(__dirname, "installed.json"), "utf8"));
const [command, ...rest] = process.argv.slice(2);
const print = (answer, code = 0) => { process.stdout.write(JSON.stringify(answer, null, 2) + "\\n"); process.exitCode = code; };
const refuse = (words) => { process.stderr.write(words + "\\n"); process.exit(9); };
if (command === "version" && rest.length === 0) process.stdout.write("arduino-cli  Version: 1.2.2 Commit: c11b9dd5 Date: 2025-04-22\\n");
else if (command === "core" && rest.join(" ") === "list --json")
  print({ platforms: Object.entries(installed.platforms).map(([id, version]) => ({ id, installed_version: version })) });
else if (command === "compile") compile();
else refuse("Error: unknown command " + process.argv.slice(2).join(" "));

function compile() {
  const values = new Map(), places = [];
  for (let index = 0; index < rest.length; index++) {
    if (rest[index] === "--json") values.set("--json", "");
    else if (["--fqbn", "--library", "--output-dir"].includes(rest[index])) values.set(rest[index], rest[++index]);
    else if (rest[index].startsWith("-")) refuse("Error: unknown flag: " + rest[index]);
    else places.push(rest[index]);
  }
  if (values.size !== 4 || places.length !== 1) refuse("Error: arguments are missing: " + rest.join(" "));
  const [vendor, architecture, board] = values.get("--fqbn").split(":");
  const sketch = path.join(places[0], path.basename(places[0]) + ".ino");
  if (!board || !fs.existsSync(sketch)) refuse("Error: no valid sketch found in " + places[0]);
  const properties = Object.fromEntries(fs.readFileSync(path.join(values.get("--library"), "library.properties"), "utf8").trimEnd().split("\\n")
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  for (const name of ["name", "version", "includes", "architectures"]) if (!properties[name]) refuse("Error: no " + name);
  if (properties.architectures !== architecture) refuse("Error: a library for " + properties.architectures);
  const source = path.resolve(values.get("--library"), "src");
  if (!fs.existsSync(path.join(source, properties.includes))) refuse("Error: no " + properties.includes);
  const failed = (error, words = "") => print({ compiler_out: "", compiler_err: words, builder_result: {}, success: false, error }, 1);
  const core = vendor + ":" + architecture;
  if (!installed.platforms[core]) return failed("Error during build: Platform '" + core + "' not found: platform not installed\\nTry running \`arduino-cli core install " + core + "\`");
  if (properties.depends && !installed.libraries.includes(properties.depends))
    return failed("Error during build: exit status 1", path.join(source, "policy.cpp") + ":9:10: fatal error: Tflm.h: No such file or directory\\n");
  const text = fs.readFileSync(sketch, "utf8");
  if (text.includes("oops")) return failed("Error during build: exit status 1", path.resolve(sketch) + ":2:5: error: 'oops' was not declared in this scope\\n");
  if (text.includes("lost")) return failed("Error during build: exit status 1", "robot.ino:3: undefined reference to \`lost'\\ncollect2: error: ld returned 1 exit status\\n");
  if (text.includes("huge")) return failed("Error during build: text section exceeds available space in board");
  const output = values.get("--output-dir");
  fs.mkdirSync(output, { recursive: true });
  const made = { avr: ["hex", "elf", "eep", "with_bootloader.hex"], esp32: ["bin", "elf", "map", "bootloader.bin", "partitions.bin", "merged.bin"] };
  for (const ending of made[architecture] ?? ["bin", "elf", "hex", "uf2"]) fs.writeFileSync(path.join(output, "robot.ino." + ending), ending);
  if (text.includes("nothing")) fs.rmSync(output, { recursive: true });
  const result = {
    build_path: "/somewhere",
    build_properties: ["build.arch=X", "runtime.platform.path=" + path.join(__dirname, "core")],
    executable_sections_size: [{ name: "text", size: 15494, max_size: 32256 }, { name: "data", size: 1223, max_size: 2048 }],
  };
  print({ compiler_out: "Sketch uses 15494 bytes\\n", compiler_err: "a warning\\n", builder_result: result, success: true });
}
`;

let temporary: string;
let project: string;

beforeEach(() => {
  temporary = mkdtempSync(path.join(tmpdir(), "reflexarc-arduino-cli-"));
  project = path.join(temporary, "project");
  for (const folder of ["bin/core/tools/partitions", "project/src", "project/examples/robot", "empty"])
    mkdirSync(path.join(temporary, folder), { recursive: true });
  writeFileSync(path.join(temporary, "bin/arduino-cli"), STAND_IN, { mode: 0o755 });
  writeFileSync(path.join(temporary, "bin/core/tools/partitions/boot_app0.bin"), "boot");
  writeFileSync(path.join(project, "src/walker_policy.h"), "");
  writeFileSync(path.join(project, "examples/robot/robot.ino"), "void setup() {}\n");
  vi.stubEnv("PATH", path.join(temporary, "bin"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

/** A project for the board, and what the stand-in has. */
async function prepare(id: string, installed: Partial<Installed> = {}, depends = ""): Promise<Board> {
  const board = await loadBoard(boardsFolder, id);
  const platform = board.frameworks.arduino?.platform ?? "";
  const properties = ["name=walker_policy", "version=1.0.0", "includes=walker_policy.h", `architectures=${platform.split(":")[1] ?? ""}`];
  writeFileSync(path.join(project, "library.properties"), `${[...properties, `depends=${depends}`].join("\n")}\n`);
  const all: Installed = { platforms: { [platform]: "1.8.7" }, libraries: [], ...installed };
  writeFileSync(path.join(temporary, "bin/installed.json"), JSON.stringify(all));
  return board;
}

describe("a build", () => {
  it.each([
    ["uno", ["firmware.hex"]],
    ["pico2", ["firmware.hex", "firmware.bin", "firmware.uf2"]],
    ["nano33ble", ["firmware.hex", "firmware.bin", "firmware.uf2"]],
    ["esp32", ["firmware.bin", "bootloader.bin", "partition-table.bin", "boot_app0.bin"]],
  ])("for %s gives what it is flashed with, and its size", async (id, names) => {
    const board = await prepare(id);
    const said: string[] = [];
    const { files, size } = await arduinoCli(board).build(project, (line) => said.push(line));
    expect([...files.keys()]).toEqual(names);
    const endings = [...files].map(([, bytes]) => new TextDecoder().decode(bytes));
    expect(endings).toEqual(
      names.map((name) => (name === "boot_app0.bin" ? "boot" : name.replace("firmware.", "").replace("partition-table", "partitions"))),
    );
    expect(size).toEqual({ flashBytes: 15494, ramBytes: 1223 });
    expect(said).toEqual(["Sketch uses 15494 bytes", "a warning"]);
  });

  it("leaves nothing of the one before", async () => {
    const board = await prepare("uno");
    mkdirSync(path.join(project, "build"));
    writeFileSync(path.join(project, "build/robot.ino.uf2"), "old");
    expect([...(await arduinoCli(board).build(project)).files.keys()]).toEqual(["firmware.hex"]);
  });

  const sketch = (text: string): void => {
    writeFileSync(path.join(project, "examples/robot/robot.ino"), `void setup() {}\n    ${text}();\n`);
  };
  const failure = async (board: Board): Promise<DiagnosticError["diagnostics"][number] | undefined> => {
    const error: unknown = await arduinoCli(board)
      .build(project)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DiagnosticError);
    return (error as DiagnosticError).diagnostics[0];
  };

  it("that fails says so in the compiler's words, at the place in the project", async () => {
    const board = await prepare("uno");
    sketch("oops");
    expect(await failure(board)).toMatchObject({
      code: "compile-failed",
      message: expect.stringContaining("examples/robot/robot.ino:2:5: error: 'oops' was not declared") as string,
      where: { file: "examples/robot/robot.ino", line: 2, column: 5 },
    });
  });

  it.each([
    ["lost", "link-failed", "undefined reference to `lost'"],
    ["huge", "firmware-too-large", "does not fit Arduino Uno"],
  ])("tells other failures apart: %s", async (text, code, words) => {
    const board = await prepare("uno");
    sketch(text);
    expect(await failure(board)).toMatchObject({ code, message: expect.stringContaining(words) as string });
  });

  it("without the core says how to install it, with the index that it is from", async () => {
    const missing = { platforms: { "arduino:samd": "1.8.13" } };
    expect(await failure(await prepare("uno", missing))).toMatchObject({
      code: "arduino-core-missing",
      message: expect.stringContaining("Platform 'arduino:avr' not found") as string,
      hint: "arduino-cli core update-index && arduino-cli core install arduino:avr",
    });
    const pico = await prepare("pico2", missing);
    const index = pico.frameworks.arduino?.packageIndex ?? "";
    expect((await failure(pico))?.hint).toBe(
      `arduino-cli core update-index --additional-urls ${index} && arduino-cli core install rp2040:rp2040 --additional-urls ${index}`,
    );
  });

  it("without the library that it depends on says how to install that", async () => {
    expect(await failure(await prepare("nano33ble", {}, "Chirale_TensorFLowLite"))).toMatchObject({
      code: "arduino-library-missing",
      message: expect.stringContaining("src/policy.cpp needs Tflm.h") as string,
      hint: "arduino-cli lib install Chirale_TensorFLowLite",
    });
    const installed = await prepare("nano33ble", { libraries: ["Chirale_TensorFLowLite"] }, "Chirale_TensorFLowLite");
    expect((await arduinoCli(installed).build(project)).files.size).toBe(3);
  });

  it("that leaves no firmware, or a core without its part, is no success", async () => {
    const board = await prepare("uno");
    sketch("nothing");
    await expect(arduinoCli(board).build(project)).rejects.toThrow("the build left no firmware");
    rmSync(path.join(temporary, "bin/core"), { recursive: true });
    sketch("");
    await expect(arduinoCli(await prepare("esp32")).build(project)).rejects.toThrow("boot_app0.bin");
  });

  it("by a version that prints no JSON is told so", async () => {
    const board = await prepare("uno");
    writeFileSync(path.join(temporary, "bin/arduino-cli"), "#!/bin/sh\necho 'Error: unknown flag: --json' >&2; exit 1\n", { mode: 0o755 });
    await expect(arduinoCli(board).build(project)).rejects.toMatchObject({
      message: expect.stringContaining("unknown flag: --json") as string,
      hint: "update arduino-cli",
    });
  });

  it("without arduino-cli says how to get it", async () => {
    vi.stubEnv("PATH", path.join(temporary, "empty"));
    await expect(arduinoCli(await prepare("esp32")).build(project)).rejects.toBeInstanceOf(IoError);
  });
});

describe("a probe", () => {
  it("finds arduino-cli and the board's core, with their versions", async () => {
    const statuses = await arduinoCli(await prepare("uno")).probe();
    expect(statuses).toMatchObject([
      { tool: "arduino-cli", found: true, version: expect.stringContaining("1.2.2") as string },
      { tool: "arduino:avr", found: true, version: "1.8.7", purpose: "Arduino's core for Arduino Uno" },
    ]);
  });

  it("misses the core, or all", async () => {
    const board = await prepare("esp32", { platforms: { "arduino:samd": "1.8.13" } });
    const [cli, core] = await arduinoCli(board).probe();
    expect([cli?.found, core?.found]).toEqual([true, false]);
    expect(core?.install.debian).toContain("arduino-cli core install esp32:esp32");
    vi.stubEnv("PATH", path.join(temporary, "empty"));
    expect((await arduinoCli(board).probe()).map(({ found }) => found)).toEqual([false, false]);
  });
});

describe("of arduino-cli and Debian's arduino-builder", () => {
  const DEBIAN = `#!/bin/sh\necho "Arduino Builder 1.3.25"\n`;

  it("the first wins where it has the core", async () => {
    writeFileSync(path.join(temporary, "bin/arduino-builder"), DEBIAN, { mode: 0o755 });
    const statuses = await arduinoProjects(await prepare("uno")).probe();
    expect(statuses[0]?.tool).toBe("arduino-cli");
  });

  it.skipIf(requires("arduino-builder"))("the second is taken where the first has no core", async () => {
    writeFileSync(path.join(temporary, "bin/arduino-builder"), DEBIAN, { mode: 0o755 });
    const statuses = await arduinoProjects(await prepare("uno", { platforms: { "esp32:esp32": "3.3.0" } })).probe();
    expect(statuses.map(({ tool, found }) => [tool, found])).toEqual([
      ["arduino-builder", true],
      ["arduino-core-avr", true],
    ]);
  });

  it("the first speaks where nothing is installed", async () => {
    vi.stubEnv("PATH", path.join(temporary, "empty"));
    expect((await arduinoProjects(await prepare("uno")).probe())[0]).toMatchObject({ tool: "arduino-cli", found: false });
  });

  it("the second builds for AVRs alone", async () => {
    expect(arduinoBuilder(await prepare("uno"))?.id).toBe("arduino-builder");
    expect(arduinoBuilder(await prepare("esp32"))).toBeNull();
  });

  it("the second is told how to be installed", async () => {
    vi.stubEnv("PATH", path.join(temporary, "empty"));
    const builder = arduinoBuilder(await prepare("uno"));
    expect((await builder?.probe())?.[0]).toMatchObject({
      found: false,
      install: { debian: "sudo apt install arduino-builder arduino-core-avr" },
    });
    await expect(builder?.build(project)).rejects.toThrow("arduino-builder is not installed");
  });
});

it("the stand-in refuses what arduino-cli would", async () => {
  const board = await prepare("uno");
  writeFileSync(path.join(project, "library.properties"), "name=walker_policy\n");
  await expect(arduinoCli(board).build(project)).rejects.toThrow("no version");
  expect(readFileSync(path.join(project, "library.properties"), "utf8")).toBe("name=walker_policy\n");
});
