// A generated firmware project on disk: build/BOARD-RUNTIME, or build/BOARD-FRAMEWORK-RUNTIME where that isn't the board's own framework,
// with reflexarc.json that says how it is built. The person's own file in it is written once and never again.

import { join } from "node:path";
import { rename, stat } from "node:fs/promises";
import { runError } from "../core/diagnostic.ts";
import type { BuildRequest } from "../core/io.ts";
import { requireFramework, type Board, type Framework, type Runtime } from "../artifacts/board.ts";
import type { FirmwareProject } from "../artifacts/firmware-project.ts";
import { loadBoard } from "../host/boards.ts";
import { listFolder, readIfPresent, readTree, writeTree, writeWhole } from "../host/files.ts";
import { boardsFolder } from "../host/package-files.ts";
import type { FirmwareOptions } from "./runtime-options.ts";

const MANIFEST = "reflexarc.json";

/** What a board is flashed with (firmware-image.ts). */
export const IMAGE_FOLDER = "image";

/** What the frameworks' own tools make there. */
const NO_SOURCES: ReadonlySet<string> = new Set([IMAGE_FOLDER, "build", ".pio", "managed_components", MANIFEST]);

/** Files that belonged to the person in layouts of earlier versions. */
const ONCE_PERSONAL = ["robot_io.c", "examples/robot/robot.ino", "main/main.c", "main/CMakeLists.txt", "sdkconfig.defaults"];

/** One of a robot project's firmwares. */
export interface Firmware {
  readonly board: Board;
  readonly framework: Framework;
  readonly runtime: Runtime;
}

/** What build and flash need to know about a folder. */
export interface FirmwareManifest {
  readonly board: string;
  /** Absent in what an earlier version wrote. */
  readonly framework?: Framework;
  readonly runtime: Runtime;
  readonly policyHash: string;
  readonly units: readonly string[];
  readonly includes: readonly string[];
  readonly defines: readonly string[];
}

/** @throws DiagnosticError when there is no such board, or none of this framework. */
export async function chooseFirmware({ board: id, framework, runtime }: FirmwareOptions): Promise<Firmware> {
  const board = await loadBoard(boardsFolder, id);
  const firmware = { board, framework: framework ?? board.framework, runtime };
  requireFramework(board, firmware.framework);
  return firmware;
}

/** The options that name it, as a person would type them. */
export function firmwareWords({ board, framework, runtime }: Firmware): string {
  const options = [framework === board.framework ? "" : ` --framework ${framework}`, runtime === "c" ? "" : ` --runtime ${runtime}`];
  return `--board ${board.id}${options.join("")}`;
}

export function firmwareFolder(projectFolder: string, { board, framework, runtime }: Firmware): string {
  const parts = [board.id, ...(framework === board.framework ? [] : [framework]), runtime];
  return join(projectFolder, "build", parts.join("-"));
}

export interface WrittenFirmware {
  /** The person's file, where it was there already: it stays as it is. */
  readonly kept: readonly string[];
  /** Files that the person may have written into an earlier layout: they are left, some under another name, and nothing uses them. */
  readonly left: readonly string[];
}

/** Writes the project. */
export async function writeFirmware(folder: string, project: FirmwareProject, policyHash: string): Promise<WrittenFirmware> {
  const kept: string[] = [];
  for (const path of project.personal) {
    if ((await readIfPresent(join(folder, path))) !== undefined) kept.push(path);
  }
  const left = await leaveOlderLayout(folder, project);
  const { sources, units, includes, defines } = project.request;
  await writeTree(folder, sources, project.personal);
  const { board, framework, runtime } = project;
  const manifest: FirmwareManifest = { board: board.id, framework, runtime, policyHash, units, includes, defines };
  await writeWhole(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return { kept, left };
}

/** What the new layout would overwrite is renamed once: its manifest tells an earlier layout. */
async function leaveOlderLayout(folder: string, { personal, request }: FirmwareProject): Promise<readonly string[]> {
  const text = await readIfPresent(join(folder, MANIFEST));
  const older = text !== undefined && !text.includes('"framework"');
  const left: string[] = [];
  for (const path of ONCE_PERSONAL.filter((each) => !personal.has(each))) {
    const content = await readIfPresent(join(folder, path));
    const overwritten = request.sources.get(path);
    if (content === undefined || content === overwritten || (overwritten !== undefined && !older)) continue;
    left.push(overwritten === undefined ? path : `${path}.old`);
    if (overwritten !== undefined) await rename(join(folder, path), join(folder, `${path}.old`));
  }
  return left;
}

/** @throws DiagnosticError when `compile` has not written it. */
export async function readManifest(folder: string, firmware: Firmware): Promise<FirmwareManifest> {
  const file = join(folder, MANIFEST);
  const words = `\`reflexarc compile ${firmwareWords(firmware)}\``;
  const text = await readIfPresent(file);
  if (text === undefined) throw runError("not-compiled", `there is no firmware project in ${folder}`, `run ${words} first`);
  try {
    return JSON.parse(text) as FirmwareManifest;
  } catch {
    throw runError("firmware-damaged", "this is no JSON any more", `run ${words} again`, { file });
  }
}

/** What a toolchain builds the folder from: the project's sources, with what the person changed and added. */
export async function readRequest(folder: string, { units, includes, defines }: FirmwareManifest): Promise<BuildRequest> {
  return { sources: await readTree(folder, NO_SOURCES), units, includes, defines };
}

/** Boards that a robot project has firmware for, the one compiled last first. */
export async function compiledBoards(projectFolder: string): Promise<readonly string[]> {
  const build = join(projectFolder, "build");
  const found: { readonly board: string; readonly writtenMs: number }[] = [];
  for (const name of await listFolder(build)) {
    const file = join(build, name, MANIFEST);
    const status = await stat(file).catch(() => null);
    const board = /"board": "([^"]+)"/.exec((status === null ? undefined : await readIfPresent(file)) ?? "")?.[1];
    if (board !== undefined) found.push({ board, writtenMs: status?.mtimeMs ?? 0 });
  }
  return [...new Set(found.sort((left, right) => right.writtenMs - left.writtenMs).map(({ board }) => board))];
}
