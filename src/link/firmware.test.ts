// The C firmware, compiled to wasm and put on a test bench: a robot, a policy and a line that the test holds in its hands.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { at } from "../core/assert.ts";
import type { BytePort } from "../core/io.ts";
import { encodeFrame, FrameDecoder, type Frame } from "./frame.ts";
import {
  encodeMessage,
  MESSAGE_IDS,
  MODES,
  PROTOCOL_VERSION,
  SOURCES,
  TELEOP_TICKS,
  type Message,
  type Mode,
  type TickMessage,
} from "./messages.generated.ts";
import { BoardSession } from "./session.ts";
import { Bench, buildFirmware, observation, type Machine } from "./testing/firmware-bench.ts";
import { HandTimer } from "./testing/hand-timer.ts";
import { HELLO } from "./testing/scripted-board.ts";

const PERIOD_US = 100_000;

/** C files by name: a folder relative to this file. */
function filesOf(folder: string): Record<string, string> {
  const url = new URL(folder, import.meta.url);
  return Object.fromEntries(readdirSync(url).map((name) => [name, readFileSync(new URL(name, url), "utf8")]));
}

function motorBlob(value: number): Uint8Array {
  return new Uint8Array(Float32Array.of(value).buffer);
}

function motorOf(tick: TickMessage): number {
  return new DataView(tick.action.buffer, tick.action.byteOffset).getFloat32(0, true);
}

const act = (value: number): Message => ({ kind: "act", action: motorBlob(value) });
const setMode = (mode: Mode, source: "sensors" | "host"): Message => ({ kind: "set-mode", mode, source });
const modeIs = (mode: Mode, source: "sensors" | "host", reason: string): object => ({ kind: "mode", mode, source, reason });

let agent: Machine;
let probe: Machine;
let bench: Bench;

beforeAll(async () => {
  const files = { ...filesOf("../../firmware/include/"), ...filesOf("../../firmware/src/"), ...filesOf("testing/robot/") };
  agent = await buildFirmware(files, "agent");
  probe = await buildFirmware(files, "probe");
});

beforeEach(() => {
  bench = new Bench(agent);
});

