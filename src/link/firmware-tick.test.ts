// A tick of the C firmware: what it reads, infers, does and reports, in lock-step and by its own sensors.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TELEOP_TICKS, type Message, type ModeMessage, type PulseBackMessage, type TickRecord } from "./messages.generated.ts";
import {
  act,
  Bench,
  buildFirmware,
  modeIs,
  motorBlob,
  motorOf,
  observation,
  PERIOD_US,
  recordsIn,
  setMode,
  type Machine,
} from "./testing/firmware-bench.ts";

const NOTHING = new Int8Array(2);

let agent: Machine;
let bench: Bench;
/** What came from the board while time passed. */
let heard: Message[];

beforeAll(async () => {
  agent = await buildFirmware("agent");
});

beforeEach(() => {
  bench = new Bench(agent);
  heard = [];
});

/** Lets so many periods pass with a host that listens. @returns the ticks. */
function drive(periods: number, stepUs = 1000): TickRecord[] {
  const before = heard.length;
  for (let period = 0; period < periods; period++) {
    bench.send({ kind: "pulse", hostUs: 0, acknowledged: recordsIn(heard).length, window: 1000 });
    bench.pass(PERIOD_US, stepUs);
    heard.push(...bench.take());
  }
  return recordsIn(heard.slice(before));
}

function pulseBack(): PulseBackMessage {
  const found = bench.ask({ kind: "pulse", hostUs: 0, acknowledged: 0, window: 0 }).find((message) => message.kind === "pulse-back");
  return found as PulseBackMessage;
}

const modesHeard = (): ModeMessage[] => heard.filter((message) => message.kind === "mode");

describe("boot", () => {
  it("is neutral before anything else, in safe, and says so behind a zero", () => {
    bench = new Bench(agent, { neutral: -0.5, slew: 0.01 });
    expect(bench.get("motor")).toBe(-0.5);
    expect(bench.get("acts")).toBe(1);
    expect(bench.takeBytes()[0]).toBe(0);
    bench = new Bench(agent);
    expect(bench.take()).toEqual([modeIs("safe", "sensors", "boot")]);
  });

  it("stays neutral, runs no policy and says nothing while nobody listens", () => {
    bench.take();
    const inferences = bench.get("inferences");
    bench.pass(20 * PERIOD_US);
    expect(bench.get("motor")).toBe(0);
    expect(bench.get("inferences")).toBe(inferences);
    expect(bench.takeBytes()).toHaveLength(0);
  });

  it("feeds the watchdog once a poll", () => {
    for (let polls = 1; polls <= 10; polls++) {
      bench.poll();
      expect(bench.get("alive")).toBe(polls);
    }
  });

  it("works for a robot that has no expert on board", async () => {
    bench = new Bench(await buildFirmware("agent", ["NO_EXPERT"]), { expertDrives: 1, expertMotor: 1 });
    bench.ask(setMode("assist", "host"));
    expect(bench.observe(1)).toMatchObject({ actor: "policy", circumstances: ["observed", "inferred", "lock-step", "afresh"] });
  });
});

