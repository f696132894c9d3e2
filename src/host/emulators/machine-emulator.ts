// Emulators that need nothing but reflexarc itself: a chip in a worker thread of this process, its serial line as the port,
// and the exact cost of each call of a function.

import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { IoError, type BoardStorage, type CallCost, type Emulator, type RunningBoard } from "../../core/io.ts";
import { PortListeners } from "../ports/port-listeners.ts";
import { memoryStorage } from "./board-storage.ts";
import type { FromWorker, MachineId, ToWorker, WorkerInput } from "./machine-worker.ts";

/** The file beside this one, as it runs: TypeScript in the sources, JavaScript in the package. */
const WORKER = new URL(`./machine-worker${extname(import.meta.url)}`, import.meta.url);

/** Boards greet within a fraction of a second; on a machine under load it may take long. */
const BOOT_TIMEOUT_MS = 30_000;

export function machineEmulator(machine: MachineId, board: string): Emulator {
  const url = `emu:${board}`;
  const boot = (image: Uint8Array, metered: string | null, storage: BoardStorage): Promise<MachineBoard> =>
    MachineBoard.boot({ machine, image, metered, storage: storage.load() }, url, storage);
  return {
    id: machine,
    probe: () => Promise.resolve([]),
    boot: (image, { storage = memoryStorage() } = {}) => boot(image, null, storage),
    countCalls: async (image, functionName, drive) => {
      const running = await boot(image, functionName, memoryStorage());
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
  /** Told of each message, after the listeners. */
  private readonly watchers = new Set<(message: FromWorker) => void>();
  private greeted = false;

  private constructor(input: WorkerInput, url: string, storage: BoardStorage) {
    this.url = url;
    this.worker = new Worker(WORKER, { workerData: input });
    this.listeners = new PortListeners(url);
    const { onData, onClose } = this.listeners;
    const write = (bytes: Uint8Array): Promise<void> => this.write(bytes);
    this.port = { url, onData, onClose, write, close: () => this.stop() };
    this.worker.on("error", (error) => {
      this.listeners.closed(`its emulator failed: ${error.message}`);
    });
    this.worker.on("message", (message: FromWorker) => {
      if (message.kind === "bytes") this.hear(message.bytes);
      if (message.kind === "storage") storage.save(message.bytes);
      for (const watcher of this.watchers) watcher(message);
      if (message.kind === "ended") this.listeners.closed(message.reason);
    });
  }

  /** Waits for the byte 0 with which every port's main() begins.
   * @throws IoError when the image is refused, or the program ends or stays silent. */
  static async boot(input: WorkerInput, url: string, storage: BoardStorage): Promise<MachineBoard> {
    const board = new MachineBoard(input, url, storage);
    try {
      await board.until(() => board.greeted);
      // A board that nobody stops holds nobody up.
      board.worker.unref();
      return board;
    } catch (error) {
      await board.stop();
      throw error;
    }
  }

  /** What comes before the first greeting is for nobody. */
  private hear(bytes: Uint8Array): void {
    const behindGreeting = this.greeted ? 0 : bytes.indexOf(0) + 1;
    this.greeted ||= behindGreeting > 0;
    if (this.greeted) this.listeners.data(bytes.subarray(behindGreeting));
  }

  /** @throws IoError when the image is refused, or the board ends or stays silent before the message has come. */
  private until(isIt: (message: FromWorker) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        clearTimeout(deadline);
        this.watchers.delete(watch);
        then();
      };
      const fail = (reason: string, hint = "build the image again, for this board"): void => {
        settle(() => {
          reject(new IoError(`${this.url} did not boot: ${reason}`, hint));
        });
      };
      const watch = (message: FromWorker): void => {
        if (message.kind === "refused") fail(message.message, message.hint);
        else if (isIt(message)) settle(resolve);
      };
      const deadline = setTimeout(() => {
        fail("it stays silent");
      }, BOOT_TIMEOUT_MS);
      this.watchers.add(watch);
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

  async reset(): Promise<void> {
    this.listeners.assertOpen();
    let begun = false;
    const greeted = this.until((message) => {
      begun ||= message.kind === "reset";
      return begun && message.kind === "bytes" && message.bytes.includes(0);
    });
    this.send({ kind: "reset" });
    try {
      await greeted;
    } catch (error) {
      this.listeners.closed((error as Error).message);
      await this.stop();
      throw error;
    }
  }

  /** The cost of each call of the metered function so far. */
  calls(): Promise<readonly CallCost[]> {
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.watchers.add((message) => {
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
