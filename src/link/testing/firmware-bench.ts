// The C firmware as a wasm module on a test bench: a robot, a policy and a line that a test holds in its hands. Used by the tests
// of the firmware only.

import { runLLVM, type Tree } from "@yowasp/clang";
import { at } from "../../core/assert.ts";
import { encodeFrame, FrameDecoder, type Frame } from "../frame.ts";
import { decodeMessage, encodeMessage, MESSAGE_IDS, type Message, type TickMessage } from "../messages.generated.ts";

/** The words of test_bench in testing/robot/bench.h, in order. */
const WORDS = [
  "nowUs",
  "policyUs",
  "policyStarts",
  "policyWorks",
  "sensorWorks",
  "distance",
  "motor",
  "acts",
  "inferences",
  "room",
] as const;
const LINE_WORDS = { toBoardCount: 10, toBoardPosition: 11, fromBoardCount: 12 };
type Word = (typeof WORDS)[number];

/** A module in memory, and that memory as it was before anything ran. */
export interface Machine {
  readonly call: (name: string) => number;
  readonly memory: ArrayBuffer;
  readonly untouched: Uint8Array;
}

async function clang(command: readonly string[], files: Tree): Promise<Tree> {
  const words: string[] = [];
  const print = (bytes: Uint8Array | null): void => void words.push(new TextDecoder().decode(bytes ?? new Uint8Array()));
  try {
    return (await runLLVM([...command], files, { stdout: print, stderr: print, fetchProgress: () => undefined })) ?? {};
  } catch {
    throw new Error(words.join(""));
  }
}

/** The firmware with the test robot; all units as one, because starting the compiler is what takes the time.
 * @param files of firmware/include, firmware/src and testing/robot, by name. */
export async function buildFirmware(files: Readonly<Record<string, string>>, application: "agent" | "probe"): Promise<Machine> {
  const other = application === "agent" ? "reflex_probe.c" : "reflex_agent.c";
  const units = Object.keys(files).filter((name) => name.endsWith(".c") && name !== other);
  const whole = units.map((name) => `#include "${name}"\n`).join("");
  const flags = [
    "--target=wasm32-wasip1",
    "-std=c99",
    "-pedantic",
    "-O1",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wdouble-promotion",
    "-Werror",
  ];
  const object = await clang(["clang", ...flags, "-c", "whole.c", "-o", "whole.o"], { ...files, "whole.c": whole });
  const { "image.wasm": image } = await clang(["wasm-ld", "--no-entry", "whole.o", "-o", "image.wasm"], object);
  const { instance } = await WebAssembly.instantiate(image as Uint8Array, {});
  const { memory } = instance.exports as { memory: WebAssembly.Memory };
  return {
    call: (name) => (instance.exports[name] as () => number)(),
    memory: memory.buffer,
    untouched: new Uint8Array(memory.buffer).slice(),
  };
}

export class Bench {
  private readonly machine: Machine;
  private counter = 0;
  /** What came from the board and has not been taken. */
  private readonly frames: Frame[] = [];
  private readonly decoder = new FrameDecoder((frame) => this.frames.push(frame));

  /** Boots the machine afresh: the bench before on the same machine is gone. */
  constructor(machine: Machine, setup: Partial<Record<Word, number>> = {}) {
    this.machine = machine;
    new Uint8Array(machine.memory).set(machine.untouched);
    this.set({ policyStarts: 1, policyWorks: 1, sensorWorks: 1, distance: 1, motor: 99, room: 0x7fffffff, ...setup });
    this.call("bench_start");
  }

  get(word: Word): number {
    return word === "distance" || word === "motor"
      ? this.view().getFloat32(4 * WORDS.indexOf(word), true)
      : this.view().getUint32(4 * WORDS.indexOf(word), true);
  }

  set(values: Partial<Record<Word, number>>): void {
    for (const [word, value] of Object.entries(values)) {
      const offset = 4 * WORDS.indexOf(word as Word);
      if (word === "distance") this.view().setFloat32(offset, value, true);
      else this.view().setUint32(offset, value, true);
    }
  }

  send(message: Message): void {
    this.sendFrame(MESSAGE_IDS[message.kind], encodeMessage(message));
  }

  sendFrame(id: number, payload: Uint8Array): void {
    this.sendBytes(encodeFrame(id, this.counter++, payload));
  }

  /** Gives the bytes to the board and polls it until it has read them all. */
  sendBytes(bytes: Uint8Array): void {
    new Uint8Array(this.machine.memory, this.call("bench_to_board"), bytes.length).set(bytes);
    this.view().setUint32(4 * LINE_WORDS.toBoardCount, bytes.length, true);
    this.view().setUint32(4 * LINE_WORDS.toBoardPosition, 0, true);
    do this.poll();
    while (this.view().getUint32(4 * LINE_WORDS.toBoardPosition, true) < bytes.length);
  }

  poll(): void {
    this.call("bench_poll");
  }

  /** Turns the clock on by one period, in steps of which the board may miss none, and polls. */
  pass(us: number, stepUs = 1000): void {
    for (let passed = 0; passed < us; passed += stepUs) {
      this.set({ nowUs: (this.get("nowUs") + Math.min(stepUs, us - passed)) >>> 0 });
      this.poll();
    }
  }

  takeBytes(): Uint8Array {
    const offset = 4 * LINE_WORDS.fromBoardCount;
    const bytes = new Uint8Array(this.machine.memory, this.call("bench_from_board"), this.view().getUint32(offset, true)).slice();
    this.view().setUint32(offset, 0, true);
    return bytes;
  }

  takeFrames(): Frame[] {
    this.decoder.push(this.takeBytes());
    return this.frames.splice(0);
  }

  take(): Message[] {
    return this.takeFrames().map(({ id, payload }) => {
      const decoded = decodeMessage(id, payload);
      if (!decoded.ok) throw new Error(decoded.reason);
      return decoded.message;
    });
  }

  get badFrames(): number {
    return this.decoder.badFrames;
  }

  /** Sends one message and gives what came back. */
  ask(message: Message): Message[] {
    this.take();
    this.send(message);
    return this.take();
  }

  /** One tick in lock-step, its answer alone. */
  observe(tick: number, distance = 1, bumper = 0): TickMessage {
    const answers = this.ask({ kind: "observe", tick, observation: observation(distance, bumper) });
    return at(
      answers.filter((message) => message.kind === "tick"),
      0,
    );
  }

  private call(name: string): number {
    return this.machine.call(name);
  }

  private view(): DataView {
    return new DataView(this.machine.memory, this.call("bench_state"));
  }
}

/** The test robot's observation in its wire form. */
export function observation(distance: number, bumper = 0): Uint8Array {
  const blob = new Uint8Array(5);
  new DataView(blob.buffer).setFloat32(0, distance, true);
  blob[4] = bumper;
  return blob;
}
