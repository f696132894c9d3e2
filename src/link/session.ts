// One board on a byte port, as the rest of reflexarc speaks with it: questions with answers, ticks as they come, and an error that
// says what to do when the board is silent. Waits by an injected timer.

import { assert } from "../core/assert.ts";
import type { IoError } from "../core/io.ts";
import { type BytePort } from "../core/io.ts";
import { MessageStream, type LinkStatistics } from "./message-stream.ts";
import {
  MESSAGE_IDS,
  PROTOCOL_VERSION,
  type HelloMessage,
  type InferredMessage,
  type MeasuredMessage,
  type Message,
  type Mode,
  type ModeMessage,
  type ProblemMessage,
  type Source,
  type TickMessage,
} from "./messages.generated.ts";
import { closedPort, noAnswer, otherVersion, refusedMode, refusedRequest, silentBoard } from "./session-errors.ts";
import { systemTimer, type Timer } from "./timer.ts";

/** How often the host shows that it is there, while the board reads its own sensors. */
const HEARTBEAT_MS = 250;
/** How often a board that may still be booting is asked who it is. */
const GREETING_MS = 200;
/** How often an emergency stop is repeated until the board says that it stands. */
const STOP_MS = 50;

export interface SessionOptions {
  /** How long to wait for a board's first word, and for each answer before a question is asked once more. */
  readonly timeoutMs: number;
  readonly timer?: Timer;
}

/** A question that has no answer yet. */
interface Waiter {
  readonly request: Message["kind"];
  /** @returns whether this was the answer. */
  offer(message: Message): boolean;
  fail(error: Error): void;
}

/** How often to ask, and how long to wait for an answer each time. */
interface Patience {
  readonly attempts: number;
  readonly eachMs: number;
}

type Listener<Event> = (event: Event) => void;

function tell<Event>(listeners: readonly Listener<Event>[], event: Event): void {
  for (const listener of listeners) listener(event);
}

export class BoardSession {
  private readonly port: BytePort;
  private readonly timer: Timer;
  private readonly timeoutMs: number;
  private readonly stream: MessageStream;
  private readonly waiters = new Set<Waiter>();
  private readonly tickListeners: Listener<TickMessage>[] = [];
  private readonly modeListeners: Listener<ModeMessage>[] = [];
  private readonly problemListeners: Listener<ProblemMessage>[] = [];
  private readonly closeListeners: Listener<string>[] = [];
  private closedBecause: string | null = null;
  private greeting: HelloMessage | null = null;
  private stopHeartbeat: (() => void) | null = null;
  private droppedByBoard = 0;

  private constructor(port: BytePort, options: SessionOptions) {
    this.port = port;
    this.timer = options.timer ?? systemTimer;
    this.timeoutMs = options.timeoutMs;
    this.stream = new MessageStream(port, {
      message: (message) => {
        this.receive(message);
      },
      otherVersion: (version) => {
        this.failAll(otherVersion(version, PROTOCOL_VERSION));
      },
    });
    port.onClose((reason) => {
      this.closed(reason);
    });
  }

  /** Asks the board who it is until it answers. Closes the port when it does not.
   * @throws IoError that tells silence, garbage, and a board of another protocol version apart. */
  static async connect(port: BytePort, options: SessionOptions): Promise<BoardSession> {
    const session = new BoardSession(port, options);
    try {
      session.greeting = await session.ask(
        { kind: "hello-request", protocolVersion: PROTOCOL_VERSION },
        (message) => (message.kind === "hello" ? message : null),
        { attempts: Math.max(1, Math.ceil(options.timeoutMs / GREETING_MS)), eachMs: Math.min(GREETING_MS, options.timeoutMs) },
        () => noAnswer(port.url, session.statistics, options.timeoutMs),
      );
    } catch (error) {
      await port.close();
      throw error;
    }
    if (session.hello.application === "agent") session.keepHeartbeat("sensors");
    return session;
  }

  /** What the board said of itself. */
  get hello(): HelloMessage {
    assert(this.greeting !== null, "a session without a hello");
    return this.greeting;
  }

  get statistics(): LinkStatistics {
    return this.stream.statistics;
  }

  /** Who shall act, and where observations shall come from. @throws IoError when the board does not go along. */
  async setMode(mode: Mode, source: Source): Promise<void> {
    const answer = await this.askTwice({ kind: "set-mode", mode, source }, (message) => {
      const granted = message.kind === "mode" && message.reason === "requested" && message.mode === mode && message.source === source;
      return granted || (message.kind === "mode" && message.reason === "policy-failed") ? message : null;
    });
    if (answer.mode !== mode) throw refusedMode(mode);
    this.keepHeartbeat(source);
  }

  /** One tick in lock-step, with source "host": the observation there, what the board did with it back.
   * @param tick another number than that of the tick before. @param observation in its wire form (wire.ts). */
  observe(tick: number, observation: Uint8Array): Promise<TickMessage> {
    return this.askTwice({ kind: "observe", tick, observation }, (message) =>
      message.kind === "tick" && message.tick === tick ? message : null,
    );
  }

  /** The expert's action for the next ticks in teleop, in its wire form. Not answered: a tick tells what became of it. */
  act(action: Uint8Array): Promise<void> {
    return this.stream.send({ kind: "act", action });
  }

