// A port that opens itself again when its device was unplugged, reset or renamed, or its peer was started anew. What is written
// while it is away is refused: only the writer knows whether it still counts.

import { assert } from "../../core/assert.ts";
import { IoError, type BytePort } from "../../core/io.ts";
import type { RecoveringPort } from "../../core/recovering-port.ts";
import { systemTimer, type Timer } from "../../core/timer.ts";
import { PortListeners } from "./port-listeners.ts";

/** The first attempt comes so soon after the loss; each one in vain doubles the wait. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;

export interface ReconnectingOptions {
  /** @throws IoError when it can't be opened (yet). */
  readonly open: (url: string) => Promise<BytePort>;
  /** Where the device is now; null: nowhere. Left out: always where it was. */
  readonly locate?: () => Promise<string | null>;
  /** How long it may stay away before the port closes for good; for ever when left out. */
  readonly patienceMs?: number;
  readonly timer?: Timer;
}

export class ReconnectingPort implements RecoveringPort {
  private readonly options: ReconnectingOptions;
  private readonly timer: Timer;
  private readonly listeners: PortListeners;
  private readonly lostListeners: ((reason: string) => void)[] = [];
  private readonly restoredListeners: ((url: string) => void)[] = [];
  private readonly vainListeners: ((error: IoError) => void)[] = [];
  private lastUrl: string;
  private port: BytePort | null = null;
  /** Why there is no line just now. */
  private trouble = "";
  private lostAtMs = 0;
  private waitMs = FIRST_WAIT_MS;
  private stopWaiting: (() => void) | null = null;

  private constructor(url: string, options: ReconnectingOptions) {
    this.options = options;
    this.timer = options.timer ?? systemTimer;
    this.lastUrl = url;
    this.listeners = new PortListeners(url);
  }

  /** @throws IoError when it can't be opened now: the first time, that is the person's to see. */
  static async open(url: string, options: ReconnectingOptions): Promise<ReconnectingPort> {
    const port = new ReconnectingPort(url, options);
    port.adopt(await options.open(url));
    return port;
  }

  /** Where it is, or was when it was lost. */
  get url(): string {
    return this.lastUrl;
  }

  get connected(): boolean {
    return this.port !== null;
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.listeners.onData(listener);
  }

  onLost(listener: (reason: string) => void): void {
    this.lostListeners.push(listener);
  }

  onRestored(listener: (url: string) => void): void {
    this.restoredListeners.push(listener);
  }

  /** Each time that it can't be opened for another reason than before: nothing there, no permission, in use by another program. */
  onVain(listener: (error: IoError) => void): void {
    this.vainListeners.push(listener);
  }

  onClose(listener: (reason: string) => void): void {
    this.listeners.onClose(listener);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.listeners.assertOpen();
    if (this.port === null) throw new IoError(`${this.url} is lost: ${this.trouble}`, "it opens again by itself when it is back");
    await this.port.write(bytes);
  }

  async close(): Promise<void> {
    this.listeners.closed("closed from this side");
    this.stopWaiting?.();
    const port = this.port;
    this.port = null;
    await port?.close();
  }

  private adopt(port: BytePort): void {
    this.port = port;
    this.lastUrl = port.url;
    for (const listener of this.restoredListeners) listener(port.url);
    port.onClose((reason) => {
      if (this.port === port) this.lost(reason);
    });
    port.onData((bytes) => {
      this.waitMs = FIRST_WAIT_MS; // a port that opens and brings nothing is no success
      this.listeners.data(bytes);
    });
  }

  private lost(reason: string): void {
    this.port = null;
    this.trouble = reason;
    this.lostAtMs = this.timer.now();
    for (const listener of this.lostListeners) listener(reason);
    this.wait();
  }

  private wait(): void {
    if (!this.listeners.open) return;
    this.stopWaiting = this.timer.after(this.waitMs, () => {
      void this.attempt();
    });
    this.waitMs = Math.min(2 * this.waitMs, LONGEST_WAIT_MS);
  }

  private async attempt(): Promise<void> {
    try {
      const url = this.options.locate === undefined ? this.lastUrl : await this.options.locate();
      if (url === null) throw new IoError(`${this.lastUrl} is not there`, "plug the board in again");
      const port = await this.options.open(url);
      if (this.listeners.open) this.adopt(port);
      else await port.close();
    } catch (error) {
      assert(error instanceof IoError, `opening a port failed: ${String(error)}`);
      this.failed(error);
    }
  }

  private failed(error: IoError): void {
    if (!this.listeners.open) return;
    if (this.timer.now() - this.lostAtMs >= (this.options.patienceMs ?? Infinity)) {
      this.listeners.closed(error.message);
      return;
    }
    if (error.message !== this.trouble) for (const listener of this.vainListeners) listener(error);
    this.trouble = error.message;
    this.wait();
  }
}
