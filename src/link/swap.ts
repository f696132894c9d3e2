// New parameters for the policy on a board, over a link that may lose frames or go away: chunks with a window, golden vectors, and the
// commit. Whatever goes wrong before the commit, the old parameters drive; after a lost link it goes on where it was.

import { assert } from "../core/assert.ts";
import { crc32 } from "../core/crc32.ts";
import type { Hash64 } from "../core/hash.ts";
import { IoError } from "../core/io.ts";
import type { Timer } from "../core/timer.ts";
import { packParameters } from "./pack-parameters.ts";
import type { HelloMessage, Message, SwapBeginMessage, SwapMessage } from "./messages.generated.ts";
import { refusedSwap, silentSwap, type SwapStep } from "./swap-errors.ts";
import { SwapWindow, type SwapItem } from "./swap-window.ts";

/** A golden vector: what the policy's memory, reset, and this input must give. */
export interface GoldenVector {
  readonly input: Int8Array;
  readonly output: Int8Array;
}

export interface SwapUpdate {
  readonly schemaHash: Hash64;
  readonly layoutHash: Hash64;
  readonly policyHash: Hash64;
  /** The parameter block. */
  readonly parameters: Uint8Array;
  /** Those of the policy that drives, where they are known: only the difference travels. */
  readonly base?: { readonly policyHash: Hash64; readonly parameters: Uint8Array } | undefined;
  /** At least one. */
  readonly vectors: readonly GoldenVector[];
}

/** What a swap needs of a session. */
export interface SwapLink {
  readonly hello: HelloMessage;
  readonly timer: Timer;
  send(message: Message): Promise<void>;
  /** @returns what ends the listening. */
  onSwap(listener: (answer: SwapMessage) => void): () => void;
  /** Resolves when the board is there. @throws IoError when it never will be. */
  whenHere(): Promise<void>;
}

export interface SwapResult {
  readonly from: Hash64;
  readonly to: Hash64;
  readonly milliseconds: number;
  /** Of the parameters, and as they travelled. */
  readonly bytes: number;
  readonly packedBytes: number;
  /** How often it went on after a lost link, a reset or a wrong CRC. */
  readonly resumed: number;
}

/** How long to wait for an answer before asking how far things are. Longer than a frame of 250 bytes takes at 9,600 baud. */
const ANSWER_MS = 600;
/** So many such waits without any progress end it. */
const PATIENCE = 8;
/** Times that all is sent again because of a wrong CRC, or that a board was reset under it. */
const FRESH_STARTS = 5;
/** Of a chunk's payload, what is not parameters. */
const CHUNK_HEAD_BYTES = 6;
/** More in the window would make an emergency stop wait behind it, at 9,600 baud for over a second. */
const LARGEST_WINDOW_BYTES = 1024;
/** Left to the session's own messages. */
const RESERVED_BYTES = 32;

/** Puts an update on a board that has slots for it. @param onProgress the share of the bytes that is there.
 * @throws DiagnosticError when the board refuses it, IoError when the link ends. */
export async function swapParameters(
  link: SwapLink,
  update: SwapUpdate,
  onProgress: (share: number) => void = () => undefined,
): Promise<SwapResult> {
  assert(update.vectors.length > 0, "a swap without golden vectors can't be proven");
  const swap = new Swap(link, update, onProgress);
  try {
    return await swap.run();
  } finally {
    swap.stop();
  }
}

/** An update as it travels. */
export interface Shipment {
  /** What announces it; asked again, it tells how far it is. */
  readonly begin: SwapBeginMessage;
  readonly bytes: Uint8Array;
}

const NO_BASE: Hash64 = "0".repeat(16);

