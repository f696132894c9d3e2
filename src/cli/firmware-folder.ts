// A generated firmware project on disk: build/BOARD-RUNTIME, with reflexarc.json that says how it is built. The person's own
// files in it are written once and never again.

import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { runError } from "../core/diagnostic.ts";
import type { BuildRequest } from "../core/io.ts";
import type { Board, Runtime, ToolchainId } from "../artifacts/board.ts";
import type { FirmwareProject } from "../artifacts/firmware-project.ts";
import { readIfPresent, readTree, writeTree, writeWhole } from "../host/files.ts";
import { flashEnding } from "../host/flash-image.ts";

const MANIFEST = "reflexarc.json";

/** What build and flash need to know about a folder. */
export interface FirmwareManifest {
  readonly board: string;
  readonly runtime: Runtime;
  readonly policyHash: string;
  readonly units: readonly string[];
  readonly includes: readonly string[];
  readonly defines: readonly string[];
}

export function firmwareFolder(projectFolder: string, board: string, runtime: Runtime): string {
  return join(projectFolder, "build", `${board}-${runtime}`);
}

/** Writes the project. @returns the personal files that were there already and stay as they are. */
export async function writeFirmware(folder: string, project: FirmwareProject, policyHash: string): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const path of project.personal) {
    if ((await readIfPresent(join(folder, path))) !== undefined) kept.push(path);
  }
  const { sources, units, includes, defines } = project.request;
  await writeTree(folder, sources, project.personal);
  const manifest: FirmwareManifest = { board: project.board.id, runtime: project.runtime, policyHash, units, includes, defines };
  await writeWhole(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return kept;
}

/** @throws DiagnosticError when `compile` has not written it. */
export async function readFirmwareFolder(folder: string, board: string): Promise<{ manifest: FirmwareManifest; request: BuildRequest }> {
  const text = await readIfPresent(join(folder, MANIFEST));
  if (text === undefined) {
    throw runError("not-compiled", `there is no firmware project in ${folder}`, `run \`reflexarc compile --board ${board}\` first`);
  }
  const manifest = parseManifest(text, join(folder, MANIFEST), board);
  return {
    manifest,
    request: { sources: await readTree(folder), units: manifest.units, includes: manifest.includes, defines: manifest.defines },
  };
}

function parseManifest(text: string, file: string, board: string): FirmwareManifest {
  try {
    return JSON.parse(text) as FirmwareManifest;
  } catch {
    throw runError("firmware-damaged", "this is no JSON any more", `run \`reflexarc compile --board ${board}\` again`, { file });
  }
}

/** Where `build` leaves the image. */
export function imagePath(folder: string, toolchain: ToolchainId): string {
  const ending = toolchain === "yowasp-clang" ? ".wasm" : toolchain === "cc" ? "" : ".elf";
  return join(folder, `image${ending}`);
}

/** Where it leaves what the board is flashed with: beside the image, where that is another file. */
export function flashPath(folder: string, board: Board): string {
  const ending = flashEnding(board.port);
  return ending === null ? imagePath(folder, board.toolchain) : join(folder, `image.${ending}`);
}

/** What the board is flashed with. */
export async function readImage(folder: string, board: Board): Promise<Uint8Array> {
  const path = flashPath(folder, board);
  return readFile(path).catch(() => {
    throw runError("not-built", `there is no image ${path}`, `run \`reflexarc build --board ${board.id}\` first`);
  });
}
