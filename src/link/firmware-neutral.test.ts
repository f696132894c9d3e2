// The table "Neutral, and when" of PROTOCOL.md, row by row, with a motor that needs several ticks from one end to the other.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TELEOP_TICKS, type Mode } from "./messages.generated.ts";
import { act, Bench, buildFirmware, LINK_TIMEOUT_US, PERIOD_US, setMode, type Machine } from "./testing/firmware-bench.ts";

/** A tick. */
const SLEW = 0.25;
const NEUTRAL = -0.5;
/** ROBOT_NEUTRAL_TICKS of such a motor: from 1, the farther end. */
const NEUTRAL_TICKS = 6;
const STALE_TICKS = 2;

let agent: Machine;
let autonomous: Machine;
let bench: Bench;

beforeAll(async () => {
  agent = await buildFirmware("agent");
  autonomous = await buildFirmware("agent", ["ROBOT_AUTONOMOUS=1"]);
});

const pulse = (): void => {
  bench.send({ kind: "pulse", hostUs: 0, acknowledged: 0, window: 0 });
};

/** The motor at its end, after some ticks of driving. */
function driveFully(mode: Mode, machine: Machine): void {
  bench = new Bench(machine, { slew: SLEW, neutral: NEUTRAL, distance: 2 });
  bench.send(setMode(mode, "sensors"));
  for (let tick = 0; tick < 8; tick++) driveOn(mode);
  expect(bench.get("motor")).toBe(1);
}

/** A tick with a host that does its part. */
function driveOn(mode: Mode): void {
  pulse();
  if (mode === "teleop" || mode === "shadow") bench.send(act(1));
  bench.pass(PERIOD_US);
}

/** How many ticks it is until the motor is told to go towards neutral, and until it is there; beyond 20: never. */
function ticksToNeutral(tick: () => void): { readonly turned: number; readonly there: number } {
  let turned = 0;
  let there = 0;
  for (let ticks = 0; ticks <= 20 && bench.get("motor") !== NEUTRAL; ticks++) {
    const before = bench.get("motor");
    tick();
    there++;
    if (bench.get("motor") >= before) turned = there;
  }
  return { turned, there };
}

/** The first tick is the one in which the action is neutral: the slew takes the others. */
const within = (ticks: number): object => ({ turned: ticks - 1, there: ticks - 1 + NEUTRAL_TICKS });

it("boots into it at once, whatever the slew", () => {
  bench = new Bench(agent, { slew: SLEW, neutral: NEUTRAL });
  expect(bench.get("motor")).toBe(NEUTRAL);
});

describe.each(["teleop", "auto", "assist", "shadow"] as const)("in %s the motor is at neutral", (mode) => {
  beforeEach(() => {
    driveFully(mode, agent);
  });

  const idle = (): void => {
    bench.pass(PERIOD_US);
  };

  it.each(["stop", "set-mode safe", "lock-step"])("at once towards it after %s, and there within the slew's ticks", (how) => {
    bench.send(how === "stop" ? { kind: "stop" } : setMode(how === "lock-step" ? mode : "safe", how === "lock-step" ? "host" : "sensors"));
    expect(bench.get("motor")).toBe(1 - SLEW);
    expect(ticksToNeutral(idle).there).toBe(NEUTRAL_TICKS - 1);
  });

  it("no faster for many stops between two ticks", () => {
    for (let times = 0; times < 5; times++) bench.send({ kind: "stop" });
    expect(bench.get("motor")).toBe(1 - SLEW);
  });

  it("no faster for stops between the ticks of lock-step", () => {
    bench.send(setMode(mode, "host"));
    for (let tick = 0; tick < 5; tick++) {
      bench.observe(tick);
      bench.send({ kind: "stop" });
    }
    expect(bench.get("motor")).toBe(1 - SLEW);
  });

  it("no later when host and board change places all the time", () => {
    let toHost = true;
    const { there } = ticksToNeutral(() => {
      for (let part = 0; part < 4; part++) {
        bench.send(setMode(toHost ? "auto" : "safe", toHost ? "host" : "sensors"));
        toHost = !toHost;
        bench.pass(PERIOD_US / 4);
      }
    });
    expect(there).toBeLessThanOrEqual(NEUTRAL_TICKS);
  });

  it("at once towards it when the host has fallen silent for the timeout", () => {
    pulse();
    bench.pass(LINK_TIMEOUT_US);
    // In teleop and shadow the host's action has run out before.
    const before = bench.get("motor");
    bench.pass(1000);
    expect(bench.get("motor")).toBe(Math.max(NEUTRAL, before - SLEW));
    bench.pass(PERIOD_US - 1000);
    expect(ticksToNeutral(idle).there).toBeLessThanOrEqual(NEUTRAL_TICKS - 2);
  });

  const onward = (): void => {
    driveOn(mode);
  };

  it("N + 1 ticks after the last reading", () => {
    bench.set({ sensorWorks: 0 });
    expect(ticksToNeutral(onward)).toEqual(within(STALE_TICKS + 1));
  });

  it.each([NaN, 2.5])("that tick for an observation of %d", (distance) => {
    bench.set({ distance });
    expect(ticksToNeutral(onward)).toEqual(within(1));
  });

  it.each(["readUs", "actUs"] as const)("the second tick that misses its deadline by %s", (what) => {
    bench.set({ [what]: PERIOD_US + 1000 });
    onward();
    expect(bench.get("motor")).toBe(1);
    bench.set({ [what]: PERIOD_US + 1000 });
    onward();
    expect(bench.get("motor")).toBe(1 - SLEW);
    bench.set({ [what]: 0 });
    expect(ticksToNeutral(onward).there).toBe(NEUTRAL_TICKS - 1);
  });

  if (mode === "auto" || mode === "assist")
    it("that tick when the policy fails", () => {
      bench.set({ policyWorks: 0 });
      expect(ticksToNeutral(onward)).toEqual(within(1));
    });

  if (mode === "teleop" || mode === "shadow")
    it("teleop_ticks + 1 after the host's last action", () => {
      const silent = (): void => {
        pulse();
        bench.pass(PERIOD_US);
      };
      bench.send(act(1));
      expect(ticksToNeutral(silent)).toEqual(within(TELEOP_TICKS + 1));
    });

  if (mode === "assist")
    it("teleop_ticks + 1 after the last action of a host that took over", () => {
      bench.send(act(1));
      const silent = (): void => {
        pulse();
        bench.pass(PERIOD_US);
      };
      expect(ticksToNeutral(silent)).toEqual(within(TELEOP_TICKS + 1));
    });
});

describe("an autonomous robot without its host", () => {
  it("drives on in auto", () => {
    driveFully("auto", autonomous);
    for (let tick = 0; tick < 50; tick++) bench.pass(PERIOD_US);
    expect(bench.get("motor")).toBe(1);
  });

  it.each(["teleop", "assist", "shadow"] as const)("stands in %s", (mode) => {
    driveFully(mode, autonomous);
    for (let tick = 0; tick < LINK_TIMEOUT_US / PERIOD_US + NEUTRAL_TICKS; tick++) bench.pass(PERIOD_US);
    expect(bench.get("motor")).toBe(NEUTRAL);
  });
});
