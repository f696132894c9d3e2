// A board's port that misbehaves as asked: between it and whoever opens it lies a faulty line in each direction, chance resets the
// board, and takes the port away to bring it back under another name. For tests, and for `--fault` on emulated boards.

import { IoError, type BytePort } from "../../core/io.ts";
import { Random } from "../../core/random.ts";
import { systemTimer, type Timer } from "../../core/timer.ts";
import type { BoardFault, FaultSettings } from "./fault-settings.ts";
import { FaultyLine } from "./faulty-line.ts";
import { PortListeners } from "./port-listeners.ts";

/** How long a port that changes its name is away: boards with USB of their own take up to about a second. */
const AWAY_MS = [50, 1000] as const;

export interface FaultyDeviceOptions {
  readonly timer?: Timer;
  /** Resets the board; without it, the fault `reset` does nothing. */
  readonly reset?: () => Promise<void>;
}

/** A board as the machine sees it: something that can be opened by its name, while it has one. */
export class FaultyDevice {
  private readonly inner: BytePort;
  private readonly options: FaultyDeviceOptions;
  private readonly timer: Timer;
  private readonly random: Random;
  private readonly toBoard: FaultyLine;
  private readonly fromBoard: FaultyLine;
  private name: string | null;
  private names = 1;
  private openPort: PortListeners | null = null;
  private written: Promise<void> = Promise.resolve();
  private resetting = false;
  private goneBecause: string | null = null;

  constructor(inner: BytePort, { shares, baudRate, seed }: FaultSettings, options: FaultyDeviceOptions = {}) {
    this.inner = inner;
    this.options = options;
    this.timer = options.timer ?? systemTimer;
    this.name = inner.url;
    // One generator for each direction and one for the rest: what goes one way does not change what happens the other way.
    const [down, up, rest] = [new Random(3 * seed), new Random(3 * seed + 1), new Random(3 * seed + 2)];
    this.random = rest;
    const shared = { shares, baudRate, timer: this.timer };
    this.toBoard = new FaultyLine({
      ...shared,
      random: down,
      deliver: (bytes) => {
        // That the board is gone is told by its port's end.
        this.written = this.written.then(() => inner.write(bytes)).catch(() => undefined);
      },
      strike: (fault) => {
        this.strike(fault);
      },
    });
    this.fromBoard = new FaultyLine({ ...shared, random: up, deliver: (bytes) => this.openPort?.data(bytes) });
    inner.onData((bytes) => {
      if (this.openPort !== null) this.fromBoard.push(bytes);
    });
    inner.onClose((reason) => {
      this.goneBecause = reason;
      this.vanish(reason);
    });
  }

  /** Its present name; null while it is away. */
  get url(): string | null {
    return this.name;
  }

  /** @throws IoError when no port has this name, or it is open already. */
  open(url: string): Promise<BytePort> {
    if (this.goneBecause !== null) return Promise.reject(new IoError(`there is no ${url}: ${this.goneBecause}`, "start the board again"));
    if (url !== this.name) return Promise.reject(new IoError(`there is no port ${url}`, "look for the board's port"));
    if (this.openPort !== null) return Promise.reject(new IoError(`${url} is in use by another program`, "close the other one"));
    const listeners = new PortListeners(url);
    this.openPort = listeners;
    return Promise.resolve({
      url,
      onData: listeners.onData,
      onClose: listeners.onClose,
      write: async (bytes) => {
        listeners.assertOpen();
        this.toBoard.push(bytes);
        await this.toBoard.room();
        await this.written;
      },
      close: async () => {
        if (!listeners.open) return;
        listeners.closed("closed from this side");
        this.vanish("closed from this side");
        await this.inner.close();
      },
    });
  }

  private strike(fault: BoardFault): void {
    switch (fault) {
      case "reset":
        if (this.options.reset === undefined || this.resetting) return;
        this.resetting = true;
        // A board that does not come back is gone, which its port tells.
        void this.options
          .reset()
          .catch(() => undefined)
          .finally(() => (this.resetting = false));
        return;
      case "rename":
        this.vanish("the device is gone: it was unplugged (--fault rename)");
        this.timer.after(this.random.uniform(...AWAY_MS), () => {
          if (this.goneBecause === null) this.name = `${this.inner.url}#${++this.names}`;
        });
        return;
    }
  }

  private vanish(reason: string): void {
    const port = this.openPort;
    this.name = this.openPort = null;
    this.toBoard.clear();
    this.fromBoard.clear();
    port?.closed(reason);
  }
}
