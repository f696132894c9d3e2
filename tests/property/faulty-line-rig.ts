// The real firmware on its bench behind a faulty line, driven by the real host side, in virtual time. Holds what both sides take for
// true against what was really said, at every step.

import { readFileSync } from "node:fs";
import path from "node:path";
import { assert } from "../../src/core/assert.ts";
import type { BytePort } from "../../src/core/io.ts";
import { Random } from "../../src/core/random.ts";
import { FaultyDevice } from "../../src/host/ports/faulty-port.ts";
import type { FaultSettings } from "../../src/host/ports/fault-settings.ts";
import { ReconnectingPort } from "../../src/host/ports/reconnecting-port.ts";
import { PortListeners } from "../../src/host/ports/port-listeners.ts";
import { FrameDecoder } from "../../src/link/frame.ts";
import { decodeMessage, decodeTickRecords, MESSAGE_IDS } from "../../src/link/messages.generated.ts";
import { BoardSession } from "../../src/link/session.ts";
import { Bench, buildFirmware, LINK_TIMEOUT_US, PERIOD_US, SIZES, type Machine } from "../../src/link/testing/firmware-bench.ts";
import { HandTimer } from "../../src/link/testing/hand-timer.ts";
import { SentFrames, TickLedger } from "./faulty-line-ledger.ts";

const STEP_MS = 10;
const URL = "emu:bench";
/** Full speed to neutral takes two ticks. */
const SLEW = 0.6;
const NEUTRAL_TICKS = 2;
const TIMEOUT_MS = 2000;
/** Chance, a step, that somebody on board takes the sticks or lets go. */
const EXPERT_CHANGES = 0.002;
/** What the tap in the firmware tells of. */
const FRAME = 0;

export function buildTappedFirmware(defines: readonly string[]): Promise<Machine> {
  const tap = readFileSync(path.join(import.meta.dirname, "faulty-line-tap.c"), "utf8");
  const renamed = ["reflex_link_next=tapped_link_next", "reflex_telemetry_add=tapped_telemetry_add"];
  return buildFirmware("agent", [...defines, ...renamed], { "tap.c": tap });
}

export class FaultyRig {
  readonly timer = new HandTimer();
  readonly ledger = new TickLedger();
  /** Times that the board was without a word from the host for so long that it had to go to neutral. */
  silences = 0;
  boots = 0;
  /** Since when the robot must stand because `stop` was answered; null: it need not. */
  stoppedMs: number | null = null;
  /** The session does not know the board just now: nothing counts but its greeting. */
  lost = false;
  /** What the host asks about in lock-step: a tick with this is its answer, and not the ring's. */
  observed: Uint8Array | null = null;
  private readonly machine: Machine;
  private readonly device: FaultyDevice;
  private readonly listeners = new PortListeners(URL);
  private readonly random: Random;
  private readonly fromHost = new SentFrames();
  private readonly fromBoard = new SentFrames();
  private bench: Bench;
  private boardDecoder = new FrameDecoder(() => undefined);
  private bootedMs = 0;
  private heardMs = 0;
  private silent = false;
  /** What the host was told last. Ticks in lock-step have numbers of the host's. */
  private fromSensors = true;
  private failure: unknown = null;

  constructor(machine: Machine, faults: FaultSettings) {
    this.machine = machine;
    this.random = new Random(faults.seed);
    this.bench = this.boot();
    const port: BytePort = {
      url: URL,
      onData: this.listeners.onData,
      onClose: this.listeners.onClose,
      write: this.promised((bytes: Uint8Array) => {
        this.turnClock();
        this.bench.sendBytes(bytes);
        this.listen();
      }),
      close: () => Promise.resolve(),
    };
    const reset = this.promised<null>(() => {
      this.bench = this.boot();
      this.listen();
    });
    this.device = new FaultyDevice(port, faults, { timer: this.timer, reset: () => reset(null) });
  }

  /** A session that restores its mode by itself. Time has to pass meanwhile. */
  async connect(): Promise<BoardSession> {
    const { timer, device, ledger } = this;
    const open = async (url: string): Promise<BytePort> => this.tapped(await device.open(url));
    const port = await ReconnectingPort.open(URL, { open, locate: () => Promise.resolve(device.url), timer });
    const session = await BoardSession.connect(port, { timeoutMs: TIMEOUT_MS, timer, resume: true });
    session.onTick(
      this.guarded((record) => {
        if (this.observed === null || !Buffer.from(record.observation).equals(this.observed)) ledger.told(record);
      }),
    );
    session.onGap(
      this.guarded((gap) => {
        ledger.gap(gap);
      }),
    );
    session.onClose((reason) => {
      this.fail(new Error(`the session ended: ${reason}`));
    });
    session.onLink(
      this.guarded((event) => {
        this.lost = event.kind === "lost";
        if (event.kind === "reset") ledger.reset();
      }),
    );
    return session;
  }

