// A board for tests of the session: answers each message as the test says, over a port in this process.

import { IoError, type BytePort } from "../../core/io.ts";
import { encodeFrame, FrameDecoder } from "../frame.ts";
import { decodeMessage, encodeMessage, MESSAGE_IDS, PROTOCOL_VERSION, type HelloMessage, type Message } from "../messages.generated.ts";

export const HELLO: HelloMessage = {
  kind: "hello",
  protocolVersion: PROTOCOL_VERSION,
  application: "agent",
  schemaHash: "fedcba9876543210",
  schemaRevision: 7,
  policyHash: "0123456789abcdef",
  firmwareHash: "00000000000000ff",
  periodUs: 100_000,
  observationBytes: 5,
  actionBytes: 4,
  inputBytes: 2,
  outputBytes: 1,
  name: "test-robot",
};

export class ScriptedBoard implements BytePort {
  readonly url: string;
  /** Everything the host sent, decoded. */
  readonly heard: Message[] = [];
  /** What to answer; may be exchanged at any time. */
  answer: (message: Message) => readonly Message[] = () => [];
  closed = false;
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
    this.url = url;
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

  kinds(): readonly string[] {
    return this.heard.map(({ kind }) => kind);
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.closed) return Promise.reject(new IoError("the port is closed", "open it"));
    this.decoder.push(bytes);
    return Promise.resolve();
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.dataListener = listener;
  }

  onClose(listener: (reason: string) => void): void {
    this.closeListener = listener;
  }

  close(): Promise<void> {
    this.unplug("closed here");
    return Promise.resolve();
  }
}
