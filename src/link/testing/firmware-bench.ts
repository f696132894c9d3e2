// The C firmware as a wasm module on a test bench: a robot, a policy and a line that a test holds in its hands. Used by the tests
// of the firmware only.

import { readdirSync, readFileSync } from "node:fs";
import { runLLVM, type Tree } from "@yowasp/clang";
import { at } from "../../core/assert.ts";
import { encodeFrame, FrameDecoder, type Frame } from "../frame.ts";
import {
  decodeMessage,
  decodeTickRecords,
  encodeMessage,
  MESSAGE_IDS,
  type Message,
  type Mode,
  type Source,
  type TickRecord,
} from "../messages.generated.ts";

/** The words of test_bench in testing/robot/bench.h, in order. */
const WORDS = [
  ...(["nowUs", "policyUs", "readUs", "actUs", "policyStarts", "policyWorks", "sensorWorks", "expertDrives"] as const),
  ...(["expertMotor", "distance", "neutral", "slew", "motor", "farthest"] as const),
  ...(["acts", "inferences", "remembered", "alive", "room"] as const),
  ...(["hasStorage", "storeSteps", "overwritten", "toBoardCount", "toBoardPosition", "fromBoardCount"] as const),
] as const;
type Word = (typeof WORDS)[number];
const FLOATS: ReadonlySet<Word> = new Set(["expertMotor", "distance", "neutral", "slew", "motor", "farthest"]);

/** Of the test robot. */
export const PERIOD_US = 100_000;
export const LINK_TIMEOUT_US = 500_000;
export const SIZES = { inputBytes: 2, outputBytes: 1, observationBytes: 5, actionBytes: 4 };
/** Both slots of its storage. */
const STORAGE_BYTES = 320;
/** A line that takes everything. */
export const ENDLESS = 0x7fffffff;

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

/** C files by name: a folder relative to this file. */
function filesOf(folder: string): Record<string, string> {
  const url = new URL(folder, import.meta.url);
  return Object.fromEntries(readdirSync(url).map((name) => [name, readFileSync(new URL(name, url), "utf8")]));
}

const COMPILE = [
  ...["clang", "--target=wasm32-wasip1", "-std=c99", "-pedantic", "-O0"],
  ...["-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"],
];

/** Of this process, by unit and flags: most of the firmware is the same in every build. */
const compiled = new Map<string, Uint8Array>();