describe("frames in C and TypeScript", () => {
  const probeBench = (): Bench => {
    const made = new Bench(probe);
    made.take();
    return made;
  };

  it("agree: what TypeScript sends, C understands, and the other way round, zeros and all", () => {
    const shared = probeBench();
    const numbers = fc.oneof(fc.constant(0), fc.nat(0xffffffff));
    fc.assert(
      fc.property(numbers, fc.int8Array({ minLength: 2, maxLength: 2 }), (tick, input) => {
        const answer = shared.ask({ kind: "infer", tick, reset: 1, input });
        expect(answer).toEqual([{ kind: "inferred", tick, outcome: "ok", output: input.subarray(0, 1) }]);
      }),
      { numRuns: 1000 },
    );
    expect(shared.badFrames).toBe(0);
  });

  it("count up on each frame of the board, and wrap", () => {
    const shared = probeBench();
    const counters = Array.from({ length: 300 }, (_, tick) => {
      shared.send({ kind: "infer", tick, reset: 1, input: Int8Array.of(0, 0) });
      return at(shared.takeFrames(), 0).counter;
    });
    expect(counters).toEqual(counters.map((_, index) => index & 0xff));
  });

  it("are found in any garbage, and no garbage does anything", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (garbage) => {
        const fresh = new Bench(agent);
        fresh.ask(setMode("safe", "host"));
        fresh.sendBytes(Uint8Array.of(...garbage, 0));
        expect(fresh.take()).toEqual([]);
        expect(fresh.observe(1)).toMatchObject({ tick: 1, mode: "safe", faults: [] });
      }),
      { numRuns: 300 },
    );
  });

  it("with a flipped byte are dropped", () => {
    const frame = encodeFrame(MESSAGE_IDS["set-mode"], 0, encodeMessage(setMode("auto", "host")));
    for (let place = 0; place < frame.length - 1; place++) {
      for (let flip = 1; flip < 256; flip++) {
        const garbled = frame.slice();
        garbled[place] = (garbled[place] as number) ^ flip;
        bench.take();
        bench.sendBytes(garbled);
        bench.sendBytes(Uint8Array.of(0));
        expect(bench.take()).toEqual([]);
      }
    }
    bench.pass(1_000_001);
    expect(bench.take()).toContainEqual({ kind: "problem", code: "bad-frames", detail: expect.any(Number) as number });
  });

  it("that are too long are dropped, and the next one is taken", () => {
    bench.sendFrame(MESSAGE_IDS.observe, new Uint8Array(5000).fill(7));
    expect(bench.ask({ kind: "hello-request", protocolVersion: 1 })).toEqual([HELLO]);
  });

  it("of any length fit the memory that is asked for them", () => {
    expect(agent.call("bench_unsendable")).toBe(0);
  });

  it("that went out in part do not swallow the next one", () => {
    bench.take();
    bench.set({ room: 10 });
    bench.send({ kind: "hello-request", protocolVersion: 1 });
    bench.set({ room: 0x7fffffff });
    expect(bench.ask({ kind: "hello-request", protocolVersion: 1 })).toEqual([HELLO]);
    expect(bench.badFrames).toBe(1);
  });

  it("may stick on a line that takes nothing at all: the board goes on", () => {
    bench.ask(setMode("auto", "sensors"));
    bench.set({ room: 0 });
    bench.pass(3 * PERIOD_US);
    expect(bench.get("motor")).toBeCloseTo(0.6);
    bench.set({ room: 0x7fffffff });
    expect(bench.ask(setMode("auto", "sensors"))).toContainEqual(modeIs("auto", "sensors", "requested"));
  });
});

describe("boot", () => {
  it("is neutral, in safe, and says so behind a zero", () => {
    expect(bench.get("motor")).toBe(0);
    expect(bench.get("acts")).toBe(1);
    const bytes = bench.takeBytes();
    expect(bytes[0]).toBe(0);
    const frames: Frame[] = [];
    new FrameDecoder((frame) => frames.push(frame)).push(bytes);
    expect(frames).toEqual([{ id: MESSAGE_IDS.mode, counter: 0, payload: Uint8Array.of(0, 0, 0) }]);
  });

  it("answers who it is, whatever version asks", () => {
    expect(bench.ask({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION })).toEqual([HELLO]);
    bench.sendFrame(MESSAGE_IDS["hello-request"], Uint8Array.of(9, 9, 9));
    expect(bench.take()).toEqual([HELLO]);
  });

  it("stays neutral and says nothing while nobody listens", () => {
    bench.take();
    bench.pass(20 * PERIOD_US);
    expect(bench.get("motor")).toBe(0);
    expect(bench.get("inferences")).toBe(0);
    expect(bench.takeBytes()).toHaveLength(0);
  });
});

describe("modes", () => {
  it("change as asked, from each to each", () => {
    for (const before of MODES) {
      for (const source of SOURCES) {
        for (const after of MODES) {
          bench.ask(setMode(before, source));
          expect(bench.ask(setMode(after, "sensors"))).toEqual([modeIs(after, "sensors", "requested")]);
          bench.ask(setMode(before, source));
          expect(bench.ask({ kind: "stop" })).toEqual([modeIs("safe", source, "stop")]);
        }
      }
    }
  });

  it("leave out auto when the policy refuses to start", () => {
    bench = new Bench(agent, { policyStarts: 0 });
    expect(bench.ask(setMode("auto", "host"))).toEqual([modeIs("safe", "host", "policy-failed")]);
    expect(bench.ask(setMode("teleop", "host"))).toEqual([modeIs("teleop", "host", "requested")]);
  });

  it("give the motor neutral at once on the way into safe and to the host's observations, and not between teleop and auto", () => {
    const driving = (): void => {
      bench.ask(setMode("auto", "sensors"));
      bench.pass(PERIOD_US);
      expect(bench.get("motor")).toBeCloseTo(0.6);
    };
    driving();
    bench.ask(setMode("teleop", "sensors"));
    expect(bench.get("motor")).toBeCloseTo(0.6);
    driving();
    bench.ask(setMode("auto", "host"));
    expect(bench.get("motor")).toBe(0);
    driving();
    bench.ask(setMode("safe", "sensors"));
    expect(bench.get("motor")).toBe(0);
    driving();
    bench.ask({ kind: "stop" });
    expect(bench.get("motor")).toBe(0);
  });
});