/** In the shortest form. @param driving the policy on the board: only the difference to that one can be sent. */
export function shipmentOf({ schemaHash, layoutHash, policyHash, parameters, base }: SwapUpdate, driving: Hash64): Shipment {
  const usable = base?.policyHash === driving ? base : undefined;
  const forms = [
    { bytes: parameters, baseHash: NO_BASE },
    { bytes: packParameters(parameters, null), baseHash: NO_BASE },
    ...(usable === undefined ? [] : [{ bytes: packParameters(parameters, usable.parameters), baseHash: driving }]),
  ];
  const { bytes, baseHash } = forms.reduce((best, form) => (lengthOf(form) < lengthOf(best) ? form : best));
  assert(bytes !== null, "the block as it is always travels");
  const packed = bytes.length;
  const begin = { schemaHash, layoutHash, policyHash, bytes: parameters.length, crc32: crc32(parameters), packed, baseHash } as const;
  return { begin: { kind: "swap-begin", ...begin }, bytes };
}

function lengthOf({ bytes }: { readonly bytes: Uint8Array | null }): number {
  return bytes?.length ?? Infinity;
}

/** Goes back to the parameters that drove before. @param driving the policy that drives now. @returns the one that drives then.
 * @throws DiagnosticError when there is nothing to go back to. */
export async function revertParameters(link: SwapLink, driving: Hash64): Promise<Hash64> {
  const swap = new Answers(link);
  try {
    for (let asked = 0; asked < PATIENCE; asked++) {
      const answer = await swap.ask({ kind: "swap-revert", policyHash: driving }, () => true);
      if (answer === null) continue;
      if (answer.outcome !== "ok") throw refusedSwap(answer.outcome, "revert");
      return answer.policyHash;
    }
    throw silentSwap("revert");
  } finally {
    swap.stop();
  }
}

/** The `swap` messages of a link, one after another, with a time limit. */
class Answers {
  protected readonly link: SwapLink;
  private readonly waiting: SwapMessage[] = [];
  private wake: () => void = () => undefined;
  readonly stop: () => void;

  constructor(link: SwapLink) {
    this.link = link;
    this.stop = link.onSwap((answer) => {
      this.waiting.push(answer);
      this.wake();
    });
  }

  /** Null when none came in time. */
  async next(milliseconds: number): Promise<SwapMessage | null> {
    if (this.waiting.length === 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.link.timer.after(milliseconds, resolve);
        this.wake = () => {
          cancel();
          resolve();
        };
      });
      this.wake = () => undefined;
    }
    return this.waiting.shift() ?? null;
  }

  /** Sends once, and waits for an answer that fits; null when none came. */
  async ask(message: Message, fits: (answer: SwapMessage) => boolean): Promise<SwapMessage | null> {
    this.waiting.length = 0;
    await this.link.send(message);
    for (;;) {
      const answer = await this.next(ANSWER_MS);
      if (answer === null || fits(answer)) return answer;
    }
  }
}

/** What makes a swap start over: the board forgot it, or has something else than was sent. */
class StartOver extends Error {}

class Swap extends Answers {
  private readonly update: SwapUpdate;
  private readonly onProgress: (share: number) => void;
  private shipment: Shipment;
  private from: Hash64 | null = null;
  private starts = 0;

  constructor(link: SwapLink, update: SwapUpdate, onProgress: (share: number) => void) {
    super(link);
    this.update = update;
    this.onProgress = onProgress;
    this.shipment = shipmentOf(update, update.base?.policyHash ?? NO_BASE);
  }

  async run(): Promise<SwapResult> {
    const { link } = this;
    const began = link.timer.now();
    let freshStarts = 0;
    for (;;) {
      this.starts++;
      try {
        await this.transfer();
        const milliseconds = link.timer.now() - began;
        const { bytes, packed, policyHash: to } = this.shipment.begin;
        return { from: this.from ?? to, to, milliseconds, bytes, packedBytes: packed, resumed: this.starts - 1 };
      } catch (error) {
        if (error instanceof StartOver) {
          freshStarts++;
          if (freshStarts === FRESH_STARTS) throw refusedSwap("wrong-crc", "transfer");
        } else if (error instanceof IoError) {
          // A lost line: the session says when it is back, or that it never will be.
          await link.whenHere();
        } else throw error;
      }
    }
  }