describe("lock-step", () => {
  beforeEach(() => {
    bench.ask(setMode("auto", "host"));
  });

  it("answers each observation with the whole tick", () => {
    bench.set({ nowUs: 5, policyUs: 7 });
    expect(bench.observe(41, 1, 1)).toEqual({
      tick: 41,
      timeUs: 5,
      inferUs: 7,
      busyUs: 7,
      mode: "auto",
      actor: "policy",
      faults: [],
      circumstances: ["observed", "inferred", "lock-step", "afresh"],
      input: Int8Array.of(60, 1),
      output: Int8Array.of(60),
      observation: observation(1, 1),
      action: motorBlob(0.6),
    });
  });

  it("leaves the motor at rest, however long it lasts, and the sensors unread", () => {
    bench.set({ readUs: 1 });
    for (let tick = 0; tick < 50; tick++) bench.observe(tick);
    expect(bench.get("nowUs")).toBe(0);
    bench.pass(3_000_000);
    expect(bench.observe(50)).toMatchObject({ mode: "auto", actor: "policy" });
    expect(bench.get("motor")).toBe(0);
  });

  it("is for the moment what counts: nothing goes to the ring", () => {
    for (let tick = 0; tick < 5; tick++) bench.observe(tick);
    expect(pulseBack()).toMatchObject({ nextTick: 0, oldestTick: 0 });
  });

  it("computes a tick once, however often it is asked for", () => {
    const before = bench.get("inferences");
    const first = bench.observe(3, 0.5);
    expect(bench.observe(3, 1.5)).toEqual(first);
    // Nor does it help to ask for the mode again: a host that lost the line does, and then asks for its tick.
    bench.ask(setMode("auto", "host"));
    expect(bench.observe(3, 1.5)).toEqual(first);
    expect(bench.get("inferences")).toBe(before + 1);
    bench.ask(setMode("shadow", "host"));
    expect(bench.observe(3, 1.5).output).toEqual(Int8Array.of(90));
  });

  it.each([
    [NaN, 0, "not-a-number"],
    [2.5, 0, "out-of-range"],
    [-0.1, 0, "out-of-range"],
    [1, 255, "out-of-range"],
  ])("is neutral for a distance of %d and a bumper of %d, says why, and drives on after it", (distance, bumper, fault) => {
    bench.observe(0);
    const tick = bench.observe(1, distance, bumper);
    expect(tick).toMatchObject({ mode: "auto", actor: "neutral", faults: [fault], circumstances: ["observed", "lock-step"] });
    expect(tick).toMatchObject({ observation: observation(distance, bumper), input: NOTHING, output: Int8Array.of(0) });
    expect(motorOf(tick)).toBe(0);
    expect(bench.observe(2)).toMatchObject({ actor: "policy", faults: [] });
  });

  it("limits what the policy wants, its slew from tick to tick and from neutral on", () => {
    expect(motorOf(bench.observe(1, 2))).toBe(1);
    bench.set({ slew: 0.25 });
    expect([2, 3, 4, 5].map((tick) => motorOf(bench.observe(tick, 0)))).toEqual([0.75, 0.5, 0.25, 0]);
    bench.ask(setMode("auto", "sensors"));
    bench.ask(setMode("auto", "host"));
    expect([6, 7].map((tick) => motorOf(bench.observe(tick, 2)))).toEqual([0.25, 0.5]);
    bench.ask({ kind: "stop" });
    expect([8, 9, 10].map((tick) => motorOf(bench.observe(tick, 2)))).toEqual([0.25, 0, 0]);
  });

  it("ends in safe when the policy fails, and tells the mode before the tick", () => {
    bench.set({ policyWorks: 0 });
    const answers = bench.ask({ kind: "observe", tick: 1, observation: observation(1) });
    expect(answers.map(({ kind }) => kind)).toEqual(["mode", "ticks"]);
    expect(answers[0]).toEqual(modeIs("safe", "host", "policy-failed"));
    expect(recordsIn(answers)).toMatchObject([
      {
        mode: "safe",
        actor: "neutral",
        faults: ["policy-failed"],
        circumstances: ["observed", "lock-step"],
        action: motorBlob(0),
        input: NOTHING,
      },
    ]);
    bench.set({ policyWorks: 1 });
    expect(bench.observe(2)).toMatchObject({ mode: "safe", actor: "neutral", faults: [] });
  });

  it("counts the host's silence in teleop by ticks", () => {
    bench.ask(setMode("teleop", "host"));
    expect(bench.observe(0)).toMatchObject({ actor: "neutral", faults: ["link-lost"] });
    bench.ask(act(0.25));
    const driven = Array.from({ length: TELEOP_TICKS }, (_, tick) => bench.observe(1 + tick));
    for (const tick of driven) expect(tick).toMatchObject({ actor: "expert", faults: [], action: motorBlob(0.25) });
    expect(bench.observe(9)).toMatchObject({ mode: "teleop", actor: "neutral", faults: ["link-lost"], action: motorBlob(0) });
    bench.ask(act(-5));
    expect(bench.observe(10)).toMatchObject({ actor: "expert", action: motorBlob(-1) });
  });

  it("takes no action from before the mode was set", () => {
    bench.ask(setMode("teleop", "host"));
    bench.ask(act(0.25));
    bench.ask(setMode("auto", "host"));
    bench.ask(setMode("teleop", "host"));
    expect(bench.observe(1)).toMatchObject({ actor: "neutral" });
  });
});

