// `--port auto`: the one board that it can be. In: what is plugged in, and the boards that are meant. Out: that device, or an error that
// names what is there.

import { runError, usageError, type DiagnosticError } from "../../core/diagnostic.ts";
import { describeDevice, urlOf, type ConnectedDevice } from "./connected-boards.ts";

const LOOK = "look with `reflexarc boards --connected`";

/** The board whose program runs, as far as that can be told.
 * @param preferred ids of boards that are meant first, such as those that a project was compiled for.
 * @returns its port's URL. @throws DiagnosticError when there is none, or more than one. */
export function runningPort(devices: readonly ConnectedDevice[], preferred: readonly string[]): { url: string; device: ConnectedDevice } {
  const running = devices.filter((device) => device.matches.some(({ state }) => state !== "bootloader"));
  const meant = running.filter((device) =>
    device.matches.some(({ board, state }) => state !== "bootloader" && preferred.includes(board.id)),
  );
  const candidates = (meant.length > 0 ? meant : running).flatMap((device) => {
    const url = urlOf(device);
    return url === null ? [] : [{ url, device }];
  });
  const [only, ...others] = candidates;
  if (only === undefined) throw nothingRuns(devices);
  if (others.length > 0) throw severalBoards(candidates.map(({ device }) => device));
  return only;
}

function nothingRuns(devices: readonly ConnectedDevice[]): DiagnosticError {
  const there = devices.length === 0 ? "nothing is" : `here are: ${devices.map(describeDevice).join(", ")}`;
  return runError(
    "port-auto-none",
    `no board that runs is plugged in (${there})`,
    `plug it in with a cable that carries data, ${LOOK}, or name its port with --port serial:PATH`,
  );
}

/** @throws DiagnosticError when several could be meant. @returns null when there is none. */
export function onlyBoard(devices: readonly ConnectedDevice[], boardId: string): ConnectedDevice | null {
  const candidates = devices.filter((device) => device.matches.some(({ board }) => board.id === boardId));
  if (candidates.length > 1) throw severalBoards(candidates);
  return candidates[0] ?? null;
}

function severalBoards(devices: readonly ConnectedDevice[]): DiagnosticError {
  return usageError(
    "port-auto-several",
    `${devices.length} boards could be meant: ${devices.map(describeDevice).join(", ")}`,
    `say which one with --port ${urlOf(devices[0] as ConnectedDevice) ?? "serial:PATH"}; ${LOOK}`,
  );
}
