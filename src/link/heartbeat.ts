// The pulse between host and board: keeps the link alive, acknowledges telemetry, relates the clocks, and notices when the board
// falls silent or was reset without saying so.

import type { Timer } from "../core/timer.ts";
import { ClockSync } from "./clock.ts";
import type { PulseBackMessage, PulseMessage } from "./messages.generated.ts";
import type { TelemetryReceiver } from "./telemetry.ts";

/** The protocol asks for at least four pulses within the link timeout; one may come late. */
const BEATS_PER_TIMEOUT = 5;
/** However patient the board is: telemetry is acknowledged, and asked for again, by these beats. */
const LONGEST_BEAT_MS = 250;
/** So many link timeouts without a byte, and at least so long, are silence: a policy may compute for longer than a beat. */
const SILENT_TIMEOUTS = 4;
const SHORTEST_SILENCE_MS = 2000;

export interface HeartbeatOptions {
  readonly timer: Timer;
  readonly linkTimeoutUs: number;
  readonly telemetry: TelemetryReceiver;
  readonly send: (message: PulseMessage) => void;
  /** Nothing came for so long that the board must be gone. */
  readonly silent: () => void;
  /** The board was reset since its last answer. */
  readonly restarted: () => void;
}

export class Heartbeat {
  /** The board's last answer. */
  health: PulseBackMessage | null = null;
  readonly clock = new ClockSync();
  private readonly options: HeartbeatOptions;
  private stopTimer: (() => void) | null = null;
  private heardAtMs = 0;

  constructor(options: HeartbeatOptions) {
    this.options = options;
  }

  /** Beats from now on. */
  start(): void {
    const { timer, linkTimeoutUs } = this.options;
    const beatMs = Math.min(linkTimeoutUs / 1000 / BEATS_PER_TIMEOUT, LONGEST_BEAT_MS);
    this.stop();
    this.heardAtMs = timer.now();
    const beat = (): void => {
      this.stopTimer = timer.after(beatMs, beat);
      this.beat();
    };
    this.stopTimer = timer.after(beatMs, beat);
  }

  stop(): void {
    this.stopTimer?.();
    this.stopTimer = null;
  }

  /** Stops while the line stands, because lock-step needs no beat. */
  pause(): void {
    this.stop();
    this.clock.pause();
  }

  /** Something came from the board. */
  heard(): void {
    this.heardAtMs = this.options.timer.now();
  }

  pulse(): PulseMessage {
    const { acknowledged, window } = this.options.telemetry;
    return { kind: "pulse", ...this.clock.pulse(this.nowUs), acknowledged, window };
  }

  answer(message: PulseBackMessage): void {
    if (this.showsRestart(message)) {
      this.options.restarted();
      return;
    }
    this.clock.answer(message, this.nowUs);
    this.options.telemetry.pulseBack(message, this.options.timer.now());
    this.health = message;
  }

  /** Whether the board that gave this answer was reset since the one before: its clock or its ticks ran back. @param told it said so.
   */
  showsRestart(message: PulseBackMessage, told = false): boolean {
    return this.clock.restarted(message, this.nowUs, told);
  }

  /** The board was reset: its clock and its ticks begin anew. */
  beginAnew(): void {
    this.clock.restart();
    this.health = null;
    this.options.telemetry.restart();
  }

  private get nowUs(): number {
    return this.options.timer.now() * 1000;
  }

  private beat(): void {
    const { timer, linkTimeoutUs, telemetry, send, silent } = this.options;
    const nowMs = timer.now();
    if (nowMs - this.heardAtMs > Math.max(SHORTEST_SILENCE_MS, (SILENT_TIMEOUTS * linkTimeoutUs) / 1000)) {
      silent();
      return;
    }
    telemetry.turn(nowMs);
    send(this.pulse());
  }
}