describe("assist", () => {
  beforeEach(() => {
    bench.ask(setMode("assist", "host"));
  });

  it("lets the policy act until the host takes over, and again when it hands back", () => {
    expect(bench.observe(1)).toMatchObject({ actor: "policy" });
    bench.ask(act(-0.5));
    expect(bench.observe(2)).toMatchObject({
      actor: "expert",
      action: motorBlob(-0.5),
      circumstances: ["observed", "inferred", "lock-step"],
    });
    expect(bench.observe(3)).toMatchObject({ actor: "expert", output: Int8Array.of(60) });
    expect(bench.ask({ kind: "hand-back" })).toEqual([modeIs("assist", "host", "requested")]);
    expect(bench.observe(4)).toMatchObject({ actor: "policy" });
  });

  it("is neutral, and not the policy's, when who took over falls silent", () => {
    bench.ask(act(-0.5));
    for (let tick = 0; tick < TELEOP_TICKS; tick++) expect(bench.observe(tick)).toMatchObject({ actor: "expert" });
    expect(bench.observe(9)).toMatchObject({ mode: "assist", actor: "neutral", faults: ["link-lost"], action: motorBlob(0) });
  });

  it("lets whoever is on board take over and let go", () => {
    bench.set({ expertDrives: 1, expertMotor: 0.3 });
    expect(bench.observe(1)).toMatchObject({
      actor: "expert",
      circumstances: ["observed", "inferred", "on-board", "lock-step", "afresh"],
      action: motorBlob(0.3),
    });
    bench.set({ expertMotor: NaN });
    expect(bench.observe(2)).toMatchObject({ actor: "expert", action: motorBlob(0) });
    bench.set({ expertDrives: 0 });
    expect(bench.observe(3)).toMatchObject({ actor: "policy" });
  });
});

describe("shadow", () => {
  it("reports what the policy would do, and lets the expert act even where the policy fails", () => {
    bench.ask(setMode("shadow", "host"));
    bench.ask(act(-0.5));
    const tick = bench.observe(1);
    expect(tick).toMatchObject({ actor: "expert", input: Int8Array.of(60, 0), output: Int8Array.of(60), action: motorBlob(-0.5) });
    bench.set({ policyWorks: 0 });
    const failed = bench.observe(2);
    expect(failed).toMatchObject({ mode: "shadow", actor: "expert", faults: ["policy-failed"], action: motorBlob(-0.5) });
    expect(failed).toMatchObject({ circumstances: ["observed", "lock-step"], input: NOTHING, output: Int8Array.of(0) });
  });

  it("lets the expert act where the policy has refused to start", () => {
    bench = new Bench(agent, { policyStarts: 0 });
    bench.ask(setMode("shadow", "host"));
    bench.ask(act(-0.5));
    expect(bench.observe(1)).toMatchObject({ actor: "expert", faults: [], circumstances: ["observed", "lock-step"] });
  });
});

