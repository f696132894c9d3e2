// One board on a byte port, as the rest of reflexarc speaks with it: questions with answers, ticks in order, each once or known to be
// lost, and an error that says what to do when the board is silent. It outlives a lost port and a reset board (connection.ts).

import { IoError, type BytePort } from "../core/io.ts";
import { systemTimer, type Timer } from "../core/timer.ts";
import { BoardConnection } from "./connection.ts";
import type { LinkEvent } from "./link-events.ts";
import { Listeners } from "./listeners.ts";
import type { LinkStatistics } from "./message-stream.ts";
import {
  decodeTickRecords,
  MESSAGE_IDS,
  type HelloMessage,
  type InferredMessage,
  type MeasuredMessage,
  type Message,
  type Mode,
  type ModeMessage,
  type ProblemMessage,
  type PulseBackMessage,
  type Source,
  type SwapMessage,
  type TickRecord,
} from "./messages.generated.ts";
import { evenly, patiently, type Requests } from "./requests.ts";
import { refusedMode, refusedRequest, supersededMode } from "./session-errors.ts";
import type { TickGap } from "./telemetry.ts";

/** How often an emergency stop is repeated until the board says that it stands. */
const STOP_MS = 50;
/** How often it is looked whether the last ticks have come. */
const DRAIN_MS = 20;

export interface SessionOptions {
  /** How long to wait for a board's first word; for an answer, twice as long in all. */
  readonly timeoutMs: number;
  readonly timer?: Timer;
  /** Modes in which the robot drives by its own sensors are restored too when a lost board is back. Otherwise somebody has to ask for
   * them again. */
  readonly resume?: boolean;
}

export class BoardSession {
  readonly timer: Timer;
  private readonly timeoutMs: number;
  private readonly resume: boolean;
  private readonly connection: BoardConnection;
  private readonly ticks = new Listeners<TickRecord>();
  private readonly gaps = new Listeners<TickGap>();
  private readonly modes = new Listeners<ModeMessage>();
  private readonly problems = new Listeners<ProblemMessage>();
  private readonly swaps = new Listeners<SwapMessage>();
  /** What was asked for last: what a board that was lost is put into again, where that does no harm. */
  private wanted: { readonly mode: Mode; readonly source: Source } = { mode: "safe", source: "sensors" };

  /** Each tick, in order, each once. With source "sensors", what is missing was told as a gap before. */
  readonly onTick = this.ticks.add;
  readonly onGap = this.gaps.add;
  /** Each change of mode, asked for or not. */
  readonly onMode = this.modes.add;
  readonly onProblem = this.problems.add;
  /** Each answer to a request of a swap. */
  readonly onSwap = this.swaps.add;

  private constructor(port: BytePort, options: SessionOptions) {
    this.timer = options.timer ?? systemTimer;
    this.timeoutMs = options.timeoutMs;
    this.resume = options.resume ?? false;
    this.connection = new BoardConnection(port, options, {
      message: (message) => {
        this.receive(message);
      },
      tick: (record) => {
        this.ticks.tell(record);
      },
      gap: (gap) => {
        this.gaps.tell(gap);
      },
      restore: (reset) => this.restore(reset),
    });
  }

  /** Asks the board who it is until it answers. Closes the port when it does not.
   * @throws IoError that tells silence, garbage, and a board of another protocol version apart. */
  static async connect(port: BytePort, options: SessionOptions): Promise<BoardSession> {
    const session = new BoardSession(port, options);
    await session.connection.open();
    return session;
  }

  /** What the board said of itself last. */
  get hello(): HelloMessage {
    return this.connection.hello;
  }

  /** The port's address now; another one where the port changed its name. */
  get url(): string {
    return this.connection.port.url;
  }

  get statistics(): LinkStatistics {
    return this.connection.stream.statistics;
  }

  /** The board's last answer to a pulse: its worst tick, jitter, missed deadlines. Null as long as there is none. */
  get health(): PulseBackMessage | null {
    return this.connection.heartbeat?.health ?? null;
  }

