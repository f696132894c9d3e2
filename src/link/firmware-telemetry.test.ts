// Telemetry from end to end: the firmware's ring and agent on the test bench, a line of some baud, the host's receiver and clock.

import { beforeAll, describe, expect, it } from "vitest";
import { at } from "../core/assert.ts";
import type { Message, TickRecord } from "./messages.generated.ts";
import { act, buildFirmware, PERIOD_US, setMode, type Machine } from "./testing/firmware-bench.ts";
import { TelemetryLine, type LineOptions } from "./testing/telemetry-line.ts";

const RING_TICKS = 64;
/** More than a line of 2,000,000 baud takes in two seconds. */
const LARGE_RING_TICKS = 14_000;
const PERIOD_MS = PERIOD_US / 1000;

let machine: Machine;
let large: Machine;

beforeAll(async () => {
  machine = await buildFirmware("agent", [`ROBOT_RING_TICKS=${RING_TICKS}u`]);
  large = await buildFirmware("agent", [`ROBOT_RING_TICKS=${LARGE_RING_TICKS}u`]);
});

function lineOf(options: Partial<LineOptions> = {}): TelemetryLine {
  return new TelemetryLine(machine, { baud: 115_200, ringTicks: RING_TICKS, ...options });
}

const numbersOf = (records: readonly TickRecord[]): number[] => records.map(({ tick }) => tick);
const range = (from: number, end: number): number[] => Array.from({ length: end - from }, (_, index) => from + index);

/** Every tick from the first told of on, once and in order, records and gaps together. @returns the number of the next one. */
function accountedFor(line: TelemetryLine): number {
  const pieces = [...line.records.map(({ tick }) => ({ tick, count: 1 })), ...line.gaps].sort((left, right) => left.tick - right.tick);
  return pieces.reduce((expected, { tick, count }) => {
    expect(tick).toBe(expected);
    return tick + count;
  }, at(pieces, 0).tick);
}

