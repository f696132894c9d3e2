// The modes of the C firmware: each event in each mode against PROTOCOL.md's tables, and long random lives against a model.

import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { MODES, SOURCES, type Event, type Mode, type Source, type TickRecord } from "./messages.generated.ts";
import { act, buildFirmware, LINK_TIMEOUT_US, motorOf, PERIOD_US, setMode, type Machine } from "./testing/firmware-bench.ts";
import { Driver, STEP_US } from "./testing/firmware-driver.ts";
import { RobotModel, transition, whoActs, type ExpectedTick, type RobotRules, type TickConditions } from "./testing/robot-model.ts";

/** Two builds: as different as robots may be. */
const BUILDS = [
  { name: "a robot that needs its host", defines: [], autonomous: false, staleTicks: 2 },
  {
    name: "an autonomous one without spare memory",
    defines: ["ROBOT_AUTONOMOUS=1", "ROBOT_STALE_TICKS=0u", "ROBOT_PARAMETER_SLOTS=0u", "ROBOT_RING_TICKS=8u"],
    autonomous: true,
    staleTicks: 0,
  },
] as const;

const machines = new Map<string, Machine>();

beforeAll(async () => {
  for (const { name, defines } of BUILDS) machines.set(name, await buildFirmware("agent", defines));
});

const machineOf = (name: string): Machine => machines.get(name) as Machine;
const USUAL: TickConditions = { reading: 1, expert: null, policyWorks: true, slow: false };

function shown(record: TickRecord): ExpectedTick {
  const { mode, actor, faults, circumstances } = record;
  return { mode, actor, faults, circumstances, motor: motorOf(record) };
}

describe.each(BUILDS)("$name: each event in each mode", ({ name, autonomous }) => {
  const EVENTS: Readonly<Record<string, (driver: Driver, source: Source) => void>> = {
    ...Object.fromEntries(
      MODES.map((mode) => [
        `request-${mode}`,
        ({ bench }: Driver, source: Source) => {
          bench.send(setMode(mode, source));
        },
      ]),
    ),
    stop: ({ bench }) => {
      bench.send({ kind: "stop" });
    },
    "link-lost": ({ bench }) => {
      bench.pass(LINK_TIMEOUT_US + STEP_US, STEP_US);
    },
    "deadline-missed": ({ bench }) => {
      bench.set({ readUs: PERIOD_US + STEP_US });
      for (let tick = 0; tick < 2; tick++) {
        bench.send({ kind: "pulse", hostUs: 0, acknowledged: 0, window: 0 });
        bench.pass(PERIOD_US, STEP_US);
      }
      bench.set({ readUs: 0 });
    },
    "policy-failed": (driver, source) => {
      driver.tick(source, { ...USUAL, policyWorks: false });
    },
  };

  /** What the table makes of it, and whether it can happen at all. */
  function expected(event: string, mode: Mode, source: Source, ready: boolean): { mode: Mode; reason: string } | null {
    const timed = event === "link-lost" || event === "deadline-missed";
    if (timed && source === "host") return null;
    if (event === "policy-failed" && (!ready || mode === "safe" || mode === "teleop")) return null;
    if ((event === "request-auto" || event === "request-assist") && !ready) return transition("request-without-policy", mode);
    return transition(event === "link-lost" && autonomous ? "link-lost-autonomous" : (event as Event), mode);
  }

  const cases = MODES.flatMap((mode) =>
    Object.keys(EVENTS).flatMap((event) => SOURCES.flatMap((source) => [true, false].map((ready) => ({ mode, event, source, ready })))),
  ).filter(({ mode, ready }) => ready || (mode !== "auto" && mode !== "assist"));

  it.each([null, 0.75])("changes the mode as the table says, tells so, and lets act who may (on-board expert: %s)", (expert) => {
    expect(cases).toHaveLength(5 * 9 * 2 + 3 * 9 * 2);
    for (const { mode, event, source, ready } of cases) {
      const label = `${event} in ${mode}, source ${source}, policy ${ready ? "ready" : "refused"}`;
      const driver = new Driver(machineOf(name), { ready, neutral: -0.25, slew: 10 });
      driver.bench.set({ expertDrives: expert === null ? 0 : 1, expertMotor: expert ?? 0 });
      driver.bench.send(setMode(mode, source));
      driver.hear();
      expect(driver.modes.at(-1), label).toMatchObject({ mode, source, reason: "requested" });
      driver.modes.length = 0;

      EVENTS[event]?.(driver, source);
      driver.hear();
      const change = expected(event, mode, source, ready);
      expect(driver.modes, label).toMatchObject(change === null ? [] : [{ ...change, source }]);
      expect(driver.problems, label).toEqual([]);
      driver.pulse(); // nobody listened to the ticks meanwhile

      const after = change?.mode ?? mode;
      driver.records.length = 0;
      driver.tick(source, { ...USUAL, expert });
      const who = whoActs(after, expert !== null, false);
      const inferred = ready && (after === "auto" || after === "assist" || after === "shadow");
      // Only where an autonomous robot lost its host has it ticked in this mode before.
      const drivesOn = event === "link-lost" && source === "sensors" && change === null;
      const wanted = { nobody: -0.25, policy: 0.6, "on-board": 0.75, host: -0.25 }[who];
      expect(driver.records.map(shown), label).toEqual([
        {
          mode: after,
          actor: who === "policy" ? "policy" : who === "on-board" ? "expert" : "neutral",
          faults: who === "host" ? ["link-lost"] : [],
          circumstances: [
            "observed",
            ...(inferred ? ["inferred"] : []),
            ...(who === "on-board" ? ["on-board"] : []),
            ...(source === "host" ? ["lock-step"] : []),
            ...(inferred && !drivesOn ? ["afresh"] : []),
          ],
          motor: Math.fround(wanted),
        },
      ]);
      expect(driver.bench.get("motor"), label).toBe(Math.fround(source === "sensors" ? wanted : -0.25));
    }
  });
});