  /** One way, by the shortest of the last round trips; null as long as none is known. */
  get latencyUs(): number | null {
    return this.connection.heartbeat?.clock.latencyUs ?? null;
  }

  /** The board's clock less the host's, which is `timer`'s in microseconds; null as long as it is not known. */
  get offsetUs(): number | null {
    return this.connection.heartbeat?.clock.offsetUs ?? null;
  }

  /** The host's time, in microseconds of `timer`, of a board's time of late; null as long as it is not known. */
  hostTime(boardUs: number): number | null {
    return this.connection.heartbeat?.clock.boardToHost(boardUs) ?? null;
  }

  /** Who shall act, and where observations shall come from. @throws IoError when the board does not go along. */
  async setMode(mode: Mode, source: Source): Promise<void> {
    this.supersedeMode();
    const answer = await this.connection.ask({ kind: "set-mode", mode, source }, (message) => {
      if (message.kind !== "mode") return null;
      const granted = message.reason === "requested" && message.mode === mode && message.source === source;
      if (granted) this.wanted = { mode, source };
      return granted || message.reason === "policy-failed" ? message : null;
    });
    if (answer.mode !== mode) throw refusedMode(mode);
    // In lock-step the host's silence means nothing, and nothing comes between question and answer.
    if (source === "sensors") this.connection.heartbeat?.start();
    else this.connection.heartbeat?.pause();
  }

  /** In assist, the policy acts again. */
  async handBack(): Promise<void> {
    await this.connection.ask({ kind: "hand-back" }, (message) => (message.kind === "mode" ? message : null));
  }

  /** One tick in lock-step, with source "host": the observation there, what the board did with it back. Asked again when the board
   * was lost and is back. @param tick another number than the tick before. @param observation in its wire form (wire.ts). */
  async observe(tick: number, observation: Uint8Array): Promise<TickRecord> {
    const answer = (message: Message): TickRecord | null => {
      if (message.kind !== "ticks") return null;
      return (
        decodeTickRecords(message.records, this.hello)?.find((each) => each.tick === tick && each.circumstances.includes("lock-step")) ??
        null
      );
    };
    const record = await this.connection.ask({ kind: "observe", tick, observation }, answer, {
      outlivesLoss: true,
      patience: patiently(2 * this.timeoutMs, observation.length),
    });
    this.ticks.tell(record);
    return record;
  }

  /** The expert's action for the next ticks, in its wire form; in assist it takes over. Not answered: a tick tells what became of
   * it. Goes nowhere while the board is lost. */
  async act(action: Uint8Array): Promise<void> {
    if (this.connection.here) await this.send({ kind: "act", action });
  }

  /** Emergency stop: repeated until the board says that it stands, a lost line or not. */
  async stop(): Promise<void> {
    this.supersedeMode();
    this.wanted = { ...this.wanted, mode: "safe" };
    const answer = (message: Message): Message | null => (message.kind === "mode" && message.reason === "stop" ? message : null);
    const patience = evenly(STOP_MS, Math.ceil(this.timeoutMs / STOP_MS));
    await this.connection.ask({ kind: "stop" }, answer, { outlivesLoss: true, patience });
  }

  /** The policy's raw output for a raw input; of a probe. @param tick other than the last one's. @param reset the policy's
   * state first. */
  infer(tick: number, input: Int8Array, reset = false): Promise<InferredMessage> {
    return this.connection.ask({ kind: "infer", tick, reset: reset ? 1 : 0, input }, (message) =>
      message.kind === "inferred" && message.tick === tick ? message : null,
    );
  }

  /** How long the policy takes; of a probe. @param repeats inferences between two looks at the counter. @param timeoutMs for all. */
  measure(tick: number, repeats: number, input: Int8Array, timeoutMs: number): Promise<MeasuredMessage> {
    return this.connection.ask(
      { kind: "measure", tick, repeats, input },
      (message) => (message.kind === "measured" && message.tick === tick ? message : null),
      { patience: evenly(timeoutMs, 1) },
    );
  }

  /** A message whose answer is waited for elsewhere. @throws IoError when the line is lost or closed. */
  send(message: Message): Promise<void> {
    return this.connection.stream.send(message);
  }