describe("telemetry of a board", () => {
  it("arrives whole: each tick, what was sensed, inferred and done, and when", () => {
    const line = lineOf();
    line.send(setMode("auto", "sensors"));
    line.pass(2050);
    expect(numbersOf(line.records)).toEqual(range(0, 20));
    expect(line.gaps).toEqual([]);
    expect(line.records.at(-1)).toMatchObject({ mode: "auto", actor: "policy", faults: [], circumstances: ["observed", "inferred"] });
    const times = line.records.map(({ timeUs }) => line.clock.boardToHost(timeUs) ?? NaN);
    expect(times.map((time) => time - at(times, 0))).toEqual(range(0, 20).map((tick) => tick * PERIOD_US));
  });

  it("says when each tick was, by the host's clock, to less than a tick, and how long a message takes", () => {
    for (const baud of [9600, 115_200, 2_000_000]) {
      const line = lineOf({ baud });
      line.pass(3000);
      const error = (line.clock.boardToHost(line.bench.get("nowUs")) ?? NaN) - line.nowUs;
      // 16 bytes there and 42 back, on a slow line behind some that the transmitter holds: the ways differ.
      expect(Math.abs(error)).toBeLessThan(baud === 9600 ? PERIOD_US / 2 : 5000);
      expect(line.clock.latencyUs).toBeGreaterThan((10e6 * 58) / baud / 2 - 4000);
      expect(line.clock.latencyUs).toBeLessThan((10e6 * (58 + 64)) / baud / 2 + 4000);
    }
  });

  it("repairs what the line loses", () => {
    const line = lineOf();
    let frames = 0;
    line.loses = () => frames++ % 3 === 0;
    line.pass(20_000);
    expect(line.gaps).toEqual([]);
    expect(accountedFor(line)).toBeGreaterThan(190);
  });

  it("goes on after an outage as long as the ring, without a gap", () => {
    const line = lineOf();
    line.pass(2000);
    line.down = true;
    line.pass((RING_TICKS - 2) * PERIOD_MS);
    line.down = false;
    line.pass(1000);
    expect(line.gaps).toEqual([]);
    expect(accountedFor(line)).toBeGreaterThan(RING_TICKS + 20);
  });

  it("names what the ring did not have any more, and goes on", () => {
    const line = lineOf();
    line.pass(2000);
    const before = line.records.length;
    line.down = true;
    line.pass((RING_TICKS + 30) * PERIOD_MS);
    line.down = false;
    line.pass(1000);
    expect(line.gaps).toHaveLength(1);
    const { tick, count } = at(line.gaps, 0);
    expect(tick).toBe(before);
    expect(count).toBeGreaterThanOrEqual(29);
    expect(count).toBeLessThanOrEqual(32);
    expect(accountedFor(line)).toBe(line.receiver.acknowledged);
    expect(line.receiver.outstanding).toBe(0);
  });

  it("has the half ring before a takeover, however long the outage", () => {
    const line = lineOf();
    line.send(setMode("assist", "sensors"));
    line.pass(2050);
    line.loses = () => true;
    line.pass(6000);
    const takeover = Math.floor(line.bench.get("nowUs") / PERIOD_US); // the next tick
    line.send(act(0.5));
    line.pass(3 * RING_TICKS * PERIOD_MS);
    line.loses = () => false;
    line.pass(2000);
    expect(accountedFor(line)).toBe(line.receiver.acknowledged);
    const before = line.records.filter(({ tick }) => tick >= takeover - RING_TICKS / 2 && tick < takeover);
    expect(before.map(({ actor }) => actor)).toEqual(Array<string>(RING_TICKS / 2).fill("policy"));
    expect(line.gaps.map(({ tick }) => tick)).toEqual([20, takeover, 3 * takeover]);
  });

  it("stops when nobody listens, and goes on from what was acknowledged", () => {
    const line = lineOf({ pulseMs: null });
    line.pulse();
    line.pass(150);
    line.pulse();
    line.pass(400);
    expect(numbersOf(line.records)).toEqual(range(0, 5));
    line.pass(3000);
    expect(numbersOf(line.records)).toEqual(range(0, 6)); // 500 ms after the last pulse
    const bytes = line.lineBytes;
    line.pass(3000);
    expect(line.lineBytes).toBe(bytes);
    line.pulse();
    line.pass(500);
    expect(line.gaps).toEqual([]);
    expect(accountedFor(line)).toBeGreaterThan(60);
  });

  it("begins again when the board was reset, and what was on its way is a gap", () => {
    const line = lineOf();
    line.pass(2050);
    line.loses = (message) => message.kind === "ticks";
    line.pass(500);
    const first = line.records.length;
    line.loses = () => false;
    line.reboot();
    line.pass(1000);
    expect(line.gaps[0]).toMatchObject({ tick: first });
    expect(numbersOf(line.records).slice(first)).toEqual(range(0, line.records.length - first));
  });

  it("does not keep the host from being heard: a stop is answered between two frames", () => {
    const line = lineOf({ baud: 9600 });
    line.bench.pass(RING_TICKS * PERIOD_US);
    line.pass(1000);
    line.send({ kind: "stop" });
    line.pass(300);
    expect(line.others.some((message: Message) => message.kind === "mode" && message.reason === "stop")).toBe(true);
  });
});

describe("the line's rate", () => {
  it.each([9600, 115_200, 1_000_000, 2_000_000])("is used for nine parts in ten or more by records, pulses and all, at %d baud", (baud) => {
    const line = new TelemetryLine(large, { baud, ringTicks: LARGE_RING_TICKS, stepUs: baud > 200_000 ? 100 : 1000 });
    line.bench.pass((LARGE_RING_TICKS - 300) * PERIOD_US, PERIOD_US);
    line.pass(500);
    const before = line.recordBytes;
    const seconds = baud > 200_000 ? 1 : 20;
    line.pass(1000 * seconds);
    expect(line.receiver.outstanding).toBeGreaterThan(1000); // the ring never ran empty
    expect(line.gaps).toEqual([]);
    const share = (line.recordBytes - before) / ((baud / 10) * seconds);
    expect(share).toBeGreaterThan(0.9);
  });

  it("of 9,600 baud is enough for a robot of four ranges at 9 Hz, on a line that loses a frame in fifty", () => {
    // That robot's records have 45 bytes. This one's have 32, at 10 Hz: four fifths as much, so it gets less of a line, too.
    const line = lineOf({ baud: 7500 });
    let frames = 0;
    line.loses = () => ++frames % 50 === 0;
    line.pass(120_000);
    expect(line.gaps).toEqual([]);
    expect(accountedFor(line)).toBeGreaterThan(1000);
  });
});
