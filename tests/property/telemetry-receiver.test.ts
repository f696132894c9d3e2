// A board's ticks over a line that loses, doubles, delays and reorders messages, and is down at times: whatever happens, the host is
// told of every tick once and in order, or of its loss. The board is the model that its C is compared with.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../../src/core/assert.ts";
import { Random } from "../../src/core/random.ts";
import { encodeTickRecords, type Message } from "../../src/link/messages.generated.ts";
import { TelemetryReceiver } from "../../src/link/telemetry.ts";
import { Model, RECORD_BYTES } from "./telemetry-model.ts";

const SIZES = { inputBytes: 3, outputBytes: 0, observationBytes: 0, actionBytes: 0 };
const PULSE_MS = 100;
const LINK_TIMEOUT_MS = 500;
const TROUBLE_MS = 3000;

interface Scenario {
  readonly seed: number;
  readonly capacity: number;
  readonly batch: number;
  readonly firstTick: number;
  readonly periodMs: number;
  /** Each frame takes the line for so long. */
  readonly frameMs: number;
  /** Chances of each message, and delays up to so many milliseconds. */
  readonly lost: number;
  readonly doubled: number;
  readonly delayMs: number;
  /** Chance of each tick to be the first of a takeover. */
  readonly takeover: number;
  /** When nothing comes through. */
  readonly outages: readonly { readonly fromMs: number; readonly forMs: number }[];
}

const scenarios = fc.record<Scenario>({
  seed: fc.nat(),
  capacity: fc.integer({ min: 1, max: 40 }),
  batch: fc.integer({ min: RECORD_BYTES, max: 200 }),
  firstTick: fc.oneof(fc.constant(2 ** 33), fc.integer({ min: 2 ** 33 - 300, max: 2 ** 33 - 1 })),
  periodMs: fc.integer({ min: 3, max: 200 }),
  frameMs: fc.integer({ min: 1, max: 40 }),
  lost: fc.double({ min: 0, max: 0.4, noNaN: true }),
  doubled: fc.double({ min: 0, max: 0.3, noNaN: true }),
  delayMs: fc.nat(60),
  takeover: fc.constantFrom(0, 0.01, 0.1),
  outages: fc.array(fc.record({ fromMs: fc.nat(2500), forMs: fc.nat(1500) }), { maxLength: 2 }),
});

/** What the host was told, in order. */
type Told = { readonly tick: number; readonly mark: number } | { readonly tick: number; readonly count: number };

