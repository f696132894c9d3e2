// The listening half of a BytePort, the same for every kind: who wants the bytes, who wants to know of the end.

import { IoError } from "../../core/io.ts";

export class PortListeners {
  private readonly url: string;
  private readonly dataListeners: ((bytes: Uint8Array) => void)[] = [];
  private readonly closeListeners: ((reason: string) => void)[] = [];
  /** What arrived before anyone listened; the first listener gets it. */
  private early: Uint8Array[] = [];
  private closeReason: string | null = null;

  constructor(url: string) {
    this.url = url;
  }

  readonly onData = (listener: (bytes: Uint8Array) => void): void => {
    this.dataListeners.push(listener);
    const early = this.early;
    this.early = [];
    early.forEach((bytes) => {
      listener(bytes);
    });
  };

  /** A listener that comes too late is told at once. */
  readonly onClose = (listener: (reason: string) => void): void => {
    if (this.closeReason === null) this.closeListeners.push(listener);
    else listener(this.closeReason);
  };

  data(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.closeReason !== null) return;
    if (this.dataListeners.length === 0) this.early.push(bytes);
    for (const listener of this.dataListeners) listener(bytes);
  }

  /** The first reason counts; later ones are consequences. */
  closed(reason: string): void {
    if (this.closeReason !== null) return;
    this.closeReason = reason;
    this.closeListeners.forEach((listener) => {
      listener(reason);
    });
  }

  get open(): boolean {
    return this.closeReason === null;
  }

  /** @throws IoError with the reason when the port is closed. */
  assertOpen(): void {
    if (this.closeReason !== null) throw new IoError(`${this.url} is closed: ${this.closeReason}`, "open it again");
  }
}
