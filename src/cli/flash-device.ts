// Where `flash` finds its board: the port or drive that the person named, or the only board of this kind that is plugged in.

import { existsSync, realpathSync } from "node:fs";
import { isFolder } from "../host/files.ts";
import { runError, usageError, type DiagnosticError } from "../core/diagnostic.ts";
import type { Board, FlashMethod } from "../artifacts/board.ts";
import { noPort } from "../host/flashers/flash-error.ts";
import { onlyBoard } from "../host/ports/auto-port.ts";
import { describeDevice, type ConnectedDevice } from "../host/ports/connected-boards.ts";
import { parsePortUrl } from "../host/ports/port-url.ts";
import type { Firmware } from "./firmware-folder.ts";

export interface FlashPlace {
  /** Path of its serial port; null: it has none, or the method needs none. */
  readonly path: string | null;
  /** Of writing, where the person said so. */
  readonly baudRate?: number;
  /** What is plugged in there; null where no USB device is known to be. */
  readonly device: ConnectedDevice | null;
}

export interface PlaceOptions {
  readonly port?: string;
  readonly volume?: string;
}

/** @param devices what is plugged in. @throws DiagnosticError when there is no such board, or more than one. */
export function flashPlace(board: Board, flash: FlashMethod, options: PlaceOptions, devices: readonly ConnectedDevice[]): FlashPlace {
  const { port = "auto", volume } = options;
  if (port !== "auto") return namedPlace(port, devices);
  const device = volume === undefined ? onlyBoard(devices, board.id) : (matching(devices, board)[0] ?? null);
  const path = device?.path ?? null;
  if (path === null && needsPort(flash)) throw noPort(board, devices.map(describeDevice));
  return { path, device };
}

function matching(devices: readonly ConnectedDevice[], board: Board): readonly ConnectedDevice[] {
  const found = devices.filter(({ matches }) => matches.some((match) => match.board.id === board.id));
  return found.length === 1 ? found : []; // which of several has the drive, nobody knows
}

function namedPlace(port: string, devices: readonly ConnectedDevice[]): FlashPlace {
  const url = parsePortUrl(port);
  if (url.kind !== "serial")
    throw usageError("flash-port", `nothing is flashed through ${port}`, "give --port serial:PATH, or auto; or emu:BOARD to boot it here");
  if (process.platform !== "win32" && !existsSync(url.path)) throw noDevice(url.path, devices);
  const real = realPathOf(url.path);
  const device = devices.find(({ path }) => path === real) ?? null;
  return { path: url.path, device, ...(port.includes("?baud=") ? { baudRate: url.baudRate } : {}) };
}

/** The port may be a link, such as those in /dev/serial/by-id. */
function realPathOf(path: string): string {
  return process.platform === "win32" ? path : realpathSync(path);
}

function noDevice(path: string, devices: readonly ConnectedDevice[]): DiagnosticError {
  const there = devices.length === 0 ? "" : ` (here are: ${devices.map(describeDevice).join(", ")})`;
  return runError(
    "flash-no-port",
    `there is no serial device ${path}${there}`,
    "plug the board in with a cable that carries data, then look with `reflexarc boards --connected`; or let --port auto find it",
  );
}

function needsPort(flash: FlashMethod): boolean {
  switch (flash.method) {
    case "esptool":
    case "avrdude":
    case "bossac":
    case "arduino-cli":
      return true;
    case "uf2":
    case "dfu-util":
    case "teensy-loader":
    case "daplink":
      return false;
  }
}

/** @throws DiagnosticError when the board is not flashed by copying, or there is no such folder. */
export async function requireVolume(board: Board, flash: FlashMethod, volume: string): Promise<void> {
  const wrong = (what: string, fix: string): DiagnosticError => usageError("flash-volume", what, fix);
  if (flash.method !== "uf2" && flash.method !== "daplink")
    throw wrong(`${board.name} shows no drive to copy to; it is flashed by ${flash.method}`, "leave --volume out; --port names its port");
  if (!(await isFolder(volume))) throw wrong(`${volume} is no folder`, `give the folder that the drive ${flash.volume} is mounted at`);
}

/** Whether the program speaks through the board's own USB socket: a framework's programs do, and ours where a bridge or a debugger
 * carries it, which stays when the program changes. */
export function linkIsUsb({ board, framework }: Firmware): boolean {
  if (framework !== "bare") return true;
  const identities = (when: string): readonly string[] =>
    board.usb.filter((each) => each.when === when).map(({ vendor, product }) => `${vendor}:${product}`);
  return identities("running").some((identity) => identities("bootloader").includes(identity));
}
