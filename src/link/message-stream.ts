// Messages over a byte port: frames around them, counters on them, and statistics of what went wrong. Knows nothing of what they mean.

import type { BytePort } from "../core/io.ts";
import { encodeFrame, FrameDecoder, type Frame } from "./frame.ts";
import { decodeMessage, encodeMessage, MESSAGE_IDS, PROTOCOL_VERSION, type Message } from "./messages.generated.ts";

export interface LinkStatistics {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly framesSent: number;
  readonly framesReceived: number;
  /** Garbled on their way here. */
  readonly badFrames: number;
  /** Never arrived, by the gaps in the board's counter; garbled ones included. */
  readonly lostFrames: number;
  /** Arrived whole and are no message of this protocol. */
  readonly unknownFrames: number;
}

/** Enough to tell what kind of noise it is. */
const EARLY_BYTES = 256;

export interface MessageListener {
  message(message: Message): void;
  /** A `hello` of another version of the protocol. */
  otherVersion(version: number): void;
}

export class MessageStream {
  private readonly port: BytePort;
  private readonly listener: MessageListener;
  private readonly decoder: FrameDecoder;
  private early = new Uint8Array();
  private nextCounter = 0;
  private boardCounter: number | null = null;
  private bytesSent = 0;
  private bytesReceived = 0;
  private framesSent = 0;
  private framesReceived = 0;
  private lostFrames = 0;
  private unknownFrames = 0;

  constructor(port: BytePort, listener: MessageListener) {
    this.port = port;
    this.listener = listener;
    this.decoder = new FrameDecoder((frame) => {
      this.receive(frame);
    });
    port.onData((bytes) => {
      this.bytesReceived += bytes.length;
      if (this.framesReceived === 0) this.early = Uint8Array.of(...this.early, ...bytes.subarray(0, EARLY_BYTES - this.early.length));
      this.decoder.push(bytes);
    });
  }

  get statistics(): LinkStatistics {
    const { bytesSent, bytesReceived, framesSent, framesReceived, lostFrames, unknownFrames } = this;
    return { bytesSent, bytesReceived, framesSent, framesReceived, badFrames: this.decoder.badFrames, lostFrames, unknownFrames };
  }

  /** The first bytes that came before any frame did: what they are, when none does. */
  get beforeFrames(): Uint8Array {
    return this.early;
  }

  /** The line is another one, or was away: what was half there is nothing, and the board may count from anywhere. */
  beginAnew(): void {
    this.decoder.reset();
    this.boardCounter = null;
  }

  /** @throws IoError when the port is closed. */
  async send(message: Message): Promise<void> {
    const frame = encodeFrame(MESSAGE_IDS[message.kind], this.nextCounter, encodeMessage(message));
    // A 0x00 ahead of the request that begins everything: garbage before it does no harm.
    const bytes = message.kind === "hello-request" ? Uint8Array.of(0, ...frame) : frame;
    this.nextCounter = (this.nextCounter + 1) & 0xff;
    this.framesSent++;
    this.bytesSent += bytes.length;
    await this.port.write(bytes);
  }

  private receive(frame: Frame): void {
    this.framesReceived++;
    if (frame.id === MESSAGE_IDS.hello && frame.payload[0] !== undefined && frame.payload[0] !== PROTOCOL_VERSION) {
      this.listener.otherVersion(frame.payload[0]);
      return;
    }
    const decoded = decodeMessage(frame.id, frame.payload);
    this.count(frame.counter, decoded.ok && decoded.message.kind === "mode" && decoded.message.reason === "boot");
    if (decoded.ok) this.listener.message(decoded.message);
    else this.unknownFrames++;
  }

  /** A jump backwards is a frame that came twice or late, not 200 lost ones. After a boot the board counts from 0. */
  private count(counter: number, booted: boolean): void {
    const gap = this.boardCounter === null || booted ? 0 : (counter - this.boardCounter - 1) & 0xff;
    if (gap >= 0x80) return;
    this.lostFrames += gap;
    this.boardCounter = counter;
  }
}
