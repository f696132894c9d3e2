// Builds PlatformIO projects with PlatformIO Core 6, by its documented interface: `pio run` and `pio project metadata`. PlatformIO downloads
// the board's platform and framework itself, at the first build.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import type { Board, PlatformioSupport } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import { runError, type DiagnosticError } from "../../core/diagnostic.ts";
import { IoError, type ProjectBuild, type ProjectBuilder } from "../../core/io.ts";
import { probeTool, type Tool } from "../run-tool.ts";
import { readBuilt, readEspFiles, type ToldImage } from "./esp-files.ts";
import { projectError } from "./project-error.ts";
import { runProjectTool } from "./run-project-tool.ts";

const PIO: Tool = {
  name: "pio",
  purpose: "builds projects for PlatformIO",
  install: {
    debian: "sudo apt install pipx && pipx install platformio",
    macos: "brew install platformio",
    windows: "py -m pip install --user platformio",
  },
};

/** What boards that are no Espressif chip are flashed with: as many of them as the platform makes. */
const FIRMWARE = ["firmware.uf2", "firmware.hex", "firmware.bin"] as const;

/** For a board that PlatformIO has. */
export function platformio(board: Board): ProjectBuilder {
  const support = board.frameworks.platformio;
  assert(support !== undefined, `PlatformIO has no board for ${board.id}`);
  return {
    id: PIO.name,
    probe: async () => [await probeTool(await installed())],
    build: (folder, said) => build(board, support, folder, said),
  };
}

/** In the PATH, or where PlatformIO's extension for an editor has put it. */
async function installed(): Promise<Tool> {
  const home = process.env["PLATFORMIO_CORE_DIR"] ?? path.join(homedir(), ".platformio");
  const ofEditor = path.join(home, "penv", ...(process.platform === "win32" ? ["Scripts", "pio.exe"] : ["bin", "pio"]));
  return existsSync(ofEditor) && !(await probeTool(PIO)).found ? { ...PIO, name: ofEditor } : PIO;
}

async function build(board: Board, support: PlatformioSupport, folder: string, said?: (line: string) => void): Promise<ProjectBuild> {
  const tool = await installed();
  const environment = ["-d", ".", "-e", board.id];
  const { ok, output } = await runProjectTool(tool, ["run", ...environment], { folder, said });
  if (!ok) throw pioError(board, support, folder, output);
  const files =
    board.flash?.method === "esptool"
      ? await readEspFiles(board, "platformio", await toldImages(tool, environment, board, folder), said)
      : await firmwareFiles(buildFolder(board, folder));
  return { files, size: sizeOf(output) };
}

function buildFolder(board: Board, folder: string): string {
  return path.join(folder, ".pio", "build", board.id);
}

async function firmwareFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const names = FIRMWARE.filter((name) => existsSync(path.join(folder, name)));
  if (names.length === 0) throw new IoError(`the build left no firmware in ${folder}`, "remove that folder and build again");
  return new Map(await Promise.all(names.map(async (name) => [name, await readBuilt(path.join(folder, name))] as const)));
}

/** What `pio project metadata` says of an environment; DumpIntegrationData() in PlatformIO's piointegration.py. */
interface Metadata {
  readonly extra: {
    readonly flash_images: readonly { readonly offset: string; readonly path: string }[];
    readonly application_offset: string;
  };
}

async function toldImages(tool: Tool, environment: readonly string[], board: Board, folder: string): Promise<readonly ToldImage[]> {
  const { ok, output } = await runProjectTool(tool, ["project", "metadata", ...environment, "--json-output"], { folder });
  const json = output.split("\n").find((line) => line.startsWith("{")) ?? "";
  try {
    assert(ok, "it failed");
    const { extra } = (JSON.parse(json) as Readonly<Record<string, Metadata>>)[board.id] as Metadata;
    const program = { address: Number(extra.application_offset), path: path.join(buildFolder(board, folder), "firmware.bin") };
    const others = extra.flash_images.map((image) => ({ address: Number(image.offset), path: path.resolve(folder, image.path) }));
    return [...others, program];
  } catch (cause) {
    throw new IoError("pio project metadata does not say what to flash, and where", "update PlatformIO: `pio upgrade`", cause);
  }
}

/** `Flash: [==        ]  17.2% (used 225437 bytes from 1310720 bytes)` and such a line for RAM. */
function sizeOf(output: string): ProjectBuild["size"] {
  const used = (what: string): string | undefined => new RegExp(`^${what}:.*\\(used (\\d+) bytes`, "m").exec(output)?.[1];
  const [flash, ram] = [used("Flash"), used("RAM")];
  return flash === undefined || ram === undefined ? null : { flashBytes: Number(flash), ramBytes: Number(ram) };
}

function pioError(board: Board, support: PlatformioSupport, folder: string, output: string): DiagnosticError {
  const line = (pattern: RegExp): string | undefined => output.split("\n").find((each) => pattern.test(each));
  const offline = line(
    /^(InternetConnectionError|HTTPClientError):|not connected to the Internet|Cannot establish a connection to the component/,
  );
  if (offline !== undefined)
    return runError(
      "platform-missing",
      `PlatformIO has to download something, and can't: ${offline.trim()}`,
      "connect to the internet for the first build: PlatformIO keeps what it downloaded",
    );
  const unknown = line(/Unknown board ID|Unknown development platform|Could not find the package|This board doesn't support/);
  if (unknown !== undefined)
    return runError(
      "platform-missing",
      `PlatformIO can't build for ${board.name}: ${unknown.trim()}`,
      `update its platform: pio pkg update -g -p ${support.platform}`,
    );
  return projectError("pio", board, folder, support.framework === "arduino" ? "src/main.cpp" : "src/main.c", output);
}