/** The firmware with the test robot. @param defines what a build decides of robot.h. @param more C files of the test's own. */
export async function buildFirmware(
  application: "agent" | "probe",
  defines: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
): Promise<Machine> {
  const files = { ...filesOf("../../../firmware/include/"), ...filesOf("../../../firmware/src/"), ...filesOf("robot/"), ...more };
  const other = application === "agent" ? "reflex_probe.c" : "reflex_agent.c";
  const objects: Record<string, Uint8Array> = {};
  for (const unit of Object.keys(files).filter((name) => name.endsWith(".c") && name !== other)) {
    const flags = files[unit]?.includes('"robot.h"') ? defines.map((each) => `-D${each}`) : [];
    const key = [unit, ...flags].join(" ");
    const object = compiled.get(key) ?? (await clang([...COMPILE, ...flags, "-c", unit, "-o", "unit.o"], files))["unit.o"];
    compiled.set(key, object as Uint8Array);
    objects[`${unit}.o`] = object as Uint8Array;
  }
  const { "image.wasm": image } = await clang(["wasm-ld", "--no-entry", ...Object.keys(objects), "-o", "image.wasm"], objects);
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

  /** Boots the machine afresh: the bench before on the same machine is gone. @param storage what its storage holds, as `storage` gave
   * it; without, the board has none. */
  constructor(machine: Machine, setup: Partial<Record<Word, number>> = {}, storage?: Uint8Array) {
    this.machine = machine;
    new Uint8Array(machine.memory).set(machine.untouched);
    this.set({
      policyStarts: 1,
      policyWorks: 1,
      sensorWorks: 1,
      distance: 1,
      motor: 99,
      slew: 10,
      room: ENDLESS,
      storeSteps: ENDLESS,
      ...setup,
    });
    if (storage !== undefined) {
      this.set({ hasStorage: 1 });
      this.storage().set(storage);
    }
    this.call("bench_start");
  }

  get(word: Word): number {
    const offset = 4 * WORDS.indexOf(word);
    return FLOATS.has(word) ? this.view().getFloat32(offset, true) : this.view().getUint32(offset, true);
  }

  set(values: Partial<Record<Word, number>>): void {
    for (const [word, value] of Object.entries(values) as [Word, number][]) {
      const offset = 4 * WORDS.indexOf(word);
      if (FLOATS.has(word)) this.view().setFloat32(offset, value, true);
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
    this.offerBytes(bytes);
    do this.poll();
    while (this.get("toBoardPosition") < bytes.length);
  }

  /** Gives the bytes to the board, in place of those before, and leaves it to later polls to read them. */
  offerBytes(bytes: Uint8Array): void {
    new Uint8Array(this.machine.memory, this.call("bench_to_board"), bytes.length).set(bytes);
    this.set({ toBoardCount: bytes.length, toBoardPosition: 0 });
  }

  poll(): void {
    this.call("bench_poll");
  }

  /** Turns the clock on by so much, in steps, and polls after each. */
  pass(us: number, stepUs = 1000): void {
    for (let passed = 0; passed < us; passed += stepUs) {
      this.set({ nowUs: (this.get("nowUs") + Math.min(stepUs, us - passed)) >>> 0 });
      this.poll();
    }
  }

  /** What survives a reboot; an empty one is all 0xFF. */
  storage(): Uint8Array {
    return new Uint8Array(this.machine.memory, this.call("bench_storage"), STORAGE_BYTES);
  }

  takeBytes(): Uint8Array {
    const bytes = new Uint8Array(this.machine.memory, this.call("bench_from_board"), this.get("fromBoardCount")).slice();
    this.set({ fromBoardCount: 0 });
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
  observe(tick: number, distance = 1, bumper = 0): TickRecord {
    return at(recordsIn(this.ask({ kind: "observe", tick, observation: observation(distance, bumper) })), 0);
  }

  /** Calls what the bench exports. */
  call(name: string): number {
    return this.machine.call(name);
  }

  private view(): DataView {
    return new DataView(this.machine.memory, this.call("bench_state"));
  }
}

/** A storage that nobody has written to. */
export const emptyStorage = (): Uint8Array => new Uint8Array(STORAGE_BYTES).fill(0xff);

/** The tick records among messages. */
export function recordsIn(messages: readonly Message[]): TickRecord[] {
  return messages.flatMap((message) => {
    if (message.kind !== "ticks") return [];
    const records = decodeTickRecords(message.records, SIZES);
    if (records === null) throw new Error("records without their form");
    return records;
  });
}

/** The test robot's observation in its wire form. */
export function observation(distance: number, bumper = 0): Uint8Array {
  const blob = new Uint8Array(5);
  new DataView(blob.buffer).setFloat32(0, distance, true);
  blob[4] = bumper;
  return blob;
}

/** The test robot's action in its wire form. */
export function motorBlob(value: number): Uint8Array {
  return new Uint8Array(Float32Array.of(value).buffer);
}

export function motorOf({ action }: TickRecord): number {
  return new DataView(action.buffer, action.byteOffset).getFloat32(0, true);
}

export const act = (value: number): Message => ({ kind: "act", action: motorBlob(value) });
export const setMode = (mode: Mode, source: Source): Message => ({ kind: "set-mode", mode, source });
export const modeIs = (mode: Mode, source: Source, reason: string): object => ({ kind: "mode", mode, source, reason });
