// `--port auto` of the commands that speak with a board: the only one that runs, and of several the only one that the project was
// compiled for.

import { listBoards } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import { runningPort } from "../host/ports/auto-port.ts";
import { connectedBoards, describeDevice } from "../host/ports/connected-boards.ts";
import type { Terminal } from "../host/terminal.ts";
import { compiledBoards } from "./firmware-folder.ts";

/** The same URL, unless it is `auto`. @throws DiagnosticError when no board is there, or several could be meant. */
export async function resolvePort(url: string, projectFolder: string, terminal: Terminal): Promise<string> {
  if (url !== "auto") return url;
  const devices = await connectedBoards(await listBoards(boardsFolder));
  const found = runningPort(devices, await compiledBoards(projectFolder));
  terminal.note(`found ${describeDevice(found.device)}`);
  return found.url;
}