  /** Emergency stop: repeated until the board says that it stands. */
  async stop(): Promise<void> {
    await this.ask({ kind: "stop" }, (message) => (message.kind === "mode" && message.reason === "stop" ? message : null), {
      attempts: Math.max(1, Math.ceil(this.timeoutMs / STOP_MS)),
      eachMs: STOP_MS,
    });
  }

  /** The policy's raw output for a raw input; of a probe. @param tick other than the last one's. @param reset the policy's
   * state first. */
  infer(tick: number, input: Int8Array, reset = false): Promise<InferredMessage> {
    return this.askTwice({ kind: "infer", tick, reset: reset ? 1 : 0, input }, (message) =>
      message.kind === "inferred" && message.tick === tick ? message : null,
    );
  }

  /** How long the policy takes; of a probe. @param repeats inferences between two looks at the counter. @param timeoutMs for all. */
  measure(tick: number, repeats: number, input: Int8Array, timeoutMs: number): Promise<MeasuredMessage> {
    return this.ask(
      { kind: "measure", tick, repeats, input },
      (message) => (message.kind === "measured" && message.tick === tick ? message : null),
      { attempts: 1, eachMs: timeoutMs },
    );
  }

  /** Each tick that the board reports, answers of `observe` included. */
  onTick(listener: Listener<TickMessage>): void {
    this.tickListeners.push(listener);
  }

  /** Each change of mode, asked for or not; reason "boot" when the board was reset. */
  onMode(listener: Listener<ModeMessage>): void {
    this.modeListeners.push(listener);
  }

  onProblem(listener: Listener<ProblemMessage>): void {
    this.problemListeners.push(listener);
  }

  /** Once, with the reason in a sentence; at once when it has already happened. */
  onClose(listener: Listener<string>): void {
    if (this.closedBecause !== null) listener(this.closedBecause);
    else this.closeListeners.push(listener);
  }

  /** Ends the session and closes the port. The board goes to safe by itself when it hears nothing. */
  async close(): Promise<void> {
    await this.port.close();
  }

  private askTwice<Answer>(request: Message, answer: (message: Message) => Answer | null): Promise<Answer> {
    return this.ask(request, answer, { attempts: 2, eachMs: this.timeoutMs });
  }

  /** @param answer the message as the answer to this request, or null. @param silence the error when none came. */
  private ask<Answer>(
    request: Message,
    answer: (message: Message) => Answer | null,
    { attempts, eachMs }: Patience,
    silence: () => IoError = () => silentBoard(this.port.url, request.kind, attempts * eachMs, this.droppedByBoard),
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.closedBecause !== null) {
        reject(closedPort(this.port.url, this.closedBecause));
        return;
      }
      let asked = 0;
      let stopWaiting = (): void => undefined;
      const settle = (): void => {
        stopWaiting();
        this.waiters.delete(waiter);
      };
      const waiter: Waiter = {
        request: request.kind,
        offer: (message) => {
          const found = answer(message);
          if (found === null) return false;
          settle();
          resolve(found);
          return true;
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      };
      const attempt = (): void => {
        if (asked === attempts) {
          waiter.fail(silence());
          return;
        }
        asked++;
        stopWaiting = this.timer.after(eachMs, attempt);
        this.stream.send(request).catch((error: unknown) => {
          waiter.fail(error as Error);
        });
      };
      this.waiters.add(waiter);
      attempt();
    });
  }

  private receive(message: Message): void {
    for (const waiter of this.waiters) {
      if (waiter.offer(message)) break;
    }
    if (message.kind === "tick") tell(this.tickListeners, message);
    if (message.kind === "mode") tell(this.modeListeners, message);
    if (message.kind === "problem") this.receiveProblem(message);
  }

  /** A refused request fails at once, instead of by its timeout. */
  private receiveProblem(problem: ProblemMessage): void {
    if (problem.code === "bad-frames") {
      this.droppedByBoard = problem.detail;
    } else {
      const refused = [...this.waiters].find(({ request }) => MESSAGE_IDS[request] === problem.detail);
      refused?.fail(refusedRequest(refused.request, problem.code));
    }
    tell(this.problemListeners, problem);
  }

  private closed(reason: string): void {
    if (this.closedBecause !== null) return;
    this.closedBecause = reason;
    this.stopHeartbeat?.();
    this.failAll(closedPort(this.port.url, reason));
    tell(this.closeListeners, reason);
  }

  private failAll(error: IoError): void {
    for (const waiter of [...this.waiters]) waiter.fail(error);
  }

  /** In lock-step the host's silence means nothing, and nothing comes between question and answer. */
  private keepHeartbeat(source: Source): void {
    this.stopHeartbeat?.();
    this.stopHeartbeat = null;
    if (source === "host" || this.closedBecause !== null) return;
    const beat = (): void => {
      this.stopHeartbeat = this.timer.after(HEARTBEAT_MS, beat);
      // A port that is gone tells so by itself.
      this.stream.send({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION }).catch(() => undefined);
    };
    this.stopHeartbeat = this.timer.after(HEARTBEAT_MS, beat);
  }
}
