// reflexarc build: runs the board's toolchain, or the framework's own build tool, on a compiled project; what the board is flashed with
// goes into the project's folder image/.

import { join, resolve } from "node:path";
import type { Command } from "commander";
import { assert } from "../core/assert.ts";
import { bareSupport, type Board } from "../artifacts/board.ts";
import { flashImage } from "../host/flash-image.ts";
import type { Terminal } from "../host/terminal.ts";
import { projectBuilder } from "../host/toolchains/project-builders.ts";
import { boardToolchain } from "../host/toolchains/toolchains.ts";
import { firmwareSize, requireFit, type FirmwareSize } from "../pipeline/firmware-size.ts";
import { buildProject } from "../pipeline/robot-board.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import {
  chooseFirmware,
  firmwareFolder,
  firmwareWords,
  IMAGE_FOLDER,
  readManifest,
  readRequest,
  type Firmware,
  type FirmwareManifest,
} from "./firmware-folder.ts";
import { bootedName, builtName, flashedName, writeImage } from "./firmware-image.ts";
import { requireTools } from "./required-tools.ts";
import { withFirmwareOptions, type FirmwareOptions } from "./runtime-options.ts";

export function buildCommand(): Command {
  const command = newProjectCommand(
    "reflexarc build --board qemu-cortex-m4",
    "image (what is flashed or booted), files (all of image/), board, framework, runtime, policyHash, flashBytes, ramBytes (static), stackBytes (at most); null where the toolchain can't tell",
  );
  return withFirmwareOptions(command, "what it was compiled for").action(build);
}

interface Built {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly size: FirmwareSize | null;
}

async function build(options: ProjectOptions & FirmwareOptions): Promise<void> {
  const terminal = terminalFor(options);
  const firmware = await chooseFirmware(options);
  const { board, framework, runtime } = firmware;
  const folder = firmwareFolder(options.project, firmware);
  const manifest = await readManifest(folder, firmware);
  const { files, size } =
    framework === "bare" ? await buildBare(board, folder, manifest, terminal) : await buildFramework(firmware, folder, terminal);
  if (size !== null) requireFit(board, size);
  await writeImage(folder, manifest.policyHash, files);
  const image = join(folder, IMAGE_FOLDER, mainFile(board));
  terminal.line(`${image}: ${describeSize(board, size)}`);
  terminal.line(nextStep(firmware));
  terminal.result({
    image,
    files: [...files.keys()].map((name) => join(folder, IMAGE_FOLDER, name)),
    ...{ board: board.id, framework, runtime, policyHash: manifest.policyHash },
    flashBytes: size?.flashBytes ?? null,
    ramBytes: size?.ramBytes ?? null,
    stackBytes: size?.stackBytes ?? null,
  });
}

/** What the board is flashed with; of one that is only emulated, what is booted. */
function mainFile(board: Board): string {
  if (board.flash !== null) return flashedName(board.flash);
  return board.emulator === null ? "firmware.elf" : bootedName(board.emulator);
}

async function buildBare(board: Board, folder: string, manifest: FirmwareManifest, terminal: Terminal): Promise<Built> {
  const toolchain = boardToolchain(board);
  assert(toolchain !== null, `${board.id} has no port of ours`);
  requireTools(board, await toolchain.probe());
  const request = await readRequest(folder, manifest);
  const result = await buildProject(request, toolchain, terminal.progress, board.id);
  const files = new Map([[builtName(bareSupport(board).toolchain), result.image]]);
  const forFlashing = flashImage(board.flash, result.image);
  if (forFlashing !== null) files.set(`firmware.${forFlashing.ending}`, forFlashing.bytes);
  return { files, size: firmwareSize(request, result) };
}

/** Of the bar, which moves by what the tool says of how far it is. */
const WHOLE = 100;
const WIDEST_LINE = 60;

async function buildFramework({ board, framework }: Firmware, folder: string, terminal: Terminal): Promise<Built> {
  const builder = projectBuilder(board, framework);
  assert(builder !== null, `${framework} has a build tool`);
  requireTools(board, await builder.probe());
  const { progress } = terminal;
  progress.start(`${builder.id} for ${board.id}`, WHOLE);
  let done = 0;
  const { files, size } = await builder.build(resolve(folder), (line) => {
    done = Math.max(done, WHOLE * shareDone(line));
    progress.update(done, line.trim().slice(0, WIDEST_LINE));
  });
  progress.update(WHOLE, "");
  progress.finish();
  return { files, size: size === null ? null : { ...size, stackBytes: null } };
}

/** ninja says [12/345], make [ 42%]. */
function shareDone(line: string): number {
  const [, count, total, percent] = /^\s*\[\s*(?:(\d+)\/(\d+)|(\d+)%)\s*\]/.exec(line) ?? [];
  if (percent !== undefined) return Number(percent) / 100;
  return count === undefined ? 0 : Number(count) / Math.max(1, Number(total));
}

function describeSize(board: Board, size: FirmwareSize | null): string {
  if (size === null) return "built";
  const of = (taken: number, all: number): string =>
    `${taken.toLocaleString("en")} of ${all.toLocaleString("en")} bytes (${Math.round((100 * taken) / all)} %)`;
  const stack = size.stackBytes === null ? "" : `, and at most ${size.stackBytes.toLocaleString("en")} of stack`;
  return `flash ${of(size.flashBytes, board.flashBytes)}, RAM ${of(size.ramBytes, board.ramBytes)}${stack}`;
}

function nextStep(firmware: Firmware): string {
  const { flash, emulator } = firmware.board;
  if (flash === null && emulator === null) return "Put it on the board with your own tool.";
  return `${flash === null ? "Boot" : "Flash"} it with \`reflexarc flash ${firmwareWords(firmware)}\`.`;
}
