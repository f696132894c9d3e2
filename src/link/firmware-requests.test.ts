// What the host asks of the C firmware besides driving: who it is, its telemetry, new parameters; and what it can't take.

import fc from "fast-check";
import { crc32 } from "node:zlib";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  act,
  Bench,
  buildFirmware,
  LINK_TIMEOUT_US,
  modeIs,
  motorBlob,
  observation,
  PERIOD_US,
  recordsIn,
  setMode,
  type Machine,
} from "./testing/firmware-bench.ts";
import { MESSAGE_IDS, PROTOCOL_VERSION, type HelloMessage, type Message, type SwapMessage } from "./messages.generated.ts";

let agent: Machine;
let lean: Machine;
let bench: Bench;

beforeAll(async () => {
  agent = await buildFirmware("agent");
  lean = await buildFirmware("agent", ["ROBOT_PARAMETER_SLOTS=0u", "ROBOT_RING_TICKS=1u"]);
});

beforeEach(() => {
  bench = new Bench(agent);
});

const HELLO: HelloMessage = {
  kind: "hello",
  protocolVersion: PROTOCOL_VERSION,
  application: "agent",
  schemaHash: "fedcba9876543210",
  schemaRevision: 7,
  policyHash: "0123456789abcdef",
  layoutHash: "00000000000000aa",
  parametersBytes: 100,
  firmwareHash: "00000000000000ff",
  periodUs: PERIOD_US,
  observationBytes: 5,
  actionBytes: 4,
  inputBytes: 2,
  outputBytes: 1,
  ringTicks: 64,
  receiveBytes: 512,
  longestRequest: 486,
  linkTimeoutUs: LINK_TIMEOUT_US,
  arenaBytes: 0,
  arenaUsed: 0,
  name: "test-robot",
};

describe("hello", () => {
  it("says who it is, whatever version asks", () => {
    bench.take();
    expect(bench.ask({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION })).toEqual([HELLO]);
    bench.sendFrame(MESSAGE_IDS["hello-request"], Uint8Array.of(9, 9, 9));
    expect(bench.take()).toEqual([HELLO]);
  });

  it("says that parameters can't be exchanged where there are no slots for them", () => {
    bench = new Bench(lean);
    expect(bench.ask({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION })).toEqual([
      { ...HELLO, layoutHash: "0".repeat(16), ringTicks: 1, longestRequest: 44 },
    ]);
  });
});

