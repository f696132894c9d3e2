// A port in memory for tests: what is written is kept, and what comes from the other side is said by the test.

import type { BytePort } from "../../../core/io.ts";
import { PortListeners } from "../port-listeners.ts";

export class MemoryPort implements BytePort {
  readonly url: string;
  readonly written: Uint8Array[] = [];
  readonly onData: BytePort["onData"];
  readonly onClose: BytePort["onClose"];
  private readonly listeners: PortListeners;

  constructor(url = "emu:test") {
    this.url = url;
    this.listeners = new PortListeners(url);
    this.onData = this.listeners.onData;
    this.onClose = this.listeners.onClose;
  }

  get open(): boolean {
    return this.listeners.open;
  }

  say(bytes: Uint8Array): void {
    this.listeners.data(bytes);
  }

  unplug(reason = "the device is gone"): void {
    this.listeners.closed(reason);
  }

  write(bytes: Uint8Array): Promise<void> {
    this.written.push(bytes);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.listeners.closed("closed from this side");
    return Promise.resolve();
  }
}
