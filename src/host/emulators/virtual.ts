// The virtual board: a WebAssembly module of firmware/port/virtual that runs in this process. Bytes written to its port are
// fed to it at once; what it sends arrives at the listeners a little later, as from any other board.

import { IoError, type Emulator, type RunningBoard } from "../../core/io.ts";
import { PortListeners } from "../ports/port-listeners.ts";

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
}

const FUNCTIONS = ["start", "poll", "input_buffer", "input_capacity", "input_pending", "give_input", "output_buffer", "take_output"];

/** The firmware looks at its clock this often when no bytes arrive. */
const POLL_INTERVAL_MS = 1;

/** Polls in a row that may pass without the firmware taking any of the bytes it was given. */
const STUCK_POLLS = 10_000;

/** Polls at most for the answer; one that sends without end gets the rest of its turns from the interval. */
const ANSWER_POLLS = 64;

export function virtualEmulator(): Emulator {
  return {
    id: "virtual",
    probe: () => Promise.resolve([]),
    boot: async (image) => run(await instantiate(image)),
  };
}

async function instantiate(image: Uint8Array): Promise<VirtualExports> {
  const imports = { reflex: { clock_ns: () => performance.now() * 1e6 } };
  try {
    const { instance } = await WebAssembly.instantiate(image, imports);
    const missing = FUNCTIONS.filter((name) => typeof instance.exports[name] !== "function");
    if (missing.length > 0) throw new Error(`it does not export ${missing.join(", ")}`);
    return instance.exports as unknown as VirtualExports;
  } catch (cause) {
    throw new IoError(`this image does not run on the virtual board: ${(cause as Error).message}`, "build it for --board virtual", cause);
  }
}

function run(board: VirtualExports): RunningBoard {
  const url = "emu:virtual";
  const listeners = new PortListeners(url);
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (trap) {
      if (!(trap instanceof WebAssembly.RuntimeError)) throw trap;
      clearInterval(timer);
      listeners.closed(`the board's program trapped: ${trap.message}`);
    }
  };
  const poll = (): boolean => {
    board.poll();
    const count = board.take_output();
    const start = board.output_buffer();
    const bytes = new Uint8Array(board.memory.buffer).slice(start, start + count);
    if (count > 0)
      setImmediate(() => {
        listeners.data(bytes);
      });
    return count > 0;
  };
  const feed = (bytes: Uint8Array): void => {
    const capacity = board.input_capacity();
    for (let start = 0; start < bytes.length; start += capacity) {
      const piece = bytes.subarray(start, start + capacity);
      new Uint8Array(board.memory.buffer).set(piece, board.input_buffer());
      board.give_input(piece.length);
      takeAll();
    }
  };
  const takeAll = (): void => {
    for (let stuck = 0, pending = board.input_pending(); pending > 0;) {
      poll();
      const left = board.input_pending();
      stuck = left === pending ? stuck + 1 : 0;
      if (stuck > STUCK_POLLS) throw new WebAssembly.RuntimeError("the firmware does not read its port");
      pending = left;
    }
    for (let polls = 0; polls < ANSWER_POLLS && poll(); polls++);
  };
  const timer = setInterval(() => {
    guarded(poll);
  }, POLL_INTERVAL_MS);
  timer.unref();
  guarded(board.start);
  listeners.assertOpen();
  const stop = (): Promise<void> => {
    clearInterval(timer);
    listeners.closed("the board was stopped");
    return Promise.resolve();
  };
  return {
    port: {
      url,
      onData: listeners.onData,
      onClose: listeners.onClose,
      write: (bytes) =>
        new Promise((resolve) => {
          listeners.assertOpen();
          guarded(() => {
            feed(bytes);
          });
          listeners.assertOpen();
          resolve();
        }),
      close: stop,
    },
    stop,
  };
}