describe("what the policy remembers", () => {
  /** A tick's circumstances, and the inferences that the policy remembers behind it. */
  const lived = (tick: number, distance = 1): readonly [afresh: boolean, remembered: number] => [
    bench.observe(tick, distance).circumstances.includes("afresh"),
    bench.get("remembered"),
  ];

  it("goes on from tick to tick, in whatever mode it runs, whoever acts", () => {
    bench.ask(setMode("auto", "host"));
    expect([lived(1), lived(2)]).toEqual([
      [true, 1],
      [false, 2],
    ]);
    bench.ask(setMode("assist", "host"));
    bench.ask(act(-0.5));
    expect(lived(3)).toEqual([false, 3]);
    bench.ask(setMode("shadow", "host"));
    expect(lived(4)).toEqual([false, 4]);
    bench.ask(setMode("auto", "host"));
    expect(lived(5)).toEqual([false, 5]);
  });

  it("is left as it is by a faulty tick", () => {
    bench.ask(setMode("auto", "host"));
    expect([lived(1), lived(2, NaN), lived(3, 5), lived(4)]).toEqual([
      [true, 1],
      [false, 1],
      [false, 1],
      [false, 2],
    ]);
  });

  it.each([
    ["a stop", () => bench.ask({ kind: "stop" })],
    ["safe", () => bench.ask(setMode("safe", "host"))],
    ["teleop", () => bench.ask(setMode("teleop", "host"))],
    ["another source", () => bench.ask(setMode("auto", "sensors"))],
  ] as const)("is forgotten after %s, even between two ticks", (_, interrupt) => {
    bench.ask(setMode("auto", "host"));
    expect([lived(1), lived(2)]).toEqual([
      [true, 1],
      [false, 2],
    ]);
    interrupt();
    bench.ask(setMode("auto", "host"));
    // A faulty tick does not begin it.
    expect([lived(3, NaN), lived(4), lived(5)]).toEqual([
      [false, 2],
      [true, 1],
      [false, 2],
    ]);
  });

  it("is forgotten when the policy has failed, and goes on failing afresh", () => {
    bench.ask(setMode("shadow", "host"));
    expect(lived(1)).toEqual([true, 1]);
    bench.set({ policyWorks: 0 });
    expect([lived(2), lived(3)]).toEqual([
      [false, 2],
      [false, 1],
    ]);
    bench.set({ policyWorks: 1 });
    expect([lived(4), lived(5)]).toEqual([
      [true, 1],
      [false, 2],
    ]);
  });
});

describe("driving by its own sensors", () => {
  it("ticks once a period, numbered, and moves the motor", () => {
    bench.ask(setMode("auto", "sensors"));
    const seen = drive(5);
    expect(seen.map(({ tick }) => tick)).toEqual([0, 1, 2, 3, 4]);
    expect(seen.map(({ timeUs }) => timeUs)).toEqual([1, 2, 3, 4, 5].map((period) => period * PERIOD_US));
    for (const tick of seen) expect(tick).toMatchObject({ mode: "auto", actor: "policy", faults: [], observation: observation(1) });
    expect(bench.get("motor")).toBeCloseTo(0.6);
  });

  it("does so when the clock wraps", () => {
    bench = new Bench(agent, { nowUs: 0xffffffff - 2.5 * PERIOD_US });
    bench.ask(setMode("auto", "sensors"));
    expect(drive(10)).toHaveLength(10);
    expect(modesHeard()).toEqual([]);
    expect(bench.get("motor")).toBeCloseTo(0.6);
  });

  it("shows the sensors in safe, with the motor at rest", () => {
    for (const tick of drive(3))
      expect(tick).toMatchObject({ mode: "safe", actor: "neutral", faults: [], circumstances: ["observed"], observation: observation(1) });
    expect(bench.get("motor")).toBe(0);
  });

  it("holds the last good reading while the sensor does not answer, as long as the robot allows", () => {
    bench.ask(setMode("auto", "sensors"));
    drive(1);
    bench.set({ sensorWorks: 0 });
    const held = { actor: "policy", faults: [], circumstances: ["inferred"], observation: observation(1), input: Int8Array.of(60, 0) };
    const stale = { mode: "auto", actor: "neutral", faults: ["stale"], circumstances: [], observation: observation(1), input: NOTHING };
    expect(drive(4)).toMatchObject([held, held, stale, stale]);
    expect(bench.get("motor")).toBe(0);
    bench.set({ sensorWorks: 1, distance: 0.5 });
    expect(drive(1)).toMatchObject([{ actor: "policy", observation: observation(0.5) }]);
  });

  it("holds no reading that was bad, but the one before it", () => {
    bench.ask(setMode("auto", "sensors"));
    drive(1);
    bench.set({ distance: NaN });
    expect(drive(1)).toMatchObject([{ actor: "neutral", faults: ["not-a-number"], observation: observation(NaN) }]);
    bench.set({ sensorWorks: 0 });
    expect(drive(2)).toMatchObject([{ actor: "policy", observation: observation(1) }, { faults: ["stale"] }]);
  });

  it("holds nothing from before boot or lock-step", () => {
    bench.set({ sensorWorks: 0 });
    expect(drive(1)).toMatchObject([{ faults: ["stale"], circumstances: [], observation: observation(0) }]);
    bench.set({ sensorWorks: 1 });
    drive(1);
    bench.ask(setMode("auto", "host"));
    bench.ask(setMode("auto", "sensors"));
    bench.set({ sensorWorks: 0 });
    expect(drive(1)).toMatchObject([{ faults: ["stale"] }]);
  });

  it("goes on where teleop hands over to auto, and back", () => {
    bench.ask(setMode("auto", "sensors"));
    drive(1);
    bench.ask(setMode("teleop", "sensors"));
    expect(bench.get("motor")).toBeCloseTo(0.6);
    bench.send(act(0.5));
    drive(1);
    bench.ask(setMode("auto", "sensors"));
    expect(bench.get("motor")).toBe(0.5);
  });
});

