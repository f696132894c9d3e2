// The virtual board: a WebAssembly module of firmware/port/virtual that runs in this process. Bytes written to its port are
// fed to it at once; what it sends arrives at the listeners a little later, as from any other board.

import { IoError, type BoardStorage, type Emulator, type RunningBoard } from "../../core/io.ts";
import { PortListeners } from "../ports/port-listeners.ts";
import { memoryStorage, storageContent } from "./board-storage.ts";

/** What firmware/port/virtual/main.c exports. Buffers are addresses in the module's memory. */
interface VirtualExports {
  readonly memory: WebAssembly.Memory;
  readonly start: () => void;
  readonly poll: () => void;
  readonly input_buffer: () => number;
  readonly input_capacity: () => number;
  readonly input_pending: () => number;
  readonly give_input: (count: number) => void;
  readonly output_buffer: () => number;
  readonly take_output: () => number;
  readonly storage_buffer: () => number;
  readonly storage_bytes: () => number;
  readonly storage_changes: () => number;
}

const FUNCTIONS = [
  ...["start", "poll", "input_buffer", "input_capacity", "input_pending", "give_input", "output_buffer", "take_output"],
  ...["storage_buffer", "storage_bytes", "storage_changes"],
];

/** The firmware looks at its clock this often when no bytes arrive. */
const POLL_INTERVAL_MS = 1;

/** Polls in a row that may pass without the firmware taking any of the bytes it was given. */
const STUCK_POLLS = 10_000;

/** Polls at most for the answer; one that sends without end gets the rest of its turns from the interval. */
const ANSWER_POLLS = 64;

/** What its port sends on start where other boards do so themselves: an empty frame. */
const GREETING = Uint8Array.of(0);

const URL = "emu:virtual";

export function virtualEmulator(): Emulator {
  return {
    id: "virtual",
    probe: () => Promise.resolve([]),
    boot: async (image, { storage = memoryStorage() } = {}) => {
      const board = new VirtualBoard(image, storage);
      await board.start();
      return board;
    },
  };
}

async function instantiate(image: Uint8Array): Promise<VirtualExports> {
  const bootedMs = performance.now();
  const imports = { reflex: { clock_ns: () => (performance.now() - bootedMs) * 1e6 } };
  try {
    const { instance } = await WebAssembly.instantiate(image, imports);
    const missing = FUNCTIONS.filter((name) => typeof instance.exports[name] !== "function");
    if (missing.length > 0) throw new Error(`it does not export ${missing.join(", ")}`);
    return instance.exports as unknown as VirtualExports;
  } catch (cause) {
    throw new IoError(`this image does not run on the virtual board: ${(cause as Error).message}`, "build it for --board virtual", cause);
  }
}

class VirtualBoard implements RunningBoard {
  readonly port: RunningBoard["port"];
  private readonly image: Uint8Array;
  private readonly storage: BoardStorage;
  private readonly listeners = new PortListeners(URL);
  /** Null while it is being reset. */
  private module: VirtualExports | null = null;
  private savedChanges = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(image: Uint8Array, storage: BoardStorage) {
    this.image = image;
    this.storage = storage;
    const { onData, onClose } = this.listeners;
    this.port = { url: URL, onData, onClose, write: (bytes) => this.write(bytes), close: () => this.stop() };
  }

  /** @throws IoError when the image is refused, or its program goes wrong at once. */
  async start(): Promise<void> {
    const module = await instantiate(this.image);
    if (!this.listeners.open) return;
    const content = storageContent(this.storage, module.storage_bytes());
    new Uint8Array(module.memory.buffer).set(content, module.storage_buffer());
    this.module = module;
    this.savedChanges = 0;
    this.timer = setInterval(() => {
      this.work((running) => this.poll(running));
    }, POLL_INTERVAL_MS);
    this.timer.unref();
    this.work((running) => {
      running.start();
    });
    this.listeners.assertOpen();
  }

  async reset(): Promise<void> {
    this.listeners.assertOpen();
    clearInterval(this.timer);
    this.module = null;
    this.send(GREETING);
    await this.start();
  }

  stop(): Promise<void> {
    this.end("the board was stopped");
    return Promise.resolve();
  }

  private end(reason: string): void {
    clearInterval(this.timer);
    this.module = null;
    this.listeners.closed(reason);
  }

  private write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.listeners.assertOpen();
      this.work((running) => {
        this.feed(running, bytes);
      });
      this.listeners.assertOpen();
      resolve();
    });
  }

  /** Lets the program work, and keeps what it stored. One that goes wrong is the board's end. */
  private work(turn: (running: VirtualExports) => void): void {
    const { module } = this;
    if (module === null) return;
    try {
      turn(module);
    } catch (trap) {
      if (!(trap instanceof WebAssembly.RuntimeError)) throw trap;
      this.end(`the board's program trapped: ${trap.message}`);
    }
    const changes = module.storage_changes();
    if (changes === this.savedChanges) return;
    this.savedChanges = changes;
    this.storage.save(bytesOf(module, module.storage_buffer(), module.storage_bytes()));
  }

  /** @returns whether it sent anything. */
  private poll(running: VirtualExports): boolean {
    running.poll();
    const count = running.take_output();
    if (count > 0) this.send(bytesOf(running, running.output_buffer(), count));
    return count > 0;
  }

  private send(bytes: Uint8Array): void {
    setImmediate(() => {
      this.listeners.data(bytes);
    });
  }

  private feed(running: VirtualExports, bytes: Uint8Array): void {
    const capacity = running.input_capacity();
    for (let start = 0; start < bytes.length; start += capacity) {
      const piece = bytes.subarray(start, start + capacity);
      new Uint8Array(running.memory.buffer).set(piece, running.input_buffer());
      running.give_input(piece.length);
      this.takeAll(running);
    }
  }

  private takeAll(running: VirtualExports): void {
    for (let stuck = 0, pending = running.input_pending(); pending > 0;) {
      this.poll(running);
      const left = running.input_pending();
      stuck = left === pending ? stuck + 1 : 0;
      if (stuck > STUCK_POLLS) throw new WebAssembly.RuntimeError("the firmware does not read its port");
      pending = left;
    }
    for (let polls = 0; polls < ANSWER_POLLS && this.poll(running); polls++);
  }
}

/** A copy. */
function bytesOf({ memory }: VirtualExports, start: number, count: number): Uint8Array {
  return new Uint8Array(memory.buffer).slice(start, start + count);
}