  /** Once from where the board says it is to the commit. */
  private async transfer(): Promise<void> {
    const start = await this.persist(this.shipment.begin, "begin");
    this.from ??= start.policyHash;
    if (start.phase === "committed") return;
    await this.drain(this.chunks(), start, ({ received }) => received, "transfer");
    await this.drain(this.proofs(), start, ({ proven }) => proven, "prove");
    const end = await this.persist({ kind: "swap-commit", policyHash: this.update.policyHash }, "commit");
    if (end.phase !== "committed") throw new StartOver();
  }

  /** Asks until there is an answer. */
  private async persist(message: Message, step: "begin" | "commit"): Promise<SwapMessage> {
    for (let asked = 0; asked < PATIENCE; asked++) {
      // What came late for something else is no answer to a commit.
      const answer = await this.ask(message, ({ phase, outcome }) => step === "begin" || phase === "committed" || outcome !== "ok");
      if (answer !== null) return this.accepted(answer, step);
    }
    throw silentSwap(step);
  }

  /** @throws what an answer means that ends it, or makes it start over. */
  private accepted(answer: SwapMessage, step: SwapStep): SwapMessage {
    switch (answer.outcome) {
      case "ok":
      case "wrong-place":
        return answer;
      case "other-base":
        this.shipment = shipmentOf(this.update, answer.policyHash);
        throw new StartOver();
      case "wrong-crc":
      case "not-ready":
        throw new StartOver();
      case "no-slot":
      case "other-schema":
      case "other-layout":
      case "wrong-size":
      case "wrong-output":
        throw refusedSwap(answer.outcome, step);
    }
  }

  /** Sends items within the window until the board has them all. */
  private async drain(
    items: readonly SwapItem[],
    start: SwapMessage,
    position: (answer: SwapMessage) => number,
    step: "transfer" | "prove",
  ): Promise<void> {
    const window = new SwapWindow(items, this.windowBytes());
    window.reach(position(start));
    let silent = 0;
    while (!window.done) {
      for (const item of window.take()) await this.link.send(item.message);
      const answer = await this.next(ANSWER_MS);
      if (answer === null) {
        silent++;
        if (silent === PATIENCE) throw silentSwap(step);
        // Its answer tells where to go on.
        window.stall();
        await this.link.send(this.shipment.begin);
        continue;
      }
      this.accepted(answer, step);
      if (window.answer(position(answer), answer.outcome === "wrong-place")) silent = 0;
      if (step === "transfer") this.onProgress(answer.received / this.shipment.bytes.length);
    }
  }

  private windowBytes(): number {
    return Math.min(LARGEST_WINDOW_BYTES, this.link.hello.receiveBytes - RESERVED_BYTES);
  }

  private chunks(): SwapItem[] {
    const { bytes: all } = this.shipment;
    // Two in the window, or the line would rest while an answer is on its way.
    const most = Math.min(this.link.hello.longestRequest, Math.floor(this.windowBytes() / 2) - SwapWindow.frameBytes(0));
    const size = Math.max(1, most - CHUNK_HEAD_BYTES);
    return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => {
      const offset = index * size;
      const bytes = all.subarray(offset, offset + size);
      const message: Message = { kind: "swap-chunk", offset, bytes };
      return { message, end: offset + bytes.length, payloadBytes: CHUNK_HEAD_BYTES + bytes.length };
    });
  }

  private proofs(): SwapItem[] {
    return this.update.vectors.map(({ input, output }, index) => ({
      message: { kind: "swap-prove", index, input, output },
      end: index + 1,
      payloadBytes: CHUNK_HEAD_BYTES + input.length + output.length,
    }));
  }
}
