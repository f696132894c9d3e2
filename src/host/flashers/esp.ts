// Flashes Espressif's chips from this process, with esptool-js over a serial line: no Python. In: a board and the files of its build.
// Out: a chip that holds them by its own account, and runs. Whatever breaks it off, it can be done again: the bootloader in the ROM
// stays, and as long as the flash is incomplete it finds nothing there to start.

import type { FlashSizeValues } from "esptool-js";
import type { Board, FlashMethod } from "../../artifacts/board.ts";
import { DiagnosticError } from "../../core/diagnostic.ts";
import type { Flasher, FlashReport, FlashRequest, Progress } from "../../core/io.ts";
import {
  changeBaudRate,
  connectEsp,
  endForcedDownload,
  firstLine,
  isSilence,
  leave,
  realEspSystem,
  ROM_BAUD_RATE,
  startStub,
  type EspConnection,
  type EspSystem,
} from "./esp-connect.ts";
import { placePieces, requireRoom, SECTOR_BYTES, type EspPieces, type PlacedPiece } from "./esp-pieces.ts";
import { eraseFlash, holdsPiece, writePiece } from "./esp-write.ts";
import { bootloaderRefuses, interrupted, noPort, notVerified } from "./flash-error.ts";

type EspMethod = Extract<FlashMethod, { readonly method: "esptool" }>;

/** What every converter on such a board manages. */
const BAUD_RATE = 460_800;

/** @param system where lines and devices are from; tests have their own. */
export function espFlasher(board: Board, method: EspMethod, system: EspSystem = realEspSystem): Flasher {
  return {
    id: "esptool",
    probe: () => Promise.resolve([]),
    flash: (request, progress) => flash(board, method, request, progress, system),
  };
}

async function flash(board: Board, method: EspMethod, request: FlashRequest, progress: Progress, system: EspSystem): Promise<FlashReport> {
  const pieces = placePieces(board, method.chip, method.bootloaderAddress, request.pieces);
  const { device } = request;
  if (device === null)
    throw noPort(
      board,
      (await system.listDevices()).map(({ path }) => path),
    );
  const bar = new FlashBar(board, pieces, progress);
  let connection: EspConnection | null = null;
  try {
    connection = await connectEsp(board, method.chip, device, system);
    await startStub(board, method.chip, connection);
    const baudRate = request.baudRate ?? BAUD_RATE;
    if (baudRate !== ROM_BAUD_RATE && !(await changeBaudRate(connection, baudRate))) {
      await connection.port.close();
      connection = await connectEsp(board, method.chip, connection.port.path, system);
      await startStub(board, method.chip, connection);
    }
    requireRoom(board, pieces, await flashBytes(board, connection));
    await write(board, pieces, connection, bar);
    await endForcedDownload(connection.loader, method.chip);
    return { verified: "MD5 of the chip's flash" };
  } catch (error) {
    throw await asDiagnostic(board, error, connection, bar);
  } finally {
    bar.finish();
    if (connection !== null) await leave(connection);
  }
}

/** First what the bootloader would start is taken away, last it comes back. */
async function write(board: Board, { programs, bootloader }: EspPieces, { loader }: EspConnection, bar: FlashBar): Promise<void> {
  const verify = async (piece: PlacedPiece): Promise<void> => {
    if (!(await holdsPiece(loader, piece))) throw notVerified(board, `the MD5 of ${piece.name} differs`);
  };
  await eraseFlash(loader, bootloader.address, SECTOR_BYTES);
  for (const piece of programs) await writePiece(loader, piece, bar.wrote(piece.name));
  for (const piece of programs) await verify(piece);
  await writePiece(loader, bootloader, bar.wrote(bootloader.name));
  await verify(bootloader);
}

/** By the id of the flash chip; that of the board's file where the id doesn't tell. */
async function flashBytes(board: Board, { loader }: EspConnection): Promise<number> {
  const id = (await loader.readFlashId()) & 0xff_ffff;
  if (id === 0 || id === 0xff_ffff) throw bootloaderRefuses(board, "the flash chip does not answer");
  const sizes: Readonly<Record<number, string>> = loader.DETECTED_FLASH_SIZES;
  const size = sizes[id >> 16];
  return size === undefined ? board.flashBytes : loader.flashSizeBytes(size as FlashSizeValues);
}

/** What esptool-js threw, in a sentence; a bug stays what it is. */
async function asDiagnostic(board: Board, error: unknown, connection: EspConnection | null, bar: FlashBar): Promise<unknown> {
  const { ESPError } = await import("esptool-js");
  if (error instanceof DiagnosticError || connection === null) return error;
  const { lost } = connection.port;
  if (lost === null && !(error instanceof ESPError)) return error;
  const details = lost ?? (isSilence(error) ? "its bootloader answers no more" : firstLine(error));
  return interrupted(board, `${details} (${bar.percent} % were written)`);
}

/** One bar over the bytes of all pieces. */
class FlashBar {
  private readonly total: number;
  private readonly progress: Progress;
  private done = 0;

  constructor(board: Board, { programs, bootloader }: EspPieces, progress: Progress) {
    this.total = [bootloader, ...programs].reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.progress = progress;
    progress.start(`flashing ${board.name}`, this.total);
    progress.update(0, "connecting");
  }

  get percent(): number {
    return Math.floor((this.done / this.total) * 100);
  }

  wrote(name: string): (bytes: number) => void {
    this.progress.update(this.done, name);
    return (bytes) => {
      this.done += bytes;
      this.progress.update(this.done, name);
    };
  }

  finish(): void {
    this.progress.finish();
  }
}
