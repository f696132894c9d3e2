// The way to one board, kept up: greets it, keeps its heart beating, and when the port was lost and is back, or the board was reset,
// greets it again, makes sure that it is the same robot, and goes on. What is said on the way is the session's matter (session.ts).

import { assert } from "../core/assert.ts";
import { IoError, type BytePort } from "../core/io.ts";
import { isRecovering } from "../core/recovering-port.ts";
import { systemTimer, type Timer } from "../core/timer.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { LinkEvent } from "./link-events.ts";
import { Listeners } from "./listeners.ts";
import { MessageStream } from "./message-stream.ts";
import {
  PROTOCOL_VERSION,
  type HelloMessage,
  type Message,
  type Mode,
  type PulseBackMessage,
  type TickRecord,
} from "./messages.generated.ts";
import { evenly, patiently, Requests, type Patience } from "./requests.ts";
import { closedPort, lostBoard, noAnswer, otherRobot, otherVersion, silentBoard } from "./session-errors.ts";
import { TelemetryReceiver, type TickGap } from "./telemetry.ts";

/** How often a board that may still be booting is asked who it is. */
const GREETING_MS = 200;

export interface ConnectionOptions {
  /** How long to wait for a board's first word; for an answer, twice as long in all. */
  readonly timeoutMs: number;
  readonly timer?: Timer;
}

/** What the session makes of what comes. */
export interface ConnectionUser {
  /** Each message of a board that was greeted and found to be the right one. */
  message(message: Message): void;
  tick(record: TickRecord): void;
  gap(gap: TickGap): void;
  /** The board is back: puts it into the mode that it should have. @returns that mode; null when it is left as it is. */
  restore(reset: boolean): Promise<Mode | null>;
}

export class BoardConnection {
  readonly port: BytePort;
  readonly stream: MessageStream;
  readonly requests: Requests;
  readonly link = new Listeners<LinkEvent>();
  readonly close = new Listeners<string>();
  private readonly timer: Timer;
  private readonly timeoutMs: number;
  private readonly user: ConnectionUser;
  private greeting: HelloMessage | null = null;
  private beating: { readonly telemetry: TelemetryReceiver; readonly heartbeat: Heartbeat } | null = null;
  private ended: string | null = null;
  /** Why the board is not to be spoken with: not greeted (again) yet. Null when it is there. */
  private trouble: string | null = "it was not greeted yet";
  private resetSeen = false;
  /** It said that it has booted: lately, or its word was late. */
  private bootTold = false;
  private droppedByBoard = 0;
  /** Counts losses and returns: what an earlier return still does is of no interest. */
  private returns = 0;

  constructor(port: BytePort, options: ConnectionOptions, user: ConnectionUser) {
    this.port = port;
    this.user = user;
    this.timer = options.timer ?? systemTimer;
    this.timeoutMs = options.timeoutMs;
    this.requests = new Requests(this.timer, (message) => this.stream.send(message));
    // A port hands over at once what came before anyone listened.
    this.stream = new MessageStream(port, {
      message: (message) => {
        this.receive(message);
      },
      otherVersion: (version) => {
        this.requests.failAll(otherVersion(version, PROTOCOL_VERSION));
      },
    });
    port.onClose((reason) => {
      this.end(reason);
    });
    if (!isRecovering(port)) return;
    port.onLost((reason) => {
      this.lose(reason);
    });
    port.onRestored(() => {
      this.stream.beginAnew();
      if (this.greeting !== null) void this.reunite();
    });
  }

  /** Asks the board who it is until it answers. Closes the port when it does not. @throws IoError */
  async open(): Promise<void> {
    const { timeoutMs } = this;
    let pulse: PulseBackMessage | null;
    try {
      pulse = await this.greet(evenly(Math.min(GREETING_MS, timeoutMs), Math.ceil(timeoutMs / GREETING_MS)));
    } catch (error) {
      await this.port.close();
      throw error;
    }
    this.trouble = null;
    this.resetSeen = this.bootTold = false;
    if (pulse !== null) this.heartbeat?.answer(pulse);
    this.heartbeat?.start();
  }

  get hello(): HelloMessage {
    assert(this.greeting !== null, "a connection without a hello");
    return this.greeting;
  }

  /** Whether the board was greeted and is not lost. */
  get here(): boolean {
    return this.trouble === null;
  }

  /** Null before the greeting, and of a probe. */
  get heartbeat(): Heartbeat | null {
    return this.beating?.heartbeat ?? null;
  }

  get telemetry(): TelemetryReceiver | null {
    return this.beating?.telemetry ?? null;
  }

  /** @param answer the message as the answer to this request, or null. @param outlivesLoss it is worth asking still when the board
   * was lost and is back. @throws IoError when the board refuses, is silent, or is lost. */
  async ask<Answer>(
    request: Message,
    answer: (message: Message) => Answer | null,
    { patience = patiently(2 * this.timeoutMs), outlivesLoss = false }: { patience?: Patience; outlivesLoss?: boolean } = {},
  ): Promise<Answer> {
    if (this.ended !== null) throw closedPort(this.port.url, this.ended);
    if (this.trouble !== null && !outlivesLoss) throw lostBoard(this.port.url, this.trouble);
    const startMs = this.timer.now();
    const silence = (): IoError => {
      const waitedMs = Math.round(this.timer.now() - startMs);
      return silentBoard(this.port.url, request.kind, waitedMs, this.droppedByBoard);
    };
    return this.requests.ask({ request, answer, patience, outlivesLoss, silence });
  }

