import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { ClockSync } from "./clock.ts";
import type { PulseBackMessage } from "./messages.generated.ts";

/** A board whose clock began at some moment and runs a little fast or slow. */
interface Board {
  /** Its clock at the host's time 0. */
  readonly startUs: number;
  readonly rate: number;
  readonly periodUs: number;
}

const boardUs = (board: Board, hostUs: number): number => board.startUs + hostUs * board.rate;

/** One pulse to the board and back. @returns when the answer is here. */
function pulse(clock: ClockSync, board: Board, sentUs: number, there: number, held: number, back: number): [PulseBackMessage, number] {
  const readUs = boardUs(board, sentUs + there);
  const message: PulseBackMessage = {
    kind: "pulse-back",
    ...clock.pulse(sentUs),
    boardUs: Math.floor(readUs) >>> 0,
    heldUs: Math.floor(held * board.rate),
    nextTick: Math.floor(readUs / board.periodUs) >>> 0,
    oldestTick: 0,
    worstUs: 0,
    jitterUs: 0,
    missed: 0,
    badFrames: 0,
  };
  return [message, sentUs + there + held + back];
}

let clock: ClockSync;

beforeEach(() => {
  clock = new ClockSync();
});

describe("the two clocks", () => {
  const board: Board = { startUs: 5_000_000, rate: 1, periodUs: 100_000 };

  it("are strangers before the first answer", () => {
    expect([clock.latencyUs, clock.offsetUs, clock.boardToHost(1)]).toEqual([null, null, null]);
  });

  it("agree after one pulse; what the answer waited for the line does not count", () => {
    clock.answer(...pulse(clock, board, 1000, 300, 70_000, 300));
    expect([clock.latencyUs, clock.offsetUs]).toEqual([300, 5_000_000]);
    expect(clock.boardToHost(5_000_123)).toBe(123);
  });

  it("agree best by the shortest round trip", () => {
    clock.answer(...pulse(clock, board, 1000, 300, 0, 300));
    clock.answer(...pulse(clock, board, 101_000, 300, 0, 40_000));
    expect([clock.latencyUs, clock.offsetUs]).toEqual([300, 5_000_000]);
  });

  it("take no answer that is older than the last, doubled, or to no pulse of this session", () => {
    const late = pulse(clock, board, 1000, 300, 0, 900_000);
    const again = pulse(clock, board, 101_000, 300, 0, 300);
    clock.answer(...again);
    clock.answer(...late);
    clock.answer(...again);
    const [message, nowUs] = pulse(clock, board, 200_000, 100, 0, 100);
    clock.answer({ ...message, hostUs: message.hostUs - 100_000_000 + 2 ** 32 }, nowUs);
    clock.answer({ ...message, heldUs: 10_000 }, nowUs);
    expect([clock.latencyUs, clock.offsetUs]).toEqual([300, 5_000_000]);
  });

  it("agree when they wrap, both of them", () => {
    for (const hostUs of [2 ** 32 - 1_000_000, 2 ** 32 + 1_000_000, 3 * 2 ** 32]) {
      clock = new ClockSync();
      for (const startUs of [2 ** 32 - 500_000 - hostUs, 12_345]) {
        const wrapping = { ...board, startUs };
        for (let sentUs = hostUs; sentUs < hostUs + 2_000_000; sentUs += 100_000)
          clock.answer(...pulse(clock, wrapping, sentUs, 200, 0, 200));
        const whenUs = hostUs + 1_000_000;
        expect(clock.boardToHost(boardUs(wrapping, whenUs) % 2 ** 32)).toBe(whenUs);
        clock.restart();
      }
    }
  });

  it("agree to less than a tick with 100 ppm of drift and a line that jitters", () => {
    const scenarios = fc.record({
      seed: fc.nat(),
      rate: fc.double({ min: 1 - 100e-6, max: 1 + 100e-6, noNaN: true }),
      startUs: fc.nat(2 ** 32 - 1),
      shortestUs: fc.integer({ min: 50, max: 40_000 }),
      // A robot at 1 kHz on USB, one at 20 Hz on a radio.
      periodUs: fc.constantFrom(1000, 50_000),
    });
    fc.assert(
      fc.property(scenarios, ({ seed, rate, startUs, shortestUs, periodUs }) => {
        const drifting: Board = { startUs, rate, periodUs };
        const random = new Random(seed);
        const delayUs = (): number => shortestUs + periodUs * random.next();
        const sync = new ClockSync();
        for (let sentUs = 1e9; sentUs < 1e9 + 60e6; sentUs += 125_000) {
          const [message, nowUs] = pulse(sync, drifting, sentUs, delayUs(), 3000 * random.next(), delayUs());
          expect(sync.restarted(message, nowUs)).toBe(false);
          sync.answer(message, nowUs);
          const tickUs = nowUs - periodUs;
          expect(Math.abs((sync.boardToHost(boardUs(drifting, tickUs) % 2 ** 32) ?? 0) - tickUs)).toBeLessThan(periodUs);
          expect(sync.latencyUs).toBeGreaterThanOrEqual(shortestUs - 1);
          expect(sync.latencyUs).toBeLessThan(shortestUs + periodUs);
        }
      }),
      { numRuns: 20 },
    );
  });
});

