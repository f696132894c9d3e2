// The C application that answers raw inferences, on the test bench.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PROTOCOL_VERSION } from "./messages.generated.ts";
import { Bench, buildFirmware, setMode, type Machine } from "./testing/firmware-bench.ts";

let probe: Machine;
let bench: Bench;

beforeAll(async () => {
  probe = await buildFirmware("probe");
});

describe("the probe", () => {
  beforeEach(() => {
    bench = new Bench(probe);
    bench.take();
  });

  it("says that it is one, and what its policy takes", () => {
    const nothing = "0".repeat(16);
    expect(bench.ask({ kind: "hello-request", protocolVersion: 1 })).toEqual([
      {
        kind: "hello",
        protocolVersion: PROTOCOL_VERSION,
        application: "probe",
        schemaHash: nothing,
        schemaRevision: 0,
        policyHash: "0123456789abcdef",
        layoutHash: nothing,
        parametersBytes: 0,
        firmwareHash: nothing,
        periodUs: 0,
        observationBytes: 0,
        actionBytes: 0,
        inputBytes: 2,
        outputBytes: 1,
        ringTicks: 0,
        receiveBytes: 512,
        longestRequest: 12,
        linkTimeoutUs: 0,
        arenaBytes: 0,
        arenaUsed: 0,
        name: "",
      },
    ]);
  });

  it("measures: as many inferences as asked for, by the clock where there is no counter", () => {
    bench.set({ policyUs: 5 });
    const answer = bench.ask({ kind: "measure", tick: 4, repeats: 1000, input: Int8Array.of(1, 2) });
    expect(answer).toEqual([{ kind: "measured", tick: 4, outcome: "ok", repeats: 1000, elapsed: 5000, overhead: 0, counterHz: 1_000_000 }]);
    expect(bench.get("inferences")).toBe(1000);
  });

  it("gives an answer again, without another inference, until it is asked to begin afresh", () => {
    const ask = (tick: number, reset: number, value: number): unknown =>
      bench.ask({ kind: "infer", tick, reset, input: Int8Array.of(value, 0) });
    const first = ask(1, 0, 5);
    expect(ask(1, 0, 9)).toEqual(first);
    expect(bench.get("remembered")).toBe(1);
    expect(ask(1, 1, 9)).toEqual([{ kind: "inferred", tick: 1, outcome: "ok", output: Int8Array.of(9) }]);
    expect(bench.get("remembered")).toBe(1);
    ask(2, 0, 9);
    expect(bench.get("remembered")).toBe(2);
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
    bench.sendFrame(0x06, Uint8Array.of(1));
    bench.sendFrame(0x07, Uint8Array.of(1));
    expect([...answers, ...bench.take()]).toMatchObject([
      { code: "wrong-size" },
      { code: "wrong-size" },
      { code: "unknown-message" },
      { code: "malformed-message" },
      { code: "malformed-message" },
    ]);
  });

  it("answers one question at a time on a line that takes little, and none twice", () => {
    bench.set({ room: 3 });
    for (let tick = 0; tick < 2; tick++) bench.send({ kind: "infer", tick, reset: 0, input: Int8Array.of(tick, 0) });
    expect(bench.get("inferences")).toBe(1);
    bench.set({ room: 1000 });
    for (let polls = 0; polls < 4; polls++) bench.poll();
    expect(bench.take()).toMatchObject([
      { kind: "inferred", tick: 0, output: Int8Array.of(0) },
      { kind: "inferred", tick: 1, output: Int8Array.of(1) },
    ]);
  });

  it("feeds the watchdog once a poll, and while it measures, which may take longer than that waits", () => {
    bench.poll();
    const before = bench.get("alive");
    bench.poll();
    expect(bench.get("alive")).toBe(before + 1);
    bench.ask({ kind: "measure", tick: 1, repeats: 5000, input: new Int8Array(2) });
    expect(bench.get("alive")).toBeGreaterThan(before + 5000);
  });
});
