// Emulators that need nothing but reflexarc itself: a chip in a worker thread of this process, its serial line as the port,
// and the exact cost of each call of a function.

import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { IoError, type CallCost, type Emulator, type RunningBoard } from "../../core/io.ts";
import { PortListeners } from "../ports/port-listeners.ts";
import type { FromWorker, MachineId, ToWorker, WorkerInput } from "./machine-worker.ts";

/** The file beside this one, as it runs: TypeScript in the sources, JavaScript in the package. */
const WORKER = new URL(`./machine-worker${extname(import.meta.url)}`, import.meta.url);

/** Boards greet within a fraction of a second; on a machine under load it may take long. */
const BOOT_TIMEOUT_MS = 30_000;

export function machineEmulator(machine: MachineId, board: string): Emulator {
  const url = `emu:${board}`;
  return {
    id: machine,
    probe: () => Promise.resolve([]),
    boot: (image) => MachineBoard.boot({ machine, image, metered: null }, url),
    countCalls: async (image, functionName, drive) => {
      const running = await MachineBoard.boot({ machine, image, metered: functionName }, url);
      try {
        await drive(running.port);
        return await running.calls();
      } finally {
        await running.stop();
      }
    },
  };
}

class MachineBoard implements RunningBoard {
  readonly port: RunningBoard["port"];
  private readonly url: string;
  private readonly worker: Worker;
  private readonly listeners: PortListeners;

  private constructor(input: WorkerInput, url: string) {
    this.url = url;
    this.worker = new Worker(WORKER, { workerData: input });
    this.listeners = new PortListeners(url);
    const { onData, onClose } = this.listeners;
    const write = (bytes: Uint8Array): Promise<void> => this.write(bytes);
    this.port = { url, onData, onClose, write, close: () => this.stop() };
    this.worker.on("error", (error) => {
      this.listeners.closed(`its emulator failed: ${error.message}`);
    });
  }

  /** Waits for the byte 0 with which every port's main() begins.
   * @throws IoError when the image is refused, or the program ends or stays silent. */
  static async boot(input: WorkerInput, url: string): Promise<MachineBoard> {
    const board = new MachineBoard(input, url);
    try {
      await board.greeting();
      // A board that nobody stops holds nobody up.
      board.worker.unref();
      return board;
    } catch (error) {
      await board.stop();
      throw error;
    }
  }

  private greeting(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string, hint = "build the image again, for this board"): void => {
        clearTimeout(deadline);
        reject(new IoError(`${this.url} did not boot: ${reason}`, hint));
      };
      const deadline = setTimeout(() => {
        fail("it stays silent");
      }, BOOT_TIMEOUT_MS);
      let greeted = false;
      this.worker.on("message", (message: FromWorker) => {
        switch (message.kind) {
          case "bytes": {
            const behindZero = greeted ? 0 : message.bytes.indexOf(0) + 1;
            if (!greeted && behindZero === 0) return;
            greeted = true;
            clearTimeout(deadline);
            resolve();
            this.listeners.data(message.bytes.subarray(behindZero));
            return;
          }
          case "refused":
            fail(message.message, message.hint);
            return;
          case "ended":
            this.listeners.closed(message.reason);
            return;
          case "calls":
            return;
        }
      });
      this.listeners.onClose(fail);
    });
  }

  private write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.listeners.assertOpen();
      this.send({ kind: "bytes", bytes });
      resolve();
    });
  }

  /** The cost of each call of the metered function so far. */
  calls(): Promise<readonly CallCost[]> {
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.worker.on("message", (message: FromWorker) => {
        if (message.kind === "calls") resolve(message.calls);
      });
      this.listeners.onClose((reason) => {
        reject(new IoError(`${this.url} is gone: ${reason}`, "try again"));
      });
      this.send({ kind: "calls" });
    });
  }

  async stop(): Promise<void> {
    this.listeners.closed("the board was stopped");
    await this.worker.terminate();
  }

  private send(message: ToWorker): void {
    this.worker.postMessage(message);
  }
}