it("takes a young board that fell behind while no pulses went out for itself, unless its ticks ran back", () => {
  const sync = new ClockSync();
  const young: Board = { startUs: 300_000, rate: 1, periodUs: 20_000 };
  sync.answer(...pulse(sync, young, 0, 2000, 0, 2000));
  const behind: Board = { ...young, startUs: -200_000 };
  const [message, nowUs] = pulse(sync, behind, 1_000_000, 2000, 0, 2000);
  expect(sync.restarted(message, nowUs)).toBe(true);
  sync.pause();
  expect(sync.restarted(message, nowUs)).toBe(false);
  expect(sync.restarted({ ...message, nextTick: 0 }, nowUs)).toBe(true);
  sync.answer(message, nowUs);
  expect(sync.boardToHost(message.boardUs)).toBeCloseTo(1_002_000, -3);
});

describe("a board that was reset", () => {
  const board: Board = { startUs: 60_000_000, rate: 1, periodUs: 100_000 };
  /** Booted at this host's time. */
  const rebooted = (hostUs: number): Board => ({ ...board, startUs: -hostUs });

  beforeEach(() => {
    for (let sentUs = 0; sentUs < 2_000_000; sentUs += 100_000) {
      const answer = pulse(clock, board, sentUs, 2000, 0, 2000);
      expect(clock.restarted(...answer)).toBe(false);
      clock.answer(...answer);
    }
  });

  it("is believed when it says so, unless its clock shows that it has long said it", () => {
    expect(clock.restarted(...pulse(clock, board, 2_000_000, 2000, 0, 2000), true)).toBe(false);
    expect(clock.restarted(...pulse(clock, rebooted(1_950_000), 2_000_000, 2000, 0, 2000), true)).toBe(true);
    expect(new ClockSync().restarted(...pulse(clock, board, 2_000_000, 2000, 0, 2000), true)).toBe(true);
  });

  it("shows by its ticks, which begin again", () => {
    expect(clock.restarted(...pulse(clock, rebooted(2_000_000), 2_200_000, 2000, 0, 2000))).toBe(true);
  });

  it("shows by its clock, even where it has counted further than before", () => {
    const answer = pulse(clock, rebooted(3_000_000), 70_000_000, 2000, 0, 2000);
    expect(answer[0].nextTick).toBeGreaterThan(620);
    expect(clock.restarted(...answer)).toBe(true);
    clock.restart();
    clock.answer(...answer);
    expect(clock.restarted(...pulse(clock, rebooted(3_000_000), 70_100_000, 2000, 0, 2000))).toBe(false);
  });

  it("is not one whose line was down for long", () => {
    expect(clock.restarted(...pulse(clock, board, 1000_000_000, 2000, 0, 2000))).toBe(false);
  });

  it("is not one whose answer is late or doubled", () => {
    const early = pulse(clock, board, 2_000_000, 2000, 0, 2000);
    clock.answer(...pulse(clock, board, 2_500_000, 2000, 0, 2000));
    expect(clock.restarted(...early)).toBe(false);
  });

  it("is not one that is emulated at an eighth of its speed", () => {
    const slow: Board = { startUs: 1000, rate: 1 / 8, periodUs: 10_000 };
    clock = new ClockSync();
    for (let sentUs = 0; sentUs < 20_000_000; sentUs += 125_000) {
      const answer = pulse(clock, slow, sentUs, 2000, 0, 2000);
      expect(clock.restarted(...answer)).toBe(false);
      clock.answer(...answer);
    }
    const last = 20_000_000 - 125_000;
    expect(Math.abs((clock.boardToHost(boardUs(slow, last)) ?? 0) - last)).toBeLessThan(10_000);
  });
});