describe("lock-step", () => {
  beforeEach(() => {
    bench.ask(setMode("auto", "host"));
  });

  it("answers each observation with the whole tick", () => {
    expect(bench.observe(41, 1)).toEqual({
      kind: "tick",
      tick: 41,
      timeUs: 0,
      mode: "auto",
      actor: "policy",
      faults: [],
      inferUs: 0,
      observation: observation(1),
      output: Int8Array.of(60),
      action: motorBlob(0.6),
    });
  });

  it("leaves the motor alone, however long it lasts", () => {
    const acts = bench.get("acts");
    for (let tick = 0; tick < 50; tick++) bench.observe(tick);
    bench.pass(3_000_000);
    expect(bench.observe(50)).toMatchObject({ mode: "auto", actor: "policy" });
    expect(bench.get("acts")).toBe(acts);
    expect(bench.get("motor")).toBe(0);
  });

  it("computes a tick once, however often it is asked for", () => {
    bench.set({ policyUs: 7 });
    const first = bench.observe(3, 0.5);
    expect(bench.observe(3, 1.5)).toEqual(first);
    expect(bench.get("inferences")).toBe(1);
    expect(first.inferUs).toBe(7);
    bench.ask(setMode("auto", "host"));
    expect(bench.observe(3, 1.5).output).toEqual(Int8Array.of(90));
  });

  it.each([
    [NaN, 0, "not-a-number"],
    [2.5, 0, "out-of-range"],
    [-0.1, 0, "out-of-range"],
    [1, 255, "out-of-range"],
  ])("is neutral for a distance of %d and a bumper of %d, and says why, and drives on after it", (distance, bumper, fault) => {
    const tick = bench.observe(1, distance, bumper);
    expect(tick).toMatchObject({ mode: "auto", actor: "neutral", faults: [fault], observation: observation(distance, bumper) });
    expect(tick.output).toHaveLength(0);
    expect(motorOf(tick)).toBe(0);
    expect(bench.observe(2)).toMatchObject({ actor: "policy", faults: [] });
  });

  it("limits what the policy wants", () => {
    expect(motorOf(bench.observe(1, 2))).toBe(1);
  });

  it("ends in safe when the policy fails, and tells the mode before the tick", () => {
    bench.set({ policyWorks: 0 });
    const answers = bench.ask({ kind: "observe", tick: 1, observation: observation(1) });
    expect(answers).toMatchObject([
      modeIs("safe", "host", "policy-failed"),
      { kind: "tick", mode: "safe", actor: "neutral", faults: ["policy-failed"], action: motorBlob(0), output: new Int8Array() },
    ]);
    bench.set({ policyWorks: 1 });
    expect(bench.observe(2)).toMatchObject({ mode: "safe", actor: "neutral", faults: [] });
  });

  it("is neutral after a stop until a mode is set", () => {
    bench.ask({ kind: "stop" });
    for (let tick = 0; tick < 5; tick++)
      expect(bench.observe(tick)).toMatchObject({ mode: "safe", actor: "neutral", action: motorBlob(0) });
    bench.ask(setMode("auto", "host"));
    expect(bench.observe(5)).toMatchObject({ mode: "auto", actor: "policy" });
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

describe("driving by its own sensors", () => {
  const ticks = (): TickMessage[] => bench.take().filter((message) => message.kind === "tick");
  /** Lets time pass with the host there. */
  const passWithHost = (us: number): void => {
    for (let passed = 0; passed < us; passed += PERIOD_US) {
      bench.send({ kind: "hello-request", protocolVersion: 1 });
      bench.pass(PERIOD_US);
    }
  };

  it("ticks once a period, numbered, and moves the motor", () => {
    bench.ask(setMode("auto", "sensors"));
    passWithHost(5 * PERIOD_US);
    const seen = ticks();
    expect(seen.map(({ tick }) => tick)).toEqual([0, 1, 2, 3, 4]);
    expect(seen.map(({ timeUs }) => timeUs)).toEqual([1, 2, 3, 4, 5].map((period) => period * PERIOD_US));
    for (const tick of seen) expect(tick).toMatchObject({ mode: "auto", actor: "policy", faults: [], observation: observation(1) });
    expect(bench.get("motor")).toBeCloseTo(0.6);
  });

  it("does so when the clock wraps", () => {
    bench = new Bench(agent, { nowUs: 0xffffffff - 2.5 * PERIOD_US });
    bench.ask(setMode("auto", "sensors"));
    passWithHost(10 * PERIOD_US);
    expect(ticks()).toHaveLength(10);
    expect(bench.get("motor")).toBeCloseTo(0.6);
  });

  it("shows the sensors in safe, with the motor at rest", () => {
    passWithHost(3 * PERIOD_US);
    const seen = ticks();
    expect(seen).toHaveLength(3);
    for (const tick of seen) expect(tick).toMatchObject({ mode: "safe", actor: "neutral", faults: [], observation: observation(1) });
    expect(bench.get("inferences")).toBe(0);
  });

  it("is neutral in a tick whose sensor does not answer, and reports no observation", () => {
    bench.ask(setMode("auto", "sensors"));
    passWithHost(PERIOD_US);
    bench.set({ sensorWorks: 0 });
    passWithHost(PERIOD_US);
    expect(bench.get("motor")).toBe(0);
    expect(ticks().at(-1)).toMatchObject({ mode: "auto", actor: "neutral", faults: ["stale"], observation: new Uint8Array() });
    bench.set({ sensorWorks: 1, distance: NaN });
    passWithHost(PERIOD_US);
    expect(ticks().at(-1)).toMatchObject({ faults: ["not-a-number"], observation: observation(NaN) });
    bench.set({ distance: 1 });
    passWithHost(PERIOD_US);
    expect(ticks().at(-1)).toMatchObject({ actor: "policy", faults: [] });
  });

  it.each(["auto", "teleop"] as const)("stands within a second of the host's last word in %s, and says so", (mode) => {
    bench.ask(setMode(mode, "sensors"));
    bench.pass(1_000_000);
    expect(bench.take()).not.toContainEqual(modeIs("safe", "sensors", "link-lost"));
    bench.pass(2000);
    expect(bench.get("motor")).toBe(0);
    expect(bench.take()).toContainEqual(modeIs("safe", "sensors", "link-lost"));
    passWithHost(3 * PERIOD_US);
    expect(bench.get("motor")).toBe(0);
  });

  it("does not forgive two missed deadlines running, and does forgive one", () => {
    bench.ask(setMode("auto", "sensors"));
    passWithHost(2 * PERIOD_US);
    ticks();
    bench.set({ policyUs: PERIOD_US + 2000 });
    bench.pass(PERIOD_US);
    bench.set({ policyUs: 0 });
    passWithHost(2 * PERIOD_US);
    expect(ticks().map(({ mode, faults }) => [mode, ...faults])).toEqual([["auto", "deadline-missed"], ["auto"], ["auto"]]);

    bench.set({ policyUs: PERIOD_US + 2000 });
    bench.pass(2 * PERIOD_US);
    const messages = bench.take();
    expect(messages).toContainEqual(modeIs("safe", "sensors", "deadline-missed"));
    expect(messages.at(-1)).toMatchObject({ kind: "tick", mode: "safe", actor: "neutral", faults: ["deadline-missed"] });
    expect(bench.get("motor")).toBe(0);
  });

  it("counts what it was not polled for as missed, and does not make up for it", () => {
    bench.ask(setMode("auto", "sensors"));
    bench.pass(5 * PERIOD_US, 5 * PERIOD_US);
    bench.pass(3 * PERIOD_US);
    expect(ticks().map(({ timeUs, faults }) => [timeUs / PERIOD_US, ...faults])).toEqual([[5, "deadline-missed"], [6], [7], [8]]);
  });

  it("stands when the policy fails", () => {
    bench.ask(setMode("auto", "sensors"));
    passWithHost(PERIOD_US);
    bench.set({ policyWorks: 0 });
    passWithHost(PERIOD_US);
    expect(bench.get("motor")).toBe(0);
    expect(bench.take()).toContainEqual(modeIs("safe", "sensors", "policy-failed"));
  });
});

describe("what the board cannot take", () => {
  const problem = (code: string, kind: Message["kind"]): object => ({ kind: "problem", code, detail: MESSAGE_IDS[kind] });

  it.each([
    ["an observation of another size", setMode("auto", "host"), { kind: "observe", tick: 0, observation: new Uint8Array(4) }, "wrong-size"],
    [
      "an observation while it has its own",
      setMode("auto", "sensors"),
      { kind: "observe", tick: 0, observation: observation(1) },
      "unexpected-message",
    ],
    ["an action of another size", setMode("teleop", "host"), { kind: "act", action: new Uint8Array(3) }, "wrong-size"],
    ["an action that is no number", setMode("teleop", "host"), act(NaN), "malformed-message"],
    ["an action outside teleop", setMode("auto", "host"), act(0.5), "unexpected-message"],
    ["a question for a probe", setMode("safe", "host"), { kind: "infer", tick: 0, reset: 0, input: new Int8Array(2) }, "unknown-message"],
  ] as const)("is %s", (_what, mode, message, code) => {
    bench.ask(mode);
    expect(bench.ask(message)).toEqual([problem(code, message.kind)]);
  });

  it.each(["set-mode", "observe", "act"] as const)("is a %s that is cut short or too long", (kind) => {
    bench.take();
    for (const length of [0, 1, 11]) {
      bench.sendFrame(MESSAGE_IDS[kind], new Uint8Array(length).fill(1));
      expect(bench.take()).toEqual([problem("malformed-message", kind)]);
    }
  });

  it("is a mode that does not exist", () => {
    bench.take();
    for (const payload of [
      [3, 0],
      [255, 0],
      [0, 2],
    ]) {
      bench.sendFrame(MESSAGE_IDS["set-mode"], Uint8Array.from(payload));
      expect(bench.take()).toEqual([problem("malformed-message", "set-mode")]);
    }
  });

  it("is told for bad frames once a second, with their number", () => {
    bench.take();
    for (let count = 0; count < 3; count++) bench.sendBytes(Uint8Array.of(9, 9, 9, 0));
    expect(bench.take()).toEqual([]);
    bench.pass(1_000_000);
    expect(bench.take()).toEqual([{ kind: "problem", code: "bad-frames", detail: 3 }]);
    bench.pass(5_000_000);
    expect(bench.take()).toEqual([]);
  });

  it("never moves the motor out of range or out of safe, whatever whole frames come", () => {
    const requests = ["hello-request", "observe", "act", "stop", "infer", "measure"] as const;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...requests), fc.uint8Array({ maxLength: 30 })), { maxLength: 20 }), (frames) => {
        const fresh = new Bench(agent);
        frames.forEach(([kind, payload]) => {
          fresh.sendFrame(MESSAGE_IDS[kind], payload);
        });
        fresh.pass(2 * PERIOD_US, 10_000);
        expect(fresh.get("motor")).toBe(0);
        expect(fresh.ask(setMode("safe", "host"))).toContainEqual(modeIs("safe", "host", "requested"));
      }),
      { numRuns: 200 },
    );
  });
});