  /** Resolves when the board is there: at once, or when it is back after a loss. @throws IoError when the session ends instead. */
  whenHere(): Promise<void> {
    return this.connection.whenHere();
  }

  /** The board is lost, is back, was reset. */
  onLink(listener: (event: LinkEvent) => void): void {
    this.connection.link.add(listener);
  }

  /** Once, with the reason in a sentence; at once when it has already happened. */
  onClose(listener: (reason: string) => void): void {
    this.connection.onClose(listener);
  }

  /** Resolves when each tick so far was told, or given up; after the timeout at the latest. The board keeps ticking meanwhile. */
  async drain(): Promise<void> {
    const { heartbeat, telemetry } = this.connection;
    if (heartbeat === null || telemetry === null) return;
    const answer = (message: Message): PulseBackMessage | null => (message.kind === "pulse-back" ? message : null);
    const { nextTick } = await this.connection.ask(heartbeat.pulse(), answer);
    const endMs = this.timer.now() + this.timeoutMs;
    // The board's numbers wrap.
    while (((nextTick - telemetry.acknowledged) | 0) > 0 && this.timer.now() < endMs)
      await new Promise<void>((resolve) => this.timer.after(DRAIN_MS, resolve));
  }

  /** Ends the session and closes the port. The board goes to safe by itself when it hears nothing. */
  async close(): Promise<void> {
    await this.connection.port.close();
  }

  private receive(message: Message): void {
    switch (message.kind) {
      case "ticks":
        // In lock-step they are answers, and were taken as such.
        if (this.wanted.source === "sensors") this.connection.telemetry?.receive(message.records, this.timer.now());
        return;
      case "gone":
        this.connection.telemetry?.gone(message, this.timer.now());
        return;
      case "mode":
        this.modes.tell(message);
        this.modeChanged(message);
        return;
      case "swap":
        this.swaps.tell(message);
        return;
      case "problem":
        this.refused(message);
        return;
      default:
    }
  }

  /** A board that was silent for its link timeout, but not lost to us, is put back into its mode as one that was; so is one that an
   * older request, late on its way, put into another mode. Unless another mode is being asked for just now. */
  private modeChanged({ mode, source, reason }: ModeMessage): void {
    if (reason === "deadline-missed" || reason === "policy-failed") this.wanted = { ...this.wanted, mode: "safe" };
    if (this.askedForMode !== null) return;
    const { wanted } = this;
    const late = reason === "requested" && (mode !== wanted.mode || source !== wanted.source);
    if (late || (reason === "link-lost" && wanted.mode !== "safe")) void this.restore(false);
  }

  private get askedForMode(): ReturnType<Requests["askedWith"]> {
    return this.connection.requests.askedWith(MESSAGE_IDS["set-mode"]);
  }

  /** Two requests asked again and again would move the board back and forth: the later one counts. */
  private supersedeMode(): void {
    this.askedForMode?.fail(supersededMode());
  }

  /** A refused request fails at once, instead of by its timeout. */
  private refused(problem: ProblemMessage): void {
    if (problem.code !== "bad-frames") {
      const asked = this.connection.requests.askedWith(problem.detail);
      const forgotten = problem.code === "unexpected-message" && asked?.request === "observe" && this.wanted.source === "host";
      // Either it was reset, or an older request came late.
      if (forgotten) this.connection.greetAgain("it is not in lock-step any more");
      else asked?.fail(refusedRequest(asked.request, problem.code));
    }
    this.problems.tell(problem);
  }

  /** Puts the board into the mode that it had, where nobody has to agree first: in which the policy does not act, or not on the real
   * actuators. */
  private async restore(reset: boolean): Promise<Mode | null> {
    const { mode, source } = this.wanted;
    const harmless = source === "host" || mode === "safe" || mode === "shadow";
    if (!harmless && !this.resume) {
      if (reset) this.wanted = { mode: "safe", source };
      return null;
    }
    try {
      await this.setMode(mode, source);
      return mode;
    } catch (error) {
      if (error instanceof IoError) return null;
      throw error;
    }
  }
}