/** Board, line and host for some seconds of trouble, then as long as it takes on a good line. */
class World {
  readonly told: Told[] = [];
  readonly model: Model;
  readonly receiver: TelemetryReceiver;
  private readonly scenario: Scenario;
  private readonly random: Random;
  private readonly underWay: { readonly dueMs: number; readonly message: Message; readonly toBoard: boolean }[] = [];
  private nowMs = 0;
  private heardMs = 0;
  private lineFreeMs = 0;
  private ticks = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.random = new Random(scenario.seed);
    this.model = new Model(scenario);
    this.receiver = new TelemetryReceiver({
      sizes: SIZES,
      ringTicks: scenario.capacity,
      send: (message) => {
        this.put(message, true);
      },
      onTick: ({ tick, timeUs }) => this.told.push({ tick, mark: timeUs }),
      onGap: (gap) => this.told.push(gap),
    });
  }

  run(): void {
    for (; this.nowMs < TROUBLE_MS; this.nowMs++) this.pass(true);
    for (const end = this.nowMs + 20_000; this.nowMs < end && this.open(); this.nowMs++) this.pass(false);
  }

  /** Whether the board has ticks that the host knows nothing of. */
  open(): boolean {
    const end = this.receiver.acknowledged + this.receiver.outstanding;
    return this.receiver.outstanding > 0 || end >>> 0 !== (this.scenario.firstTick + this.ticks) >>> 0;
  }

  get next(): number {
    return this.scenario.firstTick + this.ticks;
  }

  private pass(trouble: boolean): void {
    const { periodMs, takeover, frameMs } = this.scenario;
    if (trouble && this.nowMs % periodMs === 0) {
      this.model.apply({ kind: "add", takeover: this.chance(takeover) });
      this.ticks++;
    }
    if (this.nowMs % PULSE_MS === 50) {
      const { acknowledged, window } = this.receiver;
      this.put({ kind: "pulse", hostUs: 0, acknowledged, window }, true, trouble);
    }
    if (this.nowMs % 20 === 0) this.receiver.turn(this.nowMs);
    this.deliver(trouble);
    if (this.nowMs - this.heardMs > LINK_TIMEOUT_MS) this.model.apply({ kind: "silence" });
    if (this.nowMs >= this.lineFreeMs && this.nowMs % 2 === 0) {
      const { sent } = this.model.apply({ kind: "send" });
      if (sent !== "-") {
        this.lineFreeMs = this.nowMs + frameMs;
        this.put(messageOf(sent), false, trouble);
      }
    }
  }

  private chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  private put(message: Message, toBoard: boolean, trouble = this.nowMs < TROUBLE_MS): void {
    const { lost, doubled, delayMs, outages } = this.scenario;
    const down = outages.some(({ fromMs, forMs }) => this.nowMs >= fromMs && this.nowMs < fromMs + forMs);
    if (trouble && (down || this.chance(lost))) return;
    for (let copies = trouble && this.chance(doubled) ? 2 : 1; copies > 0; copies--) {
      const dueMs = this.nowMs + 1 + (trouble ? Math.floor(this.random.next() * delayMs) : 0);
      this.underWay.push({ dueMs, message, toBoard });
    }
  }

  private deliver(trouble: boolean): void {
    for (let index = 0; index < this.underWay.length;) {
      const { dueMs, message, toBoard } = at(this.underWay, index);
      if (dueMs > this.nowMs) index++;
      else {
        this.underWay.splice(index, 1);
        if (toBoard) this.toBoard(message, trouble);
        else this.toHost(message);
      }
    }
  }

  private toBoard(message: Message, trouble: boolean): void {
    this.heardMs = this.nowMs;
    const back = (tick: number): number => (this.next - tick) | 0;
    if (message.kind === "refill") this.model.apply({ kind: "refill", back: back(message.tick), count: message.count });
    if (message.kind !== "pulse") return;
    this.model.apply({ kind: "acknowledge", back: back(message.acknowledged), window: message.window });
    const { next, oldest } = this.model.report("-");
    const numbers = { hostUs: 0, boardUs: 0, heldUs: 0, worstUs: 0, jitterUs: 0, missed: 0, badFrames: 0 };
    this.put({ kind: "pulse-back", ...numbers, nextTick: next, oldestTick: oldest }, false, trouble);
  }

  private toHost(message: Message): void {
    if (message.kind === "ticks") expect(this.receiver.receive(message.records, this.nowMs)).toBe(true);
    if (message.kind === "gone") this.receiver.gone(message, this.nowMs);
    if (message.kind === "pulse-back") this.receiver.pulseBack(message, this.nowMs);
  }
}

/** What the model says that it sent. */
function messageOf(sent: string): Message {
  const [kind, ...words] = sent.split(" ");
  if (kind === "gone") return { kind, tick: Number(words[0]), count: Number(words[1]) };
  const records = words.map((word) => {
    const [tick, mark] = word.split(":").map(Number);
    return {
      tick: tick ?? 0,
      timeUs: mark ?? 0,
      inferUs: 0,
      busyUs: 0,
      mode: "auto" as const,
      actor: "policy" as const,
      faults: [],
      circumstances: [],
      input: new Int8Array(3),
      output: new Int8Array(),
      observation: new Uint8Array(),
      action: new Uint8Array(),
    };
  });
  return { kind: "ticks", records: encodeTickRecords(records) };
}

describe("telemetry over a bad line", () => {
  test("tells of each tick once and in order, or of its loss", () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const world = new World(scenario);
        world.run();
        expect(world.open()).toBe(false);
        const [first] = world.told;
        let expected = first?.tick ?? 0;
        for (const told of world.told) {
          expect(told.tick).toBe(expected);
          if ("mark" in told) expect((scenario.firstTick + told.mark) >>> 0).toBe(told.tick);
          expected = (expected + ("mark" in told ? 1 : told.count)) >>> 0;
        }
        expect(expected).toBe(world.next >>> 0);
      }),
      { numRuns: 100 },
    );
  });

  test("loses nothing where the ring lasts for longer than repairs take", () => {
    const good = { outages: [], capacity: 2000, frameMs: 2, periodMs: 10, batch: 200, lost: 0.05, doubled: 0.05, takeover: 0 };
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const world = new World({ ...scenario, ...good });
        world.run();
        expect(world.told.filter((told) => "count" in told)).toEqual([]);
        expect(world.told).toHaveLength(TROUBLE_MS / 10);
      }),
      { numRuns: 10 },
    );
  });
});
