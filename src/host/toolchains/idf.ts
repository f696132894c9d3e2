// Builds ESP-IDF projects with idf.py, ESP-IDF 5.3 or newer, by its documented interface: the actions set-target, build and size, and the
// file flasher_args.json. The shell must have ESP-IDF's environment: its export.sh was run.

import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Board } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import { runError, type DiagnosticError } from "../../core/diagnostic.ts";
import { IoError, type Installation, type ProjectBuild, type ProjectBuilder } from "../../core/io.ts";
import { readIfPresent } from "../files.ts";
import { installHint, probeTool, type Tool } from "../run-tool.ts";
import { readEspFiles, type ToldImage } from "./esp-files.ts";
import { projectError } from "./project-error.ts";
import { runProjectTool, type ProjectToolRun } from "./run-project-tool.ts";

const NOT_INSTALLED: Installation = {
  debian:
    "git clone -b v5.5.1 --recursive https://github.com/espressif/esp-idf ~/esp/esp-idf && ~/esp/esp-idf/install.sh && . ~/esp/esp-idf/export.sh",
  macos:
    "brew install cmake ninja && git clone -b v5.5.1 --recursive https://github.com/espressif/esp-idf ~/esp/esp-idf && ~/esp/esp-idf/install.sh && . ~/esp/esp-idf/export.sh",
  windows: "install it from https://dl.espressif.com/dl/esp-idf, then work in the ESP-IDF command prompt of the start menu",
};

/** Where `idf.py build` leaves everything. */
const BUILD_FOLDER = "build";
const SIZE_FILE = `${BUILD_FOLDER}/reflexarc-size.json`;

/** For a board with an ESP-IDF target. */
export function idf(board: Board): ProjectBuilder {
  const support = board.frameworks["esp-idf"];
  assert(support !== undefined, `ESP-IDF has no target for ${board.id}`);
  return {
    id: "idf.py",
    probe: async () => [await probeTool(idfTool())],
    build: (folder, said) => build(board, support.target, folder, said),
  };
}

/** Where ESP-IDF is installed, only its environment is missing. */
function idfTool(): Tool {
  const home = process.env["IDF_PATH"];
  const shell = home === undefined ? null : `. ${home}/export.sh`;
  const install = shell === null ? NOT_INSTALLED : { debian: shell, macos: shell, windows: `${home ?? ""}\\export.bat` };
  return { name: "idf.py", purpose: "builds projects for ESP-IDF", install };
}

async function build(board: Board, target: string, folder: string, said?: (line: string) => void): Promise<ProjectBuild> {
  const run = (...options: readonly string[]): Promise<ProjectToolRun> =>
    runProjectTool(idfTool(), options, { folder, environment: { IDF_TARGET: target }, said });
  const mustRun = async (...options: readonly string[]): Promise<void> => {
    const { ok, output } = await run(...options);
    if (!ok) throw idfError(board, folder, output);
  };
  const configured = await configuredTarget(folder);
  if (configured !== null && configured !== target) await mustRun("set-target", target);
  await mustRun("build");
  const files = await readEspFiles(board, "esp-idf", await toldImages(folder), said);
  const overruled = await overruledDefaults(folder);
  if (overruled.length > 0)
    said?.(`note: sdkconfig overrules ${overruled.join(", ")} of sdkconfig.defaults; delete it to begin again with those`);
  const sized = await run("size", "--format", "json2", "--output-file", SIZE_FILE);
  const ramBytes = sized.ok ? await staticRam(folder) : null;
  return { files, size: ramBytes === null ? null : { flashBytes: files.get("firmware.bin")?.length ?? 0, ramBytes } };
}

/** The chip that sdkconfig is for; null: there is none yet, and sdkconfig.defaults tells. */
async function configuredTarget(folder: string): Promise<string | null> {
  const settings = await readIfPresent(path.join(folder, "sdkconfig"));
  return /^CONFIG_IDF_TARGET="(.*)"/m.exec(settings ?? "")?.[1] ?? null;
}

/** What sdkconfig.defaults sets and sdkconfig has otherwise: a person's choice, or left from before `compile` wrote it anew. */
async function overruledDefaults(folder: string): Promise<readonly string[]> {
  const [defaults = "", settings = ""] = await Promise.all(
    ["sdkconfig.defaults", "sdkconfig"].map((file) => readIfPresent(path.join(folder, file))),
  );
  const set = new Set(settings.split(/\r?\n/));
  return defaults.split(/\r?\n/).filter((line) => line.startsWith("CONFIG_") && !set.has(line));
}

/** components/esptool_py/flasher_args.json.in of ESP-IDF. */
async function toldImages(folder: string): Promise<readonly ToldImage[]> {
  const file = path.join(folder, BUILD_FOLDER, "flasher_args.json");
  try {
    const { flash_files: files } = JSON.parse(await readFile(file, "utf8")) as { readonly flash_files: Readonly<Record<string, string>> };
    return Object.entries(files).map(([address, name]) => ({ address: Number(address), path: path.join(folder, BUILD_FOLDER, name) }));
  } catch (cause) {
    throw new IoError(`the build left no ${file} that can be read`, "remove the folder that it is in, and build again", cause);
  }
}

/** Data in RAM, from the format json2 of esp-idf-size; null when it is another one. On an ESP32 data is in DRAM, on later chips in DIRAM,
 * which code shares. */
async function staticRam(folder: string): Promise<number | null> {
  try {
    const { layout } = JSON.parse(await readFile(path.join(folder, SIZE_FILE), "utf8")) as {
      readonly layout: readonly { readonly name: string; readonly used: number }[];
    };
    const used = layout.filter(({ name }) => name === "DRAM" || name === "DIRAM").map((memory) => memory.used);
    return used.length === 0 ? null : used.reduce((total, bytes) => total + bytes, 0);
  } catch {
    return null;
  }
}

function idfError(board: Board, folder: string, output: string): DiagnosticError {
  const line = (pattern: RegExp): string | undefined => output.split("\n").find((each) => pattern.test(each));
  const environment = line(/not spawned within an ESP-IDF shell environment|Python requirements are not satisfied|No module named/);
  if (environment !== undefined)
    return runError("idf-environment", `this shell has no ESP-IDF environment: ${environment.trim()}`, installHint(idfTool().install));
  const offline = line(/Cannot establish a connection to the component registry\. Are you/);
  if (offline !== undefined)
    return runError(
      "component-missing",
      `a component must be downloaded, and the registry is out of reach: ${offline.trim()}`,
      "connect to the internet for the first build: ESP-IDF keeps what it downloaded in managed_components/",
    );
  const component = line(/Failed to resolve component|no versions of .+ match|does not match any/i);
  if (component !== undefined)
    return runError(
      "component-missing",
      `ESP-IDF finds no component: ${component.trim()}`,
      "update ESP-IDF to 5.3 or newer; or correct its name",
    );
  const target = line(/was generated for target|Target settings are not consistent|does not match currently selected IDF_TARGET/);
  if (target !== undefined)
    return runError(
      "idf-target",
      `this project is for another chip: ${target.trim()}`,
      "delete build/ and sdkconfig in it, and build again",
    );
  return projectError("idf.py", board, folder, "main/main.c", output);
}