type Command =
  | { readonly do: "request"; readonly mode: Mode; readonly source: Source }
  | { readonly do: "stop" | "hand-back" | "silence" | "period" }
  | { readonly do: "act"; readonly motor: number }
  | { readonly do: "tick"; readonly conditions: TickConditions };

const motors = fc.constantFrom(-1, -0.3, 0, 0.45, 1);
const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("request" as const),
      mode: fc.constantFrom(...MODES),
      source: fc.constantFrom("sensors", "sensors", "host"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("stop" as const, "hand-back" as const, "silence" as const, "period" as const) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("act" as const), motor: motors }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("tick" as const),
      conditions: fc.record({
        reading: fc.constantFrom(1, 1, 1, 0.5, 2, null, NaN, -0.5),
        expert: fc.constantFrom(null, null, null, 0.9, 5, NaN),
        policyWorks: fc.constantFrom(true, true, true, true, true, true, false),
        slow: fc.constantFrom(false, false, false, false, true),
      }),
    }),
  },
);

function run(driver: Driver, model: RobotModel, command: Command, expectedTicks: ExpectedTick[]): void {
  switch (command.do) {
    case "request":
      driver.bench.send(setMode(command.mode, command.source));
      model.request(command.mode, command.source);
      break;
    case "stop":
      driver.bench.send({ kind: "stop" });
      model.stop();
      break;
    case "hand-back":
      driver.bench.send({ kind: "hand-back" });
      model.handBack();
      break;
    case "act": {
      driver.problems.length = 0;
      driver.bench.send(act(command.motor));
      driver.hear();
      expect(driver.problems).toEqual(model.act(command.motor) ? [] : ["unexpected-message"]);
      break;
    }
    case "period":
      if (model.source === "sensors") break;
      driver.bench.pass(PERIOD_US, STEP_US);
      model.period();
      break;
    case "silence": {
      if (model.source === "host") break;
      driver.prepare(USUAL);
      driver.pulse();
      driver.bench.pass(LINK_TIMEOUT_US, STEP_US);
      for (let tick = 0; tick < LINK_TIMEOUT_US / PERIOD_US; tick++) expectedTicks.push(model.tick(USUAL));
      driver.bench.pass(STEP_US);
      model.silence();
      expect(driver.bench.get("motor")).toBe(model.motor);
      driver.bench.pass(PERIOD_US - STEP_US, STEP_US);
      expectedTicks.push(model.tick(USUAL));
      driver.hearTelemetry();
      driver.pulse();
      break;
    }
    case "tick": {
      // In lock-step there is no sensor that could fail to answer.
      const { reading } = command.conditions;
      const conditions = { ...command.conditions, reading: model.source === "host" && reading === null ? 1 : reading };
      driver.tick(model.source, conditions);
      expectedTicks.push(model.tick(conditions));
      break;
    }
  }
  driver.hear();
}

describe.each(BUILDS)("$name: any life", ({ name, autonomous, staleTicks }) => {
  it("is the model's, and never beyond range, slew, and what is neutral", () => {
    const lives = fc.record({
      ready: fc.constantFrom(true, true, true, false),
      slew: fc.constantFrom(0.25, 10),
      neutral: fc.constantFrom(0, -0.5),
      commands: fc.array(commands, { minLength: 1, maxLength: 40, size: "max" }),
    });
    fc.assert(
      fc.property(lives, ({ ready, slew, neutral, commands: life }) => {
        const rules: RobotRules = { ready, autonomous, staleTicks, neutral, slew };
        const driver = new Driver(machineOf(name), rules);
        const model = new RobotModel(rules);
        const expectedTicks: ExpectedTick[] = [];
        for (const command of life) {
          run(driver, model, command, expectedTicks);
          expect(driver.modes).toEqual(model.told);
          expect(driver.bench.get("motor")).toBe(model.motor);
          expect(Math.abs(driver.bench.get("motor"))).toBeLessThanOrEqual(1);
        }
        expect(driver.records.map(shown)).toEqual(expectedTicks);
        expect(driver.bench.get("farthest")).toBeLessThanOrEqual(slew + 1e-6);
        expect(driver.bench.badFrames).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