  /** Lets time pass in steps. @throws what did not hold, in any callback. */
  async pass(milliseconds: number): Promise<void> {
    for (const endMs = this.timer.now() + milliseconds; this.timer.now() < endMs;) {
      await this.timer.advance(STEP_MS);
      this.turnClock();
      if (this.random.next() < EXPERT_CHANGES) this.bench.set({ expertDrives: this.random.integer(2) });
      this.bench.set({ distance: 2 * this.random.next() });
      this.bench.poll();
      this.listen();
      this.assertNeutral();
      await new Promise(setImmediate);
      if (this.failure !== null) throw this.failure as Error;
    }
  }

  /** A listener whose failure is the test's. */
  guarded<Event>(listener: (event: Event) => void): (event: Event) => void {
    return (event) => {
      try {
        listener(event);
      } catch (error) {
        this.fail(error);
      }
    };
  }

  /** The same for what somebody calls who would swallow it. */
  private promised<Event>(act: (event: Event) => void): (event: Event) => Promise<void> {
    const guarded = this.guarded(act);
    return (event) => {
      guarded(event);
      return Promise.resolve();
    };
  }

  fail(error: unknown): void {
    this.failure ??= error;
  }

  private boot(): Bench {
    this.boots++;
    this.bootedMs = this.timer.now();
    this.heardMs = this.bootedMs;
    this.ledger.booted();
    this.boardDecoder = new FrameDecoder((frame) => {
      this.fromBoard.sent(frame);
    });
    return new Bench(this.machine, { slew: SLEW, expertMotor: -0.5 });
  }

  private turnClock(): void {
    this.bench.set({ nowUs: ((this.timer.now() - this.bootedMs) * 1000) >>> 0 });
  }

  /** What the firmware did and said since the last time. */
  private listen(): void {
    this.readTap();
    const bytes = this.bench.takeBytes();
    if (bytes.length === 0) return;
    this.boardDecoder.push(bytes);
    assert(this.boardDecoder.badFrames === 0, "the board sent a bad frame");
    this.listeners.data(bytes);
  }

  private readTap(): void {
    const start = this.machine.call("tap_bytes");
    const bytes = new Uint8Array(this.machine.memory, start, this.machine.call("tap_take"));
    for (let offset = 0; offset < bytes.length;) {
      const [what = 0, low = 0, high = 0] = bytes.subarray(offset, offset + 3);
      const end = offset + 3 + low + 256 * high;
      const content = bytes.slice(offset + 3, end);
      offset = end;
      if (what !== FRAME) this.ledger.recorded(content);
      else {
        this.fromHost.arrived(content, "the board");
        this.heardMs = this.timer.now();
      }
    }
  }

  /** The host's end of the line: what it sends, and what it takes for whole frames. */
  private tapped(port: BytePort): BytePort {
    const sent = new FrameDecoder((frame) => {
      if (frame.id === MESSAGE_IDS["hello-request"]) this.lost = true;
      this.fromHost.sent(frame);
    });
    const arrived = new FrameDecoder(({ id, payload }) => {
      this.fromBoard.arrived(Uint8Array.of(id, ...payload), "the host");
      const decoded = decodeMessage(id, payload);
      assert(decoded.ok, "what the board sent is a message");
      if (decoded.message.kind === "mode") this.fromSensors = decoded.message.source === "sensors";
      if (this.lost) return;
      if (decoded.message.kind !== "ticks" || !this.fromSensors) return;
      for (const record of decodeTickRecords(decoded.message.records, SIZES) ?? []) this.ledger.arrived(record);
    });
    return {
      ...port,
      write: (bytes) => {
        sent.push(bytes);
        return port.write(bytes);
      },
      onData: (listener) => {
        port.onData((bytes) => {
          this.guarded(() => {
            arrived.push(bytes);
          })(null);
          listener(bytes);
        });
      },
    };
  }

  private assertNeutral(): void {
    const nowMs = this.timer.now();
    const settleMs = STEP_MS + ((NEUTRAL_TICKS - 1) * PERIOD_US) / 1000;
    const silent = nowMs - this.heardMs > LINK_TIMEOUT_US / 1000 + settleMs;
    const stopped = this.stoppedMs !== null && nowMs - this.stoppedMs > settleMs;
    if (silent && !this.silent) this.silences++;
    this.silent = silent;
    if (!silent && !stopped) return;
    const motor = this.bench.get("motor");
    assert(motor === 0, `the robot drives (${motor}) at ${nowMs} ms although ${silent ? "nobody is heard" : "it was stopped"}`);
  }
}
