import { beforeEach, describe, expect, it } from "vitest";
import { encodeTickRecords, type RefillMessage, type TickRecord } from "./messages.generated.ts";
import { TelemetryReceiver, type TickGap } from "./telemetry.ts";

const SIZES = { inputBytes: 1, outputBytes: 0, observationBytes: 0, actionBytes: 0 };
const RING_TICKS = 100;

const record = (tick: number, timeUs = 0): TickRecord => ({
  tick: tick >>> 0,
  timeUs,
  inferUs: 0,
  busyUs: 0,
  mode: "auto",
  actor: "policy",
  faults: [],
  circumstances: ["observed"],
  input: Int8Array.of(-7),
  output: new Int8Array(),
  observation: new Uint8Array(),
  action: new Uint8Array(),
});

let told: (number | TickGap)[];
let asked: RefillMessage[];
let receiver: TelemetryReceiver;

const receive = (ticks: readonly number[], nowMs = 0): boolean =>
  receiver.receive(encodeTickRecords(ticks.map((tick) => record(tick))), nowMs);

const pulseBack = (oldestTick: number, nextTick: number, nowMs = 0): void => {
  const others = { hostUs: 0, boardUs: 0, heldUs: 0, worstUs: 0, jitterUs: 0, missed: 0, badFrames: 0 };
  receiver.pulseBack({ kind: "pulse-back", ...others, oldestTick, nextTick }, nowMs);
};

const gone = (tick: number, count: number, nowMs = 0): void => {
  receiver.gone({ kind: "gone", tick, count }, nowMs);
};

beforeEach(() => {
  told = [];
  asked = [];
  receiver = new TelemetryReceiver({
    sizes: SIZES,
    ringTicks: RING_TICKS,
    send: (message) => asked.push(message),
    onTick: ({ tick }) => told.push(tick),
    onGap: (gap) => told.push({ ...gap }),
  });
});

it("takes no late tick of lock-step for one of the ring", () => {
  pulseBack(0, 0);
  receiver.receive(encodeTickRecords([{ ...record(0), circumstances: ["observed", "lock-step"] }]), 0);
  expect(told).toEqual([]);
  receive([0]);
  expect(told).toEqual([0]);
});

describe("where it begins", () => {
  it("is with the oldest tick that the board has, once a pulse was answered", () => {
    expect([receiver.window, receiver.acknowledged]).toEqual([0, 0]);
    receive([6]);
    pulseBack(5, 8);
    expect([receiver.window, receiver.acknowledged, receiver.outstanding]).toEqual([1024, 5, 3]);
    receive([5, 6, 7]);
    pulseBack(6, 8);
    expect([told, receiver.acknowledged, receiver.outstanding]).toEqual([[5, 6, 7], 8, 0]);
    expect(asked).toEqual([]);
  });
});

describe("where it begins, while the ring turns", () => {
  it("is with what is left: nothing that was lost before is a gap", () => {
    pulseBack(5, 8);
    receive([7]);
    gone(5, 2);
    receive([9]);
    gone(8, 1);
    expect(told).toEqual([7, { tick: 8, count: 1 }, 9]);
  });
});

