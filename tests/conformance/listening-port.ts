// A board's port with somebody who listens in on it, and who can keep frames from arriving, in both directions.

import type { BytePort } from "../../src/core/io.ts";
import { encodeFrame, FrameDecoder } from "../../src/link/frame.ts";
import { Listeners } from "../../src/link/listeners.ts";
import { decodeMessage, type Message } from "../../src/link/messages.generated.ts";

export class ListeningPort implements BytePort {
  /** Nothing from the host gets through. */
  mute = false;
  /** Asked once for each message from the board; true: it gets lost. */
  loses: (message: Message) => boolean = () => false;
  readonly heard: Message[] = [];
  readonly said: Message[] = [];
  private readonly inner: BytePort;
  private readonly arrivals = new Listeners<Message>();
  private readonly sent = new FrameDecoder(({ id, payload }) => {
    const decoded = decodeMessage(id, payload);
    if (decoded.ok) this.said.push(decoded.message);
  });

  constructor(inner: BytePort) {
    this.inner = inner;
  }

  get url(): string {
    return this.inner.url;
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    const decoder = new FrameDecoder(({ id, counter, payload }) => {
      const decoded = decodeMessage(id, payload);
      if (!decoded.ok || this.loses(decoded.message)) return;
      this.heard.push(decoded.message);
      listener(encodeFrame(id, counter, payload));
      this.arrivals.tell(decoded.message);
    });
    this.inner.onData((bytes) => {
      decoder.push(bytes);
    });
  }

  onClose(listener: (reason: string) => void): void {
    this.inner.onClose(listener);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.mute) return;
    this.sent.push(bytes);
    await this.inner.write(bytes);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** The next message from the board of which this holds. */
  next(wanted: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve) => {
      const forget = this.arrivals.add((message) => {
        if (!wanted(message)) return;
        forget();
        resolve(message);
      });
    });
  }
}
