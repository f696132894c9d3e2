// reflexarc flash: puts a built image onto a real board and finds it again, or boots it in the emulator; then asks it who it is.

import { resolve } from "node:path";
import type { Command } from "commander";
import { assert } from "../core/assert.ts";
import { runError, usageError } from "../core/diagnostic.ts";
import type { FlashPiece, FlashReport } from "../core/io.ts";
import { listBoards } from "../host/boards.ts";
import { emulatorFor } from "../host/emulators/emulators.ts";
import { toolMissing } from "../host/flashers/flash-error.ts";
import { flasherFor } from "../host/flashers/flashers.ts";
import { boardsFolder } from "../host/package-files.ts";
import { connectedBoards } from "../host/ports/connected-boards.ts";
import { findAgain } from "../host/ports/find-again.ts";
import { parsePortUrl } from "../host/ports/port-url.ts";
import { listUsbDevices } from "../host/ports/usb-devices.ts";
import { endProgress, type Terminal } from "../host/terminal.ts";
import { describeArena } from "../link/describe-arena.ts";
import type { BoardSession } from "../link/session.ts";
import { RobotBoard } from "../pipeline/robot-board.ts";
import type { Robot } from "../pipeline/robot.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { flashPlace, linkIsUsb, requireVolume, type FlashPlace, type PlaceOptions } from "./flash-device.ts";
import { chooseFirmware, firmwareFolder, readManifest, type Firmware, type FirmwareManifest } from "./firmware-folder.ts";
import { bootedName, flashPieces, readImage, requireFreshImage, staleImage } from "./firmware-image.ts";
import { greetFlashed } from "./greet-flashed.ts";
import { openProject } from "./project.ts";
import { requireTools } from "./required-tools.ts";
import { withFirmwareOptions, type FirmwareOptions } from "./runtime-options.ts";
import { notEmulated } from "./target.ts";

const HELP = `
Without --port, it is the only board of this kind that is plugged in, running or in its bootloader. Afterwards the board is found again,
also where its port has another name then, and says who it is. A board that exists only in the emulator is booted there.
Flashing that was cut short can be repeated.`;

export function flashCommand(): Command {
  const command = newProjectCommand(
    "reflexarc flash --board uno --port serial:/dev/ttyACM0",
    "board, framework, runtime, method, device (path before, or null), bytes, verified (how, or null), seconds, port (URL afterwards, or null), robot, policyHash, firmwareHash, schemaRevision; of a board that was not greeted, robot, firmwareHash and schemaRevision are null",
  );
  return withFirmwareOptions(command, "what the image was built for")
    .option("--port <url>", "serial:PATH (behind it ?baud=N, the rate of writing, for ESP chips), auto, or emu:BOARD to boot it here")
    .option("--volume <folder>", "where the board's drive is mounted, for those that are flashed by copying a file")
    .option("--no-greet", "do not ask the board who it is afterwards: its line is not connected")
    .addHelpText("after", HELP)
    .action(flash);
}

interface FlashOptions extends ProjectOptions, FirmwareOptions, PlaceOptions {
  readonly greet: boolean;
}

/** All that there is to flash, and where to say what. */
interface Job {
  readonly robot: Robot;
  readonly firmware: Firmware;
  readonly folder: string;
  readonly manifest: FirmwareManifest;
  readonly options: FlashOptions;
  readonly terminal: Terminal;
}

async function flash(options: FlashOptions): Promise<void> {
  const terminal = terminalFor(options);
  const { robot } = await openProject(options.project, terminal);
  const firmware = await chooseFirmware(options);
  const folder = firmwareFolder(options.project, firmware);
  const manifest = await readManifest(folder, firmware);
  await requireFreshImage(folder, firmware, manifest);
  const job = { robot, firmware, folder, manifest, options, terminal };
  const booted = options.port?.startsWith("emu:") === true || firmware.board.flash === null;
  await (booted ? bootEmulated(job) : flashReal(job));
}

async function bootEmulated({ robot, firmware, folder, manifest, options, terminal }: Job): Promise<void> {
  const { board, framework, runtime } = firmware;
  const port = `emu:${board.id}`;
  if (options.port !== undefined && JSON.stringify(parsePortUrl(options.port)) !== JSON.stringify(parsePortUrl(port)))
    throw usageError("flash-port", `${options.port} is no ${board.name}`, `use --port ${port}`);
  if (board.flash === null && board.emulator === null)
    throw usageError("flash-own-tool", `nothing here flashes ${board.name}`, `put ${folder}/image/firmware.elf on it with your own tool`);
  // Others than an AVR speak through a USB that is not emulated.
  if (board.emulator === null || (framework !== "bare" && board.core !== "avr")) throw await notEmulated(board);
  const emulator = emulatorFor(board.emulator);
  requireTools(board, await emulator.probe());
  const image = await readImage(folder, bootedName(board.emulator), firmware);
  const running = await emulator.boot(image);
  try {
    const { session } = await RobotBoard.connect(running.port, robot);
    const { hello } = session;
    if (hello.policyHash !== manifest.policyHash) throw staleImage(hello.policyHash, manifest.policyHash, firmware);
    terminal.line(`${board.name} booted and answered: ${describeHello(session)}`);
    terminal.line(`Drive it with \`reflexarc run --port ${port}\`.`);
    const emulated = { method: "emulator", device: null, bytes: image.length, verified: null, port };
    terminal.result({ board: board.id, framework, runtime, ...emulated, ...helloResult(session) });
  } finally {
    await running.stop();
  }
}