describe("what arrives", () => {
  beforeEach(() => {
    pulseBack(0, 0);
  });

  it("is told in order, once, whole", () => {
    const records: TickRecord[] = [];
    receiver = new TelemetryReceiver({ sizes: SIZES, ringTicks: 1, send: () => 0, onTick: (each) => records.push(each), onGap: () => 0 });
    pulseBack(0, 0);
    receive([1]);
    receiver.receive(encodeTickRecords([record(0, 77)]), 0);
    receive([0, 1, 1, 2, 0]);
    expect(records).toEqual([record(0, 77), record(1), record(2)]);
  });

  it("may be no records at all, or cut short", () => {
    expect([receive([]), receive([0])]).toEqual([true, true]);
    expect(receiver.receive(encodeTickRecords([record(1)]).subarray(1), 0)).toBe(false);
    expect(told).toEqual([0]);
  });

  it("is held back behind what is missing, which is asked for at once, and once", () => {
    receive([0, 3, 4], 10);
    receive([5], 20);
    receiver.turn(30);
    expect([told, asked]).toEqual([[0], [{ kind: "refill", tick: 1, count: 2 }]]);
    receive([1, 2], 40);
    expect([told, asked.length]).toEqual([[0, 1, 2, 3, 4, 5], 1]);
  });

  it("is asked for in order where several pieces are missing", () => {
    receive([2, 5], 10);
    receive([0, 1], 20);
    receive([3, 4], 30);
    expect(told).toEqual([0, 1, 2, 3, 4, 5]);
    expect(asked.map(({ tick, count }) => [tick, count])).toEqual([
      [0, 2],
      [3, 2],
    ]);
  });

  it("is asked for at once where the answer has a hole, too", () => {
    receive([9], 10);
    receive([4], 20);
    expect(asked.map(({ tick, count }) => [tick, count])).toEqual([
      [0, 9],
      [0, 4],
    ]);
  });

  it("is asked for again when nothing moves, less and less often", () => {
    receive([1], 0);
    for (let nowMs = 0; nowMs <= 8000; nowMs += 20) receiver.turn(nowMs);
    expect(asked).toHaveLength(8); // at 0, 200, 600, 1400, 3000, 4600, 6200 and 7800
  });

  it("is asked for when only the board's word says that it exists", () => {
    pulseBack(0, 2, 1000);
    receiver.turn(1190);
    expect(asked).toEqual([]);
    receiver.turn(1200);
    expect(asked).toEqual([{ kind: "refill", tick: 0, count: 2 }]);
    receive([0], 1300);
    receiver.turn(1490);
    expect(asked).toHaveLength(1);
    receiver.turn(1500);
    expect(asked[1]).toEqual({ kind: "refill", tick: 1, count: 1 });
  });

  it("is let go of where it is too much to hold, and asked for later: memory is bounded", () => {
    for (let tick = 1; tick < 5000; tick++) receive([tick], 0);
    receive([0], 0);
    expect(told).toHaveLength(1 + RING_TICKS + receiver.window);
    expect(asked.at(-1)).toEqual({ kind: "refill", tick: 0, count: 1 });
  });

  it("is no tick of this board when it is further ahead than the board can be", () => {
    receive([0, 1_000_000], 0);
    expect([told, receiver.outstanding, asked]).toEqual([[0], 0, []]);
  });

  it("wraps", () => {
    receiver.restart();
    told = [];
    pulseBack(0, 0);
    receiver = new TelemetryReceiver({
      sizes: SIZES,
      ringTicks: RING_TICKS,
      send: (message) => asked.push(message),
      onTick: ({ tick }) => told.push(tick),
      onGap: (gap) => told.push(gap),
    });
    pulseBack(0xfffffffe, 0xffffffff);
    receive([-2, 1]);
    expect(asked).toEqual([{ kind: "refill", tick: 0xffffffff, count: 2 }]);
    gone(0xffffffff, 2);
    expect(told).toEqual([0xfffffffe, { tick: 0xffffffff, count: 2 }, 1]);
    expect(receiver.acknowledged).toBe(2);
  });
});

describe("what is gone", () => {
  beforeEach(() => {
    pulseBack(0, 0);
  });

  it("is a gap, told of in its turn", () => {
    receive([0, 10], 0);
    gone(5, 3, 0);
    expect(told).toEqual([0]);
    receive([1, 2, 3, 4], 0);
    expect(told).toEqual([0, 1, 2, 3, 4, { tick: 5, count: 3 }]);
    gone(8, 2, 0);
    expect(told).toEqual([0, 1, 2, 3, 4, { tick: 5, count: 3 }, { tick: 8, count: 2 }, 10]);
  });

  it("is what did not arrive all the same", () => {
    receive([0, 2, 4, 6], 0);
    gone(1, 5, 0);
    expect(told).toEqual([0, { tick: 1, count: 1 }, 2, { tick: 3, count: 1 }, 4, { tick: 5, count: 1 }, 6]);
  });

  it("stays gone when it arrives later", () => {
    receive([0, 2], 0);
    gone(1, 1, 0);
    receive([1], 0);
    expect(told).toEqual([0, { tick: 1, count: 1 }, 2]);
  });

  it("is nothing that the board has not spoken of", () => {
    gone(0, 5, 0);
    expect(told).toEqual([]);
  });
});

describe("an end", () => {
  it("leaves no tick unaccounted for", () => {
    pulseBack(0, 0);
    receive([0, 2, 4], 0);
    pulseBack(0, 7, 0);
    receiver.finish();
    expect(told).toEqual([0, { tick: 1, count: 1 }, 2, { tick: 3, count: 1 }, 4, { tick: 5, count: 2 }]);
    expect(receiver.outstanding).toBe(0);
  });

  it("is not the end when the board was reset: its ticks begin at 0 again", () => {
    pulseBack(0, 0);
    receive([0, 2], 0);
    receiver.restart();
    pulseBack(1, 3, 10);
    receive([1, 2], 20);
    gone(0, 1, 30);
    expect(told).toEqual([0, { tick: 1, count: 1 }, 2, { tick: 0, count: 1 }, 1, 2]);
  });
});
