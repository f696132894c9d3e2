// Frames between the C firmware and TypeScript, on the test bench: in step, garbled, too long, and on lines that take little.

import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { at } from "../core/assert.ts";
import { encodeFrame } from "./frame.ts";
import { encodeMessage, MESSAGE_IDS, PROBLEM_INTERVAL_US, type Message, PROTOCOL_VERSION } from "./messages.generated.ts";
import { act, Bench, buildFirmware, ENDLESS, modeIs, observation, setMode, type Machine } from "./testing/firmware-bench.ts";

const HELLO_REQUEST: Message = { kind: "hello-request", protocolVersion: PROTOCOL_VERSION };

let agent: Machine;
let probe: Machine;
let bench: Bench;

beforeAll(async () => {
  agent = await buildFirmware("agent");
  probe = await buildFirmware("probe");
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
    bench.take();
    for (let place = 0; place < frame.length - 1; place++) {
      for (let flip = 1; flip < 256; flip++) {
        const garbled = frame.slice();
        garbled[place] = (garbled[place] as number) ^ flip;
        bench.sendBytes(garbled);
        bench.sendBytes(Uint8Array.of(0));
        expect(bench.take()).toEqual([]);
      }
    }
  });

  it("that are too long are dropped, and the next one is taken", () => {
    bench.sendFrame(MESSAGE_IDS.observe, new Uint8Array(5000).fill(7));
    expect(bench.ask(HELLO_REQUEST)).toMatchObject([{ kind: "hello" }]);
  });

  it("as long as hello says are taken, and longer ones not", () => {
    const [hello] = bench.ask(HELLO_REQUEST);
    const longest = hello?.kind === "hello" ? hello.longestRequest : 0;
    bench.sendFrame(0x70, new Uint8Array(longest));
    expect(bench.take()).toEqual([{ kind: "problem", code: "unknown-message", detail: 0x70 }]);
    bench.sendFrame(0x70, new Uint8Array(longest + 1));
    expect(bench.take()).toEqual([]);
  });

  it("of any length fit the memory that is asked for them", () => {
    expect(agent.call("bench_unsendable")).toBe(0);
  });
});

describe("checksums in C", () => {
  it("give the check value of CRC-32, in one piece and in any two", () => {
    expect(agent.call("bench_crc32") >>> 0).toBe(0xcbf43926);
    expect(agent.call("bench_crc32_pieces")).toBe(1);
  });
});

describe("a line that takes little", () => {
  it("gets each frame whole, whenever it takes a byte", () => {
    bench.take();
    bench.set({ room: 0 });
    bench.send(HELLO_REQUEST);
    expect(bench.take()).toEqual([]);
    for (let polls = 0; polls < 400; polls++) {
      bench.set({ room: polls % 3 === 0 ? 1 : 0 });
      bench.poll();
    }
    expect(bench.take()).toMatchObject([{ kind: "hello", name: "test-robot" }]);
    expect(bench.badFrames).toBe(0);
  });

  it("gets what is most urgent first, once", () => {
    bench.take();
    bench.set({ room: 0 });
    bench.send(HELLO_REQUEST);
    bench.send({ kind: "pulse", hostUs: 1, acknowledged: 0, window: 0 });
    bench.sendFrame(0x70, new Uint8Array(0));
    bench.send({ kind: "swap-revert", policyHash: "0000000000000000" });
    bench.send({ kind: "pulse", hostUs: 2, acknowledged: 0, window: 0 });
    bench.send(setMode("auto", "sensors"));
    bench.send({ kind: "stop" });
    bench.set({ room: ENDLESS });
    bench.poll();
    bench.poll();
    expect(bench.take()).toMatchObject([
      { kind: "hello" }, // under way before the others were asked for
      modeIs("safe", "sensors", "stop"),
      { kind: "problem", code: "unknown-message" },
      { kind: "swap" },
      { kind: "pulse-back", hostUs: 2 },
    ]);
  });

  it("is told how long the answer to a pulse waited for it", () => {
    bench.take();
    bench.set({ nowUs: 1000 });
    bench.set({ room: 0 });
    bench.send(HELLO_REQUEST);
    bench.send({ kind: "pulse", hostUs: 77, acknowledged: 0, window: 0 });
    bench.set({ nowUs: 6000, room: ENDLESS });
    bench.poll();
    expect(bench.take()).toMatchObject([{ kind: "hello" }, { kind: "pulse-back", hostUs: 77, boardUs: 1000, heldUs: 5000 }]);
  });

  it("holds up no stop and no tick when it takes nothing at all, ever", () => {
    bench.ask(setMode("teleop", "sensors"));
    bench.send(act(0.5));
    bench.set({ room: 0 });
    bench.pass(200_000);
    expect(bench.get("motor")).toBe(0.5);
    bench.send({ kind: "stop" });
    expect(bench.get("motor")).toBe(0);
    bench.send(setMode("auto", "sensors"));
    bench.pass(200_000);
    expect(bench.get("motor")).toBeCloseTo(0.6);
    bench.set({ policyWorks: 0 });
    bench.pass(100_000);
    expect(bench.get("motor")).toBe(0);
    bench.set({ room: ENDLESS });
    bench.poll();
    expect(bench.take()).toContainEqual(modeIs("safe", "sensors", "policy-failed"));
  });

  it("gets each tick of lock-step, and no question is taken before", () => {
    bench.ask(setMode("auto", "host"));
    bench.set({ room: 20 });
    bench.send({ kind: "observe", tick: 1, observation: observation(0.5) });
    bench.offerBytes(
      Uint8Array.from(
        [2, 3].flatMap((tick) => [...encodeFrame(3, tick, encodeMessage({ kind: "observe", tick, observation: observation(1) }))]),
      ),
    );
    for (let polls = 0; polls < 10; polls++) bench.poll();
    const inferences = bench.get("inferences");
    bench.set({ room: ENDLESS });
    for (let polls = 0; polls < 10; polls++) bench.poll();
    expect(bench.get("inferences")).toBe(inferences + 1);
    expect(bench.take().map(({ kind }) => kind)).toEqual(["ticks", "ticks", "ticks"]);
  });
});

describe("bad frames", () => {
  const garble = (times: number): void => {
    for (let count = 0; count < times; count++) bench.sendBytes(Uint8Array.of(9, 9, 9, 0));
  };

  it.each([
    ["the agent", () => agent],
    ["the probe", () => probe],
  ])("are told by %s at most once a second, with their number", (_name, machine) => {
    bench = new Bench(machine());
    bench.take();
    garble(3);
    expect(bench.take()).toEqual([]);
    bench.pass(PROBLEM_INTERVAL_US);
    expect(bench.take()).toEqual([{ kind: "problem", code: "bad-frames", detail: 3 }]);
    garble(2);
    bench.pass(PROBLEM_INTERVAL_US - 1000);
    expect(bench.take()).toEqual([]);
    bench.pass(1000);
    expect(bench.take()).toEqual([{ kind: "problem", code: "bad-frames", detail: 5 }]);
    bench.pass(5 * PROBLEM_INTERVAL_US);
    expect(bench.take()).toEqual([]);
  });

  it("are counted in the answer to a pulse", () => {
    garble(4);
    expect(bench.ask({ kind: "pulse", hostUs: 0, acknowledged: 0, window: 0 })).toContainEqual(
      expect.objectContaining({ kind: "pulse-back", badFrames: 4 }),
    );
  });
});