async function flashReal(job: Job): Promise<void> {
  const { firmware, folder, manifest, options, terminal } = job;
  const { board, framework, runtime } = firmware;
  assert(board.flash !== null, `${board.id} is only emulated`);
  if (options.volume !== undefined) await requireVolume(board, board.flash, options.volume);
  const pieces = await flashPieces(folder, firmware);
  const flasher = flasherFor(board);
  const missing = (await flasher.probe()).find((tool) => !tool.found);
  if (missing !== undefined) throw toolMissing(missing.tool, board, missing.install);
  const before = await connectedBoards(await listBoards(boardsFolder));
  const place = flashPlace(board, board.flash, options, before);
  const { path: device, baudRate } = place;
  const rate = baudRate === undefined ? {} : { baudRate };
  const request = { pieces, folder: resolve(folder), device, volume: options.volume ?? null, ...rate };
  const startedMs = performance.now();
  const { verified } = await withAdvice(board.name, terminal, () => flasher.flash(request, terminal.progress));
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
  const how = verified === null ? "its bootloader can't verify it" : `verified: ${verified}`;
  terminal.line(`${board.name}: ${describePieces(pieces)} written in ${seconds} s, ${how}`);
  const session = await greet(job, place, () => listUsbDevices().then((now) => findAgain({ board, device: place.device, before }, now)));
  const written = { method: board.flash.method, device, bytes, verified, seconds, port: session === null ? null : urlOf(session) };
  const said =
    session === null ? { robot: null, policyHash: manifest.policyHash, firmwareHash: null, schemaRevision: null } : helloResult(session);
  terminal.result({ board: board.id, framework, runtime, ...written, ...said });
}

/** Null where nobody can be asked, or nobody wanted to. */
async function greet(job: Job, { path, device }: FlashPlace, find: () => Promise<string | null>): Promise<BoardSession | null> {
  const { robot, firmware, manifest, options, terminal } = job;
  const { board } = firmware;
  const own = linkIsUsb(firmware);
  const named = options.port !== undefined && options.port !== "auto";
  if (!options.greet) return null;
  if (!own && !named) {
    terminal.line(`It was not greeted: its link does not come through its USB socket. ${board.notes}`);
    terminal.line("Drive it with `reflexarc run --port serial:PATH`, the port of its line.");
    return null;
  }
  terminal.note("waiting for the board to come back");
  // What is no USB device, or leads to the board's pins, keeps its name.
  const stays = device === null ? path : own ? null : path;
  const { session } = await greetFlashed(robot, stays === null ? find : () => Promise.resolve(stays));
  await session.close();
  const { policyHash } = session.hello;
  if (policyHash !== manifest.policyHash) {
    throw runError(
      "board-other-policy",
      `the board on ${session.url} drives with policy ${policyHash}, and ${manifest.policyHash} was flashed`,
      "see with `reflexarc boards --connected` whether two boards are alike, and name the right one with --port",
    );
  }
  const url = urlOf(session);
  terminal.line(`It answers on ${url}: ${describeHello(session)}`);
  terminal.line(`Drive it with \`reflexarc run --port ${url}\`.`);
  return session;
}

/** Ctrl-C while the board is being written. */
async function withAdvice(name: string, terminal: Terminal, write: () => Promise<FlashReport>): Promise<FlashReport> {
  const interrupted = (): void => {
    endProgress();
    terminal.note(`${name} does not hold a whole program now. Flash it again: its bootloader is still there.`);
    process.exit(130);
  };
  process.once("SIGINT", interrupted);
  try {
    return await write();
  } finally {
    process.off("SIGINT", interrupted);
  }
}

function describePieces(pieces: readonly FlashPiece[]): string {
  return pieces.map(({ name, bytes }) => `${name} (${bytes.length.toLocaleString("en")} bytes)`).join(", ");
}

/** As a person would write it: the link's rate is understood. */
function urlOf({ url }: BoardSession): string {
  return url.replace(/\?baud=115200$/, "");
}

function describeHello({ hello }: BoardSession): string {
  const { name, policyHash, firmwareHash, schemaRevision } = hello;
  const arena = describeArena(hello);
  return `robot ${name}, schema revision ${schemaRevision}, policy ${policyHash}, firmware ${firmwareHash}${arena === null ? "" : `; ${arena}`}`;
}

function helloResult({ hello }: BoardSession): object {
  const { name, policyHash, firmwareHash, schemaRevision } = hello;
  return { robot: name, policyHash, firmwareHash, schemaRevision };
}
