// The option --fault of every command that boots an emulated board: its line misbehaves as a real one may.

import { Option } from "commander";
import { usageError } from "../core/diagnostic.ts";
import type { BytePort, RunningBoard } from "../core/io.ts";
import { FaultyDevice } from "../host/ports/faulty-port.ts";
import { LINE_FAULTS, parseFaultSettings, type FaultSettings } from "../host/ports/fault-settings.ts";
import type { PortUrl } from "../host/ports/port-url.ts";
import { ReconnectingPort } from "../host/ports/reconnecting-port.ts";

/** An emulated board's port is never away for longer than a second, unless the board is gone for good. */
const PATIENCE_MS = 5000;

export interface FaultOptions {
  readonly fault?: FaultSettings;
}

export function faultOption(): Option {
  const description = `an emulated board's line misbehaves: drop=1%,baud=115200,seed=7; ${LINE_FAULTS.join(", ")} and, of the board, reset and rename (its port), each in percent of the frames`;
  return new Option("--fault <settings>", description).argParser(parseFaultSettings);
}

/** @throws DiagnosticError when faults were asked for, and the port is no emulated board's. */
export function refuseFaultsElsewhere({ fault }: FaultOptions, port: PortUrl): void {
  if (fault !== undefined && port.kind !== "emu") throw usageError("fault-port", "--fault needs an emulated board", "use --port emu:BOARD");
}

/** The port of a board that was just booted, with what lies between it and the host.
 * @throws DiagnosticError when the board can't suffer what was asked for. */
export async function openBoardPort(running: RunningBoard, faults: FaultSettings | undefined): Promise<BytePort> {
  if (faults === undefined) return running.port;
  const reset = running.reset?.bind(running);
  if (reset === undefined && faults.shares.reset > 0)
    throw usageError(
      "fault-no-reset",
      `${running.port.url} has no reset button`,
      "leave reset out of --fault, or use another emulated board",
    );
  const device = new FaultyDevice(running.port, faults, reset === undefined ? {} : { reset });
  const open = (url: string): Promise<BytePort> => device.open(url);
  if (faults.shares.rename === 0) return open(running.port.url);
  return ReconnectingPort.open(running.port.url, { open, locate: () => Promise.resolve(device.url), patienceMs: PATIENCE_MS });
}