  /** Resolves when the board is there: at once, or when it is back. @throws IoError when the connection ends instead. */
  whenHere(): Promise<void> {
    if (this.ended !== null) return Promise.reject(closedPort(this.port.url, this.ended));
    if (this.here) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const forget = this.link.add((event) => {
        if (event.kind !== "back") return;
        forget();
        resolve();
      });
      this.onClose((reason) => {
        reject(closedPort(this.port.url, reason));
      });
    });
  }

  /** Once, with the reason in a sentence; at once when it has already happened. */
  onClose(listener: (reason: string) => void): void {
    if (this.ended !== null) listener(this.ended);
    else this.close.add(listener);
  }

  /** The board was reset. */
  restarted(): void {
    if (this.trouble !== null) return;
    this.resetSeen = true;
    this.greetAgain("it was reset");
  }

  /** The board may have been reset: it does not know what it should. Its answer to a pulse will tell. */
  greetAgain(reason: string): void {
    if (this.trouble !== null) return;
    this.leave(reason);
    void this.reunite();
  }

  private receive(message: Message): void {
    this.heartbeat?.heard();
    if (message.kind === "mode" && message.reason === "boot") {
      this.bootTold = true;
      this.greetAgain("it was reset");
    }
    if (message.kind === "problem" && message.code === "bad-frames") this.droppedByBoard = message.detail;
    this.requests.offer(message);
    if (this.trouble !== null) return;
    if (message.kind === "pulse-back") this.heartbeat?.answer(message);
    else this.user.message(message);
  }

  private lose(reason: string): void {
    if (this.ended !== null) return;
    const wasHere = this.here;
    this.leave(reason);
    if (wasHere) this.link.tell({ kind: "lost", reason });
  }

  private leave(reason: string): void {
    this.returns += 1;
    this.trouble = reason;
    this.heartbeat?.stop();
    this.requests.lose(lostBoard(this.port.url, reason));
  }

  /** Greets the board again, for as long as it takes. Ends the connection when it is another robot. */
  private async reunite(): Promise<void> {
    const attempt = ++this.returns;
    const before = this.hello;
    try {
      const pulse = await this.greet(evenly(GREETING_MS));
      const reset = this.resetSeen || (pulse !== null && this.heartbeat?.showsRestart(pulse, this.bootTold) === true);
      if (reset) {
        this.heartbeat?.beginAnew();
        this.link.tell({ kind: "reset" });
      }
      this.resetSeen = this.bootTold = false;
      this.trouble = null;
      if (reset && pulse !== null) this.heartbeat?.answer(pulse);
      this.heartbeat?.start();
      const mode = await this.user.restore(reset);
      if (attempt !== this.returns) return;
      this.requests.askAgain();
      this.link.tell({ kind: "back", url: this.port.url, reset, mode, otherPolicy: this.hello.policyHash !== before.policyHash });
    } catch (error) {
      if (attempt !== this.returns) return;
      assert(error instanceof IoError, String(error));
      this.end(error.message);
      await this.port.close();
    }
  }

  /** @returns the answer to a pulse; null where the board is a probe. */
  private async greet(patience: Patience): Promise<PulseBackMessage | null> {
    const silence = (): IoError => noAnswer(this.port.url, this.stream.statistics, this.timeoutMs, this.stream.beforeFrames);
    const request = { kind: "hello-request", protocolVersion: PROTOCOL_VERSION } as const;
    const answer = (message: Message): HelloMessage | null => (message.kind === "hello" ? message : null);
    const hello = await this.requests.ask({ request, answer, patience, silence });
    const before = this.greeting;
    if (
      before !== null &&
      (before.schemaHash !== hello.schemaHash || before.name !== hello.name || before.application !== hello.application)
    )
      throw otherRobot(this.port.url, before.name, hello.name);
    this.greeting = hello;
    if (hello.application === "probe") return null;
    const { heartbeat } = (this.beating ??= this.beat(hello));
    const pulse = heartbeat.pulse();
    // An answer to an earlier one may be older than a reset.
    const back = (message: Message): PulseBackMessage | null =>
      message.kind === "pulse-back" && message.hostUs === pulse.hostUs ? message : null;
    return this.requests.ask({ request: pulse, answer: back, patience, silence });
  }

  private beat(hello: HelloMessage): { readonly telemetry: TelemetryReceiver; readonly heartbeat: Heartbeat } {
    // Whether a frame went out is told by what comes back.
    const send = (message: Message): void => void this.stream.send(message).catch(() => undefined);
    const telemetry = new TelemetryReceiver({
      sizes: hello,
      ringTicks: hello.ringTicks,
      send,
      onTick: (record) => {
        this.user.tick(record);
      },
      onGap: (gap) => {
        this.user.gap(gap);
      },
    });
    const heartbeat = new Heartbeat({
      timer: this.timer,
      linkTimeoutUs: hello.linkTimeoutUs,
      telemetry,
      send,
      silent: () => {
        this.lose("it is silent");
        void this.reunite();
      },
      restarted: () => {
        this.restarted();
      },
    });
    return { telemetry, heartbeat };
  }

  private end(reason: string): void {
    if (this.ended !== null) return;
    this.ended = reason;
    this.leave(reason);
    this.telemetry?.finish();
    this.requests.failAll(closedPort(this.port.url, reason));
    this.close.tell(reason);
  }
}