describe("the probe", () => {
  beforeEach(() => {
    bench = new Bench(probe);
    bench.take();
  });

  it("says that it is one, and what its policy takes", () => {
    const zeros = {
      schemaHash: "0".repeat(16),
      schemaRevision: 0,
      firmwareHash: "0".repeat(16),
      periodUs: 0,
      observationBytes: 0,
      actionBytes: 0,
      name: "",
    };
    expect(bench.ask({ kind: "hello-request", protocolVersion: 1 })).toEqual([{ ...HELLO, ...zeros, application: "probe" }]);
  });

  it("measures: as many inferences as asked for, by the clock where there is no counter", () => {
    bench.set({ policyUs: 5 });
    const answer = bench.ask({ kind: "measure", tick: 4, repeats: 1000, input: Int8Array.of(1, 2) });
    expect(answer).toEqual([{ kind: "measured", tick: 4, outcome: "ok", repeats: 1000, elapsed: 5000, overhead: 0, counterHz: 1_000_000 }]);
    expect(bench.get("inferences")).toBe(1000);
  });

  it("says when the policy fails", () => {
    bench.set({ policyWorks: 0 });
    expect(bench.ask({ kind: "infer", tick: 1, reset: 0, input: new Int8Array(2) })).toEqual([
      { kind: "inferred", tick: 1, outcome: "policy-failed", output: new Int8Array() },
    ]);
    expect(bench.ask({ kind: "measure", tick: 1, repeats: 1, input: new Int8Array(2) })).toMatchObject([{ outcome: "policy-failed" }]);
  });

  it("refuses inputs of another size, payloads of no form, and what is for agents", () => {
    const answers = [
      ...bench.ask({ kind: "infer", tick: 1, reset: 0, input: new Int8Array(1) }),
      ...bench.ask({ kind: "measure", tick: 1, repeats: 1, input: new Int8Array(1) }),
      ...bench.ask(setMode("auto", "host")),
    ];
    bench.sendFrame(MESSAGE_IDS.infer, Uint8Array.of(1));
    expect([...answers, ...bench.take()]).toMatchObject([
      { code: "wrong-size" },
      { code: "wrong-size" },
      { code: "unknown-message" },
      { code: "malformed-message" },
    ]);
  });
});