describe("telemetry", () => {
  const pulse = (acknowledged: number, window = 1000): Message => ({ kind: "pulse", hostUs: 0, acknowledged, window });
  const ticksIn = (messages: readonly Message[]): number[] => recordsIn(messages).map(({ tick }) => tick);

  it("comes by itself as long as the host asks for pulses, and from the first unacknowledged tick again", () => {
    bench.send(pulse(0));
    bench.pass(3 * PERIOD_US);
    expect(ticksIn(bench.take())).toEqual([0, 1, 2]);
    bench.pass(4 * PERIOD_US);
    expect(ticksIn(bench.take())).toEqual([3, 4]); // 500 ms after the pulse nobody listens
    for (let tick = 0; tick < 3; tick++) {
      bench.send({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION });
      bench.pass(PERIOD_US);
    }
    expect(ticksIn(bench.take())).toEqual([]);
    bench.send(pulse(2));
    for (let polls = 0; polls < 5; polls++) bench.poll();
    expect(ticksIn(bench.take())).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("waits behind whatever is asked for, and until lock-step is over", () => {
    bench.pass(5 * PERIOD_US);
    bench.ask(setMode("safe", "host"));
    expect(bench.ask(pulse(0)).map(({ kind }) => kind)).toEqual(["pulse-back"]);
    expect(bench.ask({ kind: "observe", tick: 77, observation: observation(1) }).map(({ kind }) => kind)).toEqual(["ticks"]);
    expect(bench.ask(setMode("safe", "sensors")).map(({ kind }) => kind)).toEqual(["mode", "ticks"]);
  });

  it("goes ahead of the answer to a pulse, four frames of it, and no more", () => {
    bench.pass(50 * PERIOD_US);
    bench.take();
    const kinds: string[] = [];
    for (let times = 0; times < 20; times++) kinds.push(...bench.ask(pulse(0)).map(({ kind }) => kind));
    const waiting = ["ticks", "ticks", "ticks", "ticks", "pulse-back"];
    expect(kinds.slice(0, 10)).toEqual([...waiting, ...waiting]);
    expect(kinds.slice(-2)).toEqual(["pulse-back", "pulse-back"]);
  });

  it("tells again what is asked for, and names what is gone", () => {
    bench.send(pulse(0));
    bench.pass(4 * PERIOD_US);
    bench.take();
    expect(ticksIn(bench.ask({ kind: "refill", tick: 1, count: 2 }))).toEqual([1, 2]);
    bench = new Bench(lean);
    bench.pass(4 * PERIOD_US);
    bench.take();
    bench.send({ kind: "refill", tick: 1, count: 3 });
    for (let polls = 0; polls < 3; polls++) bench.poll();
    const told = bench.take();
    expect(told).toContainEqual({ kind: "gone", tick: 1, count: 2 });
    expect(ticksIn(told)).toEqual([3]);
  });

  it("keeps what led to a takeover until the host has it", () => {
    bench.send(setMode("assist", "sensors"));
    bench.pass(3 * PERIOD_US);
    bench.set({ expertDrives: 1 });
    // The host falls silent: the robot stands, and its ring is overwritten many times.
    bench.pass(200 * PERIOD_US);
    bench.send(pulse(0));
    for (let polls = 0; polls < 200; polls++) bench.poll();
    const had = ticksIn(bench.take());
    expect(had.slice(0, 3)).toEqual([0, 1, 2]);
  });
});

describe("new parameters", () => {
  /** A block that adds `offset` to the policy's output. */
  function block(offset: number): Uint8Array {
    const bytes = new Uint8Array(100);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0x52415031, true);
    view.setUint32(4, 0xaa, true);
    view.setInt8(12, offset);
    return bytes;
  }

  const newHash = "00000000000000bb";
  const swapIn = (messages: readonly Message[]): SwapMessage | undefined => messages.find((message) => message.kind === "swap");

  function begin(bytes: Uint8Array): void {
    const answer = bench.ask({
      kind: "swap-begin",
      schemaHash: HELLO.schemaHash,
      layoutHash: HELLO.layoutHash,
      policyHash: newHash,
      bytes: bytes.length,
      crc32: crc32(bytes),
      packed: bytes.length,
      baseHash: "0".repeat(16),
    });
    expect(swapIn(answer)).toMatchObject({ phase: "receiving", outcome: "ok" });
  }

  function settle(): void {
    for (let polls = 0; polls < 10; polls++) bench.poll();
  }

  function bringIn(offset: number): void {
    const bytes = block(offset);
    begin(bytes);
    bench.ask({ kind: "swap-chunk", offset: 0, bytes: bytes.subarray(0, 60) });
    expect(swapIn(bench.ask({ kind: "swap-chunk", offset: 60, bytes: bytes.subarray(60) }))).toMatchObject({ received: 100 });
    settle();
    bench.take();
    bench.send({ kind: "swap-prove", index: 0, input: Int8Array.of(3, 0), output: Int8Array.of(3 + offset) });
    settle();
    expect(swapIn(bench.take())).toMatchObject({ phase: "received", outcome: "ok", proven: 1, policyHash: HELLO.policyHash });
  }

  it("take over between two ticks, and go back, while it drives", () => {
    bench.send(setMode("auto", "sensors"));
    const motorAfterTick = (): number => {
      bench.send({ kind: "pulse", hostUs: 0, acknowledged: 0, window: 0 });
      bench.pass(PERIOD_US);
      return Math.round(100 * bench.get("motor"));
    };
    expect(motorAfterTick()).toBe(60);
    bringIn(20);
    expect(motorAfterTick()).toBe(60);
    expect(swapIn(bench.ask({ kind: "swap-commit", policyHash: newHash }))).toMatchObject({ phase: "committed", policyHash: newHash });
    expect(motorAfterTick()).toBe(80);
    expect(bench.ask({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION })).toContainEqual({ ...HELLO, policyHash: newHash });
    expect(swapIn(bench.ask({ kind: "swap-revert", policyHash: newHash }))).toMatchObject({ policyHash: HELLO.policyHash, outcome: "ok" });
    expect(motorAfterTick()).toBe(60);
  });

  it("are proven in the time that a tick leaves, with what the policy remembers kept", () => {
    bench.ask(setMode("auto", "host"));
    bench.observe(1);
    bench.observe(2);
    bringIn(20);
    expect(bench.get("remembered")).toBe(2);
    bench.ask({ kind: "swap-commit", policyHash: newHash });
    bench.observe(3);
    expect(bench.get("remembered")).toBe(1);
  });

  it("of a policy that takes nearly the whole period are proven while the robot stands", () => {
    bench = new Bench(agent, { policyUs: 0.9 * PERIOD_US });
    bringIn(20);
  });

  it("are refused where there are no slots", () => {
    bench = new Bench(lean);
    const requests: Message[] = [
      { kind: "swap-chunk", offset: 0, bytes: new Uint8Array(4) },
      { kind: "swap-commit", policyHash: newHash },
      { kind: "swap-revert", policyHash: newHash },
    ];
    for (const request of requests) expect(swapIn(bench.ask(request))).toMatchObject({ outcome: "no-slot", policyHash: HELLO.policyHash });
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
    ["an action in auto", setMode("auto", "host"), act(0.5), "unexpected-message"],
    ["an action in safe", setMode("safe", "host"), act(0.5), "unexpected-message"],
    ["a question for a probe", setMode("safe", "host"), { kind: "infer", tick: 0, reset: 0, input: new Int8Array(2) }, "unknown-message"],
  ] as const)("is %s", (_what, mode, message, code) => {
    bench.ask(mode);
    expect(bench.ask(message)).toEqual([problem(code, message.kind)]);
  });

  it("leaves the host's last action as it was", () => {
    bench.ask(setMode("teleop", "host"));
    bench.ask(act(0.5));
    bench.ask(act(NaN));
    expect(bench.observe(1)).toMatchObject({ actor: "expert", action: motorBlob(0.5) });
  });

  const EMPTY = new Set<Message["kind"]>(["stop", "hello-request"]);
  const fromHost = (Object.keys(MESSAGE_IDS) as Message["kind"][]).filter((kind) => MESSAGE_IDS[kind] < 0x80);
  const taken = fromHost.filter((kind) => !EMPTY.has(kind) && kind !== "infer" && kind !== "measure");

  it.each(taken)("is a %s that is cut short or too long", (kind) => {
    bench.take();
    for (const length of [1, 3, 39]) {
      bench.sendFrame(MESSAGE_IDS[kind], new Uint8Array(length).fill(1));
      expect(bench.take()).toEqual([problem("malformed-message", kind)]);
    }
  });

  it("is a mode that does not exist", () => {
    bench.take();
    for (const payload of [
      [5, 0],
      [255, 0],
      [0, 2],
    ]) {
      bench.sendFrame(MESSAGE_IDS["set-mode"], Uint8Array.from(payload));
      expect(bench.take()).toEqual([problem("malformed-message", "set-mode")]);
    }
  });

  it("never moves the motor out of safe, whatever whole frames come", () => {
    const requests = fromHost.filter((kind) => kind !== "set-mode");
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...requests), fc.uint8Array({ maxLength: 40 })), { maxLength: 20 }), (frames) => {
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
