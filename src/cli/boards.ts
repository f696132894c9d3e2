// reflexarc boards: what policies can be built for, one board in full, or what is plugged in.

import type { Command } from "commander";
import { frameworksOf, runtimesOf, type Board } from "../artifacts/board.ts";
import { usageError } from "../core/diagnostic.ts";
import { listBoards, loadBoard } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import { connectedBoards, urlOf, type ConnectedDevice } from "../host/ports/connected-boards.ts";
import type { Terminal } from "../host/terminal.ts";
import { newCommand, terminalFor, type CommonOptions } from "./command.ts";

export function boardsCommand(): Command {
  return newCommand(
    "reflexarc boards --connected",
    "boards: the files of boards/, each with name, core, clockHz, flashBytes, ramBytes, ...; with a board: that one; with --connected: connected: [{boards: [{id, state}], port, vendor, product, serialNumber, socket, access}]",
  )
    .argument("[board]", "tell all about this one")
    .option("--connected", "what is plugged in, by USB identities: running or in the bootloader, and its port")
    .action(boards);
}

async function boards(id: string | undefined, options: CommonOptions & { connected?: boolean }): Promise<void> {
  const terminal = terminalFor(options);
  if (id !== undefined && options.connected === true)
    throw usageError("boards-both", "one board in full, or those that are plugged in, not both", "leave out one of them");
  if (id !== undefined) showBoard(await loadBoard(boardsFolder, id), terminal);
  else if (options.connected === true) showConnected(await connectedBoards(await listBoards(boardsFolder)), terminal);
  else showBoards(await listBoards(boardsFolder), terminal);
}

function showBoards(boards: readonly Board[], terminal: Terminal): void {
  const isEmulated = (board: Board): boolean => board.flash === null && board.emulator !== null;
  const about = (board: Board): string[] => [
    board.id,
    board.name,
    board.core,
    megahertz(board),
    size(board.flashBytes),
    size(board.ramBytes),
    arithmetic(board),
  ];
  const head = ["name", "core", "clock", "flash", "RAM", "FPU, DSP"];
  terminal.table(
    ["board", ...head, "frameworks", "flashed by", "emulated"],
    boards
      .filter((board) => !isEmulated(board))
      .map((board) => [
        ...about(board),
        frameworksOf(board).join(", "),
        board.flash?.method ?? "your own tool",
        board.emulator === null ? "-" : "yes",
      ]),
    [1, 2, 6, 7, 8, 9],
  );
  terminal.line();
  terminal.table(["only emulated", ...head], boards.filter(isEmulated).map(about), [1, 2, 6]);
  terminal.result({ boards });
}

/** Widest floating point in hardware, and whether several int8 are multiplied at once. */
function arithmetic({ fpu, dsp }: Board): string {
  const parts = [...(fpu === "none" ? [] : [fpu]), ...(dsp ? ["DSP"] : [])];
  return parts.length === 0 ? "-" : parts.join(", ");
}

function showBoard(board: Board, terminal: Terminal): void {
  const { led, emulator } = board;
  const identities = (when: string): string => {
    const found = board.usb.filter((each) => each.when === when).map(({ vendor, product }) => `${vendor}:${product}`);
    return found.length === 0 ? "-" : found.join(", ");
  };
  terminal.table(
    [board.name, ""],
    [
      ["core", `${board.core}, ${megahertz(board)}`],
      ["floating point", board.fpu === "none" ? "none" : `${board.fpu} precision`],
      ["several int8 at once", board.dsp ? "yes" : "no"],
      ["flash", `${board.flashBytes.toLocaleString("en")} bytes for programs`],
      ["RAM", `${board.ramBytes.toLocaleString("en")} bytes`],
      ...frameworksOf(board).map((framework) => [
        `--framework ${framework}`,
        `--runtime ${runtimesOf(board, framework).join(" or ")}${framework === board.framework ? " (when none is named)" : ""}`,
      ]),
      ["flashed by", board.flash?.method ?? "nothing: there is only the emulated one"],
      ["emulated by", emulator ?? "-"],
      ["USB, running", identities("running")],
      ["USB, bootloader", identities("bootloader")],
      ["LED", led === null ? "-" : `pin ${led.pin}${led.activeLow ? ", on when low" : ""}`],
    ],
    [1],
  );
  terminal.line();
  terminal.line(board.notes);
  terminal.result(board);
}

function showConnected(devices: readonly ConnectedDevice[], terminal: Terminal): void {
  if (devices.length === 0) terminal.line("Nothing is plugged in that has a serial port or is known as a board.");
  else
    terminal.table(
      ["port", "board", "USB", "serial number"],
      devices.map((device) => [
        `${urlOf(device) ?? "-"}${device.access === "denied" ? " (you may not open it)" : ""}`,
        boardsOf(device),
        `${device.vendorId}:${device.productId}`,
        device.serialNumber ?? "-",
      ]),
      [1, 2, 3],
    );
  if (devices.some(({ access }) => access === "denied")) terminal.line("\n`reflexarc doctor` says how you get to open it.");
  if (process.platform !== "linux")
    terminal.note(
      "on this system only serial ports are seen; a board that shows a drive instead (a Pico in its bootloader) is found by `flash`",
    );
  terminal.result({
    connected: devices.map(({ matches, vendorId, productId, serialNumber, socket, access, ...device }) => ({
      boards: matches.map(({ board, state }) => ({ id: board.id, state })),
      port: urlOf({ matches, vendorId, productId, serialNumber, socket, access, ...device }),
      ...{ vendor: vendorId, product: productId, serialNumber, socket, access },
    })),
  });
}

/** Those it may be: running ones first. */
function boardsOf({ matches, product }: ConnectedDevice): string {
  if (matches.length === 0) return product === "" ? "none that is known" : `none that is known (${product})`;
  const running = matches.filter(({ state }) => state !== "bootloader").map(({ board }) => board.id);
  const waiting = matches.filter(({ state }) => state === "bootloader").map(({ board }) => `${board.id} in its bootloader`);
  return [...running, ...waiting].join(" or ");
}

function megahertz({ clockHz }: Board): string {
  return `${clockHz / 1e6} MHz`;
}

function size(bytes: number): string {
  const kilobytes = bytes / 1024;
  return kilobytes >= 1024 ? `${Number((kilobytes / 1024).toFixed(2))} MB` : `${Number(kilobytes.toFixed(1))} KB`;
}
