// The thread in which an emulated chip runs, so that the program around it stays free. In: an image and bytes for its serial
// line. Out: what it sends, its end, and on request the calls that were metered. Whether the chip is awake decides about time:
// awake it runs as fast as it can, asleep it keeps pace with the clock on the wall.

import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../core/assert.ts";
import { IoError, type CallCost } from "../../core/io.ts";
import { AvrMachine } from "./avr.ts";
import type { Machine, MachineOptions } from "./machine.ts";
import { Rp2040Machine } from "./rp2040.ts";

export type MachineId = "rp2040js" | "avr8js";

export interface WorkerInput {
  readonly machine: MachineId;
  /** An ELF file, or what the board is flashed with. */
  readonly image: Uint8Array;
  /** The function whose calls are metered, or null. */
  readonly metered: string | null;
  /** What the board kept, or null. */
  readonly storage: Uint8Array | null;
}

export type ToWorker =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "calls" }
  /** Press the reset button. */
  | { readonly kind: "reset" };

export type FromWorker =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "calls"; readonly calls: readonly CallCost[] }
  /** It starts again, because the button was pressed: what it sends from now on is the new program's. */
  | { readonly kind: "reset" }
  /** What it keeps has changed. */
  | { readonly kind: "storage"; readonly bytes: Uint8Array }
  | { readonly kind: "refused"; readonly message: string; readonly hint: string }
  | { readonly kind: "ended"; readonly reason: string };

/** Between two looks at what arrives: some milliseconds. */
const INSTRUCTIONS = 50_000;
/** A chip that lags behind the wall more than this (it computes, and is slower here) does not catch up. */
const LAG_NANOSECONDS = 20e6;
const IDLE_MS = 1;

assert(parentPort !== null, "this module runs in a worker thread");
const parent = parentPort;
const tell = (message: FromWorker): void => {
  parent.postMessage(message);
};

function createMachine({ machine, image }: WorkerInput, options: MachineOptions): Machine {
  switch (machine) {
    case "rp2040js":
      return new Rp2040Machine(image, options);
    case "avr8js":
      return new AvrMachine(image, options);
  }
}

function runForever(input: WorkerInput): void {
  const { metered } = input;
  let { storage } = input;
  let machine = createMachine(input, { metered, storage, cause: "power" });
  let origin = performance.now() * 1e6;
  const restart = (cause: "button" | "watchdog"): void => {
    machine = createMachine(input, { metered, storage, cause });
    origin = performance.now() * 1e6;
  };
  let cancelNext = (): void => undefined;
  const turn = (): void => {
    cancelNext();
    const lag = performance.now() * 1e6 - origin - machine.nanoseconds;
    if (lag > LAG_NANOSECONDS) origin += lag;
    const now = performance.now() * 1e6 - origin;
    machine.run(INSTRUCTIONS, now);
    const changed = machine.takeStorage();
    if (changed !== null) tell({ kind: "storage", bytes: (storage = changed) });
    const bytes = machine.takeOutput();
    if (bytes.length > 0) tell({ kind: "bytes", bytes });
    if (machine.resetDue) restart("watchdog");
    if (machine.fault !== null) {
      tell({ kind: "ended", reason: machine.fault });
    } else if (machine.nanoseconds >= now) {
      const timer = setTimeout(turn, IDLE_MS);
      cancelNext = () => {
        clearTimeout(timer);
      };
    } else {
      const immediate = setImmediate(turn);
      cancelNext = () => {
        clearImmediate(immediate);
      };
    }
  };
  parent.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "bytes":
        machine.feed(message.bytes);
        if (machine.fault === null) turn();
        return;
      case "calls":
        tell({ kind: "calls", calls: machine.calls });
        return;
      case "reset":
        if (machine.fault !== null) return;
        restart("button");
        tell({ kind: "reset" });
        turn();
        return;
    }
  });
  turn();
}

try {
  runForever(workerData as WorkerInput);
} catch (error) {
  if (!(error instanceof IoError)) throw error;
  tell({ kind: "refused", message: error.message, hint: error.hint });
}
