// A board for tests of the session: answers each message as the test says, over a port in this process.

import { IoError, type BytePort } from "../../core/io.ts";
import type { RecoveringPort } from "../../core/recovering-port.ts";
import { encodeFrame, FrameDecoder } from "../frame.ts";
import {
  decodeMessage,
  encodeMessage,
  encodeTickRecords,
  MESSAGE_IDS,
  PROTOCOL_VERSION,
  type HelloMessage,
  type Message,
  type ModeMessage,
  type PulseBackMessage,
  type PulseMessage,
  type TickRecord,
  type TicksMessage,
} from "../messages.generated.ts";

export const HELLO: HelloMessage = {
  kind: "hello",
  protocolVersion: PROTOCOL_VERSION,
  application: "agent",
  schemaHash: "fedcba9876543210",
  schemaRevision: 7,
  policyHash: "0123456789abcdef",
  layoutHash: "00000000000000aa",
  parametersBytes: 100,
  firmwareHash: "00000000000000ff",
  periodUs: 100_000,
  observationBytes: 5,
  actionBytes: 4,
  inputBytes: 2,
  outputBytes: 1,
  ringTicks: 64,
  receiveBytes: 512,
  longestRequest: 256,
  linkTimeoutUs: 500_000,
  arenaBytes: 0,
  arenaUsed: 0,
  name: "test-robot",
};

/** An answer to `observe`. */
export function lockStepTick(tick: number): Message {
  return ticks(tickRecord(tick, { circumstances: ["observed", "inferred", "lock-step"] }));
}

/** A record that fits HELLO. */
export function tickRecord(tick: number, change: Partial<TickRecord> = {}): TickRecord {
  return {
    tick,
    timeUs: tick * HELLO.periodUs,
    inferUs: 3,
    busyUs: 5,
    mode: "auto",
    actor: "policy",
    faults: [],
    circumstances: ["observed", "inferred"],
    input: Int8Array.of(1, -2),
    output: Int8Array.of(9),
    observation: new Uint8Array(5),
    action: new Uint8Array(4),
    ...change,
  };
}

export function ticks(...records: readonly TickRecord[]): TicksMessage {
  return { kind: "ticks", records: encodeTickRecords(records) };
}

/** An answer to a pulse from a board whose clock is the host's, and which has no tick that the host does not have. @param change what else it says. */
export function pulseBack(pulse: PulseMessage, change: Partial<PulseBackMessage> = {}): PulseBackMessage {
  return {
    kind: "pulse-back",
    hostUs: pulse.hostUs,
    boardUs: pulse.hostUs,
    heldUs: 0,
    nextTick: pulse.acknowledged,
    oldestTick: 0,
    worstUs: 50,
    jitterUs: 7,
    missed: 0,
    badFrames: 0,
    ...change,
  };
}

export function modeMessage(mode: ModeMessage["mode"], source: ModeMessage["source"], reason: ModeMessage["reason"]): ModeMessage {
  return { kind: "mode", mode, source, reason };
}

export class ScriptedBoard implements BytePort {
  /** Everything the host sent, decoded. */
  readonly heard: Message[] = [];
  /** What to answer; may be exchanged at any time. */
  answer: (message: Message) => readonly Message[] = () => [];
  closed = false;
  /** What is there when the host begins to listen. */
  early: Uint8Array = new Uint8Array();
  protected address: string;
  private counter = 0;
  private dataListener: (bytes: Uint8Array) => void = () => undefined;
  private closeListener: (reason: string) => void = () => undefined;
  private readonly decoder = new FrameDecoder(({ id, payload }) => {
    const decoded = decodeMessage(id, payload);
    if (!decoded.ok) throw new Error(decoded.reason);
    this.heard.push(decoded.message);
    this.answer(decoded.message).forEach((message) => {
      this.say(message);
    });
  });

  constructor(url = "serial:/dev/ttyACM0?baud=115200") {
    this.address = url;
  }

  get url(): string {
    return this.address;
  }

  say(message: Message): void {
    this.sayBytes(encodeFrame(MESSAGE_IDS[message.kind], this.counter++, encodeMessage(message)));
  }

  /** A frame that the line swallowed. */
  lose(): void {
    this.counter++;
  }

  sayBytes(bytes: Uint8Array): void {
    this.dataListener(bytes);
  }

  unplug(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.closeListener(reason);
  }

  /** Kinds of the messages that the host sent; @param but one that does not count. */
  kinds(but?: Message["kind"]): readonly string[] {
    return this.heard.map(({ kind }) => kind).filter((kind) => kind !== but);
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.closed) return Promise.reject(new IoError("the port is closed", "open it"));
    this.decoder.push(bytes);
    return Promise.resolve();
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.dataListener = listener;
    listener(this.early);
  }

  onClose(listener: (reason: string) => void): void {
    this.closeListener = listener;
  }

  close(): Promise<void> {
    this.unplug("closed here");
    return Promise.resolve();
  }
}

/** The same behind a port that opens itself again. */
export class RecoveringBoard extends ScriptedBoard implements RecoveringPort {
  connected = true;
  private lostListener: (reason: string) => void = () => undefined;
  private restoredListener: (url: string) => void = () => undefined;

  vanish(reason: string): void {
    this.connected = false;
    this.lostListener(reason);
  }

  comeBack(url: string): void {
    this.connected = true;
    this.address = url;
    this.restoredListener(url);
  }

  override write(bytes: Uint8Array): Promise<void> {
    return this.connected ? super.write(bytes) : Promise.reject(new IoError("the port is lost", "wait"));
  }

  onLost(listener: (reason: string) => void): void {
    this.lostListener = listener;
  }

  onRestored(listener: (url: string) => void): void {
    this.restoredListener = listener;
  }
}
