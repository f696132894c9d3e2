// The serial device of a board, before a tool is told to open it: whether it is there, and may be opened. Tools say so less clearly.

import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { Board } from "../../artifacts/board.ts";
import { noPermission, noPort } from "./flash-error.ts";

/** @throws DiagnosticError when none was named, it is not there, or it may not be opened. */
export async function requireDevice(board: Board, device: string | null): Promise<string> {
  if (device === null) throw noPort(board, []);
  if (process.platform === "win32") return device; // its ports are no files
  await access(device, constants.R_OK | constants.W_OK).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === "EACCES" ? noPermission(device) : noPort(board, []);
  });
  return device;
}