describe("a session with the firmware", () => {
  it("drives it in lock-step from hello to close", async () => {
    let deliver: (bytes: Uint8Array) => void = () => undefined;
    let close: (reason: string) => void = () => undefined;
    const port: BytePort = {
      url: "emu:bench",
      write: (bytes) => {
        bench.sendBytes(bytes);
        deliver(bench.takeBytes());
        return Promise.resolve();
      },
      onData: (listener) => void (deliver = listener),
      onClose: (listener) => void (close = listener),
      close: () => {
        close("closed here");
        return Promise.resolve();
      },
    };
    const session = await BoardSession.connect(port, { timeoutMs: 1000, timer: new HandTimer() });
    expect(session.hello).toEqual(HELLO);
    await session.setMode("auto", "host");
    for (let tick = 0; tick < 600; tick++) expect((await session.observe(tick, observation((tick % 200) / 100))).faults).toEqual([]);
    await session.setMode("teleop", "host");
    await session.act(motorBlob(0.5));
    expect(motorOf(await session.observe(600, observation(1)))).toBe(0.5);
    await session.stop();
    expect((await session.observe(601, observation(1))).mode).toBe("safe");
    expect(session.statistics).toMatchObject({ badFrames: 0, lostFrames: 0, unknownFrames: 0 });
    await session.close();
  });
});