describe("the time of a tick", () => {
  beforeEach(() => {
    bench.ask(setMode("auto", "sensors"));
  });

  it("is measured with reading, inferring and acting, and the longest is told", () => {
    bench.set({ readUs: 100, policyUs: 20, actUs: 3 });
    expect(drive(1)).toMatchObject([{ inferUs: 20, busyUs: 123, faults: [] }]);
    bench.set({ readUs: 0, policyUs: 0, actUs: 0 });
    expect(drive(1)).toMatchObject([{ inferUs: 0, busyUs: 0 }]);
    expect(pulseBack()).toMatchObject({ worstUs: 123, missed: 0, nextTick: 2 });
  });

  it("is due each period, however late the one before began", () => {
    drive(1);
    bench.set({ nowUs: 2 * PERIOD_US + 700 });
    bench.poll();
    expect(pulseBack().jitterUs).toBe(700);
    bench.set({ nowUs: 3 * PERIOD_US + 200 });
    bench.poll();
    expect(pulseBack()).toMatchObject({ jitterUs: 700, nextTick: 3, missed: 0 });
    expect(drive(0)).toEqual([]);
  });

  it.each(["readUs", "policyUs", "actUs"] as const)("does not forgive two deadlines running missed by %s, and does forgive one", (what) => {
    drive(2);
    bench.set({ [what]: PERIOD_US + 2000 });
    drive(1);
    bench.set({ [what]: 0 });
    expect(drive(2).map(({ mode, faults }) => [mode, ...faults])).toEqual([["auto"], ["auto"]]);
    expect(recordsIn(heard).map(({ faults }) => faults)).toEqual([[], [], ["deadline-missed"], [], []]);
    bench.set({ [what]: PERIOD_US + 2000 });
    drive(1);
    expect(bench.get("motor")).toBeCloseTo(0.6);
    drive(1);
    expect(bench.get("motor")).toBe(0);
    expect(modesHeard()).toEqual([modeIs("safe", "sensors", "deadline-missed")]);
    expect(recordsIn(heard).at(-1)).toMatchObject({ mode: "safe", actor: "neutral", faults: ["deadline-missed"], action: motorBlob(0) });
    expect(pulseBack().missed).toBe(3);
  });

  it("counts what it was not polled for as missed, and does not make up for it", () => {
    bench.set({ nowUs: 5 * PERIOD_US });
    bench.poll();
    const seen = drive(3);
    expect(seen.map(({ timeUs, faults }) => [timeUs / PERIOD_US, ...faults])).toEqual([[5, "deadline-missed"], [6], [7], [8]]);
  });

  it("means nothing in lock-step, and begins anew after it", () => {
    bench.set({ policyUs: 3 * PERIOD_US });
    drive(1);
    bench.ask(setMode("auto", "host"));
    for (let tick = 0; tick < 5; tick++) expect(bench.observe(tick)).toMatchObject({ mode: "auto", faults: [] });
    bench.ask(setMode("auto", "sensors"));
    expect(drive(1)).toMatchObject([{ mode: "auto", faults: ["deadline-missed"] }]);
  });
});
