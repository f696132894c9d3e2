// The firmware on its bench, a line of some baud between, and what a host keeps of telemetry: everything in virtual time, byte by byte.
// Used by the tests of telemetry only.

import { ClockSync } from "../clock.ts";
import { encodeFrame, FrameDecoder, type Frame } from "../frame.ts";
import { decodeMessage, encodeMessage, MESSAGE_IDS, type Message, type PulseBackMessage, type TickRecord } from "../messages.generated.ts";
import { TelemetryReceiver, type TickGap } from "../telemetry.ts";
import { Bench, SIZES, type Machine } from "./firmware-bench.ts";

/** A UART: start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;
/** Room in the board's transmitter: what goes out while the firmware does something else. */
const TRANSMITTER_BYTES = 64;
/** The host's clock less the board's, at first. */
const HOST_AHEAD_US = 7_000_000_000;

export interface LineOptions {
  readonly baud: number;
  readonly ringTicks: number;
  /** How often the host sends a pulse; null: only when a test does. */
  readonly pulseMs?: number | null;
  /** How long the firmware's loop takes. */
  readonly stepUs?: number;
}

/** One direction: bytes that wait, and how much of the next one has gone through. */
class Wire {
  readonly bytes: number[] = [];
  private credit = 0;

  /** Lets so many bytes through, of those that wait. */
  pass(count: number): number[] {
    if (this.bytes.length === 0) return [];
    this.credit += count;
    const through = this.bytes.splice(0, Math.floor(this.credit));
    this.credit = this.bytes.length === 0 ? 0 : this.credit - through.length;
    return through;
  }
}

export class TelemetryLine {
  readonly records: TickRecord[] = [];
  readonly gaps: TickGap[] = [];
  /** Messages other than those of telemetry. */
  readonly others: Message[] = [];
  readonly clock = new ClockSync();
  readonly receiver: TelemetryReceiver;
  /** Whether a frame gets lost on its way to the host. */
  loses: (message: Message) => boolean = () => false;
  /** Nothing gets through while the line is down. */
  down = false;
  /** Bytes of records that have arrived, and of all. */
  recordBytes = 0;
  lineBytes = 0;
  bench: Bench;
  private readonly machine: Machine;
  private readonly options: Required<LineOptions>;
  private readonly decoder = new FrameDecoder((frame) => {
    this.arrive(frame);
  });
  private counter = 0;
  private readonly up = new Wire();
  private readonly back = new Wire();
  private passedUs = 0;

  constructor(machine: Machine, options: LineOptions) {
    this.machine = machine;
    this.bench = new Bench(machine);
    this.options = { pulseMs: 100, stepUs: 1000, ...options };
    this.receiver = new TelemetryReceiver({
      sizes: SIZES,
      ringTicks: options.ringTicks,
      send: (message) => {
        this.send(message);
      },
      onTick: (record) => this.records.push(record),
      onGap: (gap) => this.gaps.push(gap),
    });
  }

  /** The board is reset; its clock begins anew. */
  reboot(): void {
    this.bench = new Bench(this.machine);
  }

  get nowUs(): number {
    return HOST_AHEAD_US + this.passedUs;
  }

  send(message: Message): void {
    if (!this.down) this.up.bytes.push(...encodeFrame(MESSAGE_IDS[message.kind], this.counter++, encodeMessage(message)));
  }

  pulse(): void {
    const { acknowledged, window } = this.receiver;
    this.send({ kind: "pulse", ...this.clock.pulse(this.nowUs), acknowledged, window });
  }

  /** Lets time pass. */
  pass(milliseconds: number): void {
    const { stepUs, pulseMs } = this.options;
    for (const endUs = this.passedUs + 1000 * milliseconds; this.passedUs < endUs; this.passedUs += stepUs) {
      if (pulseMs !== null && this.passedUs % (1000 * pulseMs) === 0) {
        this.receiver.turn(this.nowUs / 1000);
        this.pulse();
      }
      this.step();
    }
  }

  private step(): void {
    const { baud, stepUs } = this.options;
    const bytes = (baud / BITS_PER_BYTE) * (stepUs / 1e6);
    const arrived = this.up.pass(bytes);
    if (arrived.length > 0) this.bench.sendBytes(Uint8Array.from(arrived));
    const room = Math.max(TRANSMITTER_BYTES, 2 * Math.ceil(bytes)) - this.back.bytes.length;
    this.bench.set({ room: Math.max(0, room) });
    this.bench.pass(stepUs, stepUs);
    this.back.bytes.push(...this.bench.takeBytes());
    const sent = this.back.pass(bytes);
    if (this.down) return;
    this.lineBytes += sent.length;
    this.decoder.push(Uint8Array.from(sent));
  }

  private arrive({ id, payload }: Frame): void {
    const decoded = decodeMessage(id, payload);
    if (!decoded.ok) throw new Error(decoded.reason);
    const { message } = decoded;
    if (this.loses(message)) return;
    if (message.kind === "ticks") this.recordBytes += payload.length;
    const nowMs = this.nowUs / 1000;
    if (message.kind === "ticks") this.receiver.receive(message.records, nowMs);
    else if (message.kind === "gone") this.receiver.gone(message, nowMs);
    else if (message.kind === "pulse-back") this.answer(message);
    else this.others.push(message);
  }

  private answer(message: PulseBackMessage): void {
    if (this.clock.restarted(message, this.nowUs)) {
      this.clock.restart();
      this.receiver.restart();
    }
    this.clock.answer(message, this.nowUs);
    this.receiver.pulseBack(message, this.nowUs / 1000);
  }
}
