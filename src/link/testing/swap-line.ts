// A line between swap.ts and the C firmware on its test bench, with a virtual clock: frames take as long as they do on a serial line,
// and a test may lose, double or change them. For tests of swaps.

import { encodeFrame, FrameDecoder } from "../frame.ts";
import { decodeMessage, encodeMessage, MESSAGE_IDS, type HelloMessage, type Message, type SwapMessage } from "../messages.generated.ts";
import type { SwapLink } from "../swap.ts";
import type { Bench } from "./firmware-bench.ts";
import { HandTimer } from "./hand-timer.ts";

/** Start bit, eight data bits, stop bit. */
const BITS_A_BYTE = 10;

export interface LineOptions {
  readonly baudRate: number;
  /** What golden vectors have more than those of the test policy: bytes of the line that go nowhere. */
  readonly extraProofBytes?: number;
  /** What becomes of a frame to the board: itself, nothing, or several. @param count of frames before it. */
  readonly toBoard?: (frame: Uint8Array, count: number) => readonly Uint8Array[];
  /** The same of a frame from the board. */
  readonly toHost?: (message: Message, count: number) => readonly Message[];
}

export class BenchLine implements SwapLink {
  readonly timer = new HandTimer();
  readonly hello: HelloMessage;
  /** Bytes on the line to the board so far. */
  bytesToBoard = 0;
  private readonly bench: Bench;
  private readonly options: LineOptions;
  private readonly listeners = new Set<(answer: SwapMessage) => void>();
  private readonly queue: number[] = [];
  private readonly fromBoard: number[] = [];
  private counter = 0;
  private frames = 0;
  private answers = 0;
  private readonly decoder = new FrameDecoder(({ id, payload }) => {
    const decoded = decodeMessage(id, payload);
    if (!decoded.ok) throw new Error(decoded.reason);
    const heard = this.options.toHost?.(decoded.message, this.answers++) ?? [decoded.message];
    for (const message of heard) {
      if (message.kind !== "swap") continue;
      this.listeners.forEach((listener) => {
        listener(message);
      });
    }
  });

  constructor(bench: Bench, hello: HelloMessage, options: LineOptions) {
    this.bench = bench;
    this.hello = hello;
    this.options = options;
  }

  send(message: Message): Promise<void> {
    const frame = encodeFrame(MESSAGE_IDS[message.kind], this.counter++, encodeMessage(message));
    const sent = this.options.toBoard?.(frame, this.frames++) ?? [frame];
    // Empty frames mean nothing.
    if (message.kind === "swap-prove") this.queue.push(...new Array<number>(this.options.extraProofBytes ?? 0).fill(0));
    for (const each of sent) this.queue.push(...each);
    return Promise.resolve();
  }

  onSwap(listener: (answer: SwapMessage) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  whenHere(): Promise<void> {
    return Promise.resolve();
  }

  /** Lets bytes move, both ways at once, until the work is done. */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    const state = { settled: false };
    const finish = (): void => {
      state.settled = true;
    };
    work.then(finish, finish);
    const byteMs = (BITS_A_BYTE * 1000) / this.options.baudRate;
    let passedUs = 0;
    while (!state.settled) {
      const next = this.queue.shift();
      if (next !== undefined) {
        this.bytesToBoard++;
        this.bench.sendBytes(Uint8Array.of(next));
      } else this.bench.poll();
      this.fromBoard.push(...this.bench.takeBytes());
      const back = this.fromBoard.shift();
      if (back !== undefined) this.decoder.push(Uint8Array.of(back));
      await this.timer.advance(byteMs);
      // The bench's clock counts whole microseconds.
      const nowUs = Math.floor(this.timer.now() * 1000);
      this.bench.set({ nowUs: (this.bench.get("nowUs") + nowUs - passedUs) >>> 0 });
      passedUs = nowUs;
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    }
    return work;
  }
}
