import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACTORS as RECORDED_ACTORS } from "../artifacts/episode.ts";
import {
  ACTORS,
  APPLICATIONS,
  decodeMessage,
  encodeMessage,
  FAULTS,
  MESSAGE_IDS,
  MODES,
  OUTCOMES,
  PROBLEM_CODES,
  REASONS,
  SOURCES,
  type Message,
} from "./messages.generated.ts";

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => value.toString(16).padStart(16, "0"));
const blob = fc.uint8Array({ maxLength: 300 });
const int8s = fc.int8Array({ maxLength: 300 });
const faults = fc.subarray([...FAULTS]);

const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant("hello-request" as const), protocolVersion: u8 }),
  fc.record({
    kind: fc.constant("hello" as const),
    protocolVersion: u8,
    application: fc.constantFrom(...APPLICATIONS),
    schemaHash: u64,
    schemaRevision: u16,
    policyHash: u64,
    firmwareHash: u64,
    periodUs: u32,
    observationBytes: u16,
    actionBytes: u16,
    inputBytes: u16,
    outputBytes: u16,
    name: fc.string({ unit: "grapheme", maxLength: 20 }).filter((name) => new TextEncoder().encode(name).length < 256),
  }),
  fc.record({ kind: fc.constant("set-mode" as const), mode: fc.constantFrom(...MODES), source: fc.constantFrom(...SOURCES) }),
  fc.record({
    kind: fc.constant("mode" as const),
    mode: fc.constantFrom(...MODES),
    source: fc.constantFrom(...SOURCES),
    reason: fc.constantFrom(...REASONS),
  }),
  fc.record({ kind: fc.constant("observe" as const), tick: u32, observation: blob }),
  fc.record({
    kind: fc.constant("tick" as const),
    tick: u32,
    timeUs: u32,
    mode: fc.constantFrom(...MODES),
    actor: fc.constantFrom(...ACTORS),
    faults,
    inferUs: u32,
    observation: blob,
    output: int8s,
    action: blob,
  }),
  fc.record({ kind: fc.constant("act" as const), action: blob }),
  fc.record({ kind: fc.constant("stop" as const) }),
  fc.record({ kind: fc.constant("infer" as const), tick: u32, reset: fc.constantFrom(0, 1), input: int8s }),
  fc.record({ kind: fc.constant("inferred" as const), tick: u32, outcome: fc.constantFrom(...OUTCOMES), output: int8s }),
  fc.record({ kind: fc.constant("measure" as const), tick: u32, repeats: u32, input: int8s }),
  fc.record({
    kind: fc.constant("measured" as const),
    tick: u32,
    outcome: fc.constantFrom(...OUTCOMES),
    repeats: u32,
    elapsed: u32,
    overhead: u32,
    counterHz: u32,
  }),
  fc.record({ kind: fc.constant("problem" as const), code: fc.constantFrom(...PROBLEM_CODES), detail: u32 }),
);

describe("messages", () => {
  it("come back as they went", () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeMessage(MESSAGE_IDS[message.kind], encodeMessage(message))).toEqual({ ok: true, message });
      }),
      { numRuns: 500 },
    );
  });

  it("are refused when a byte is missing or left over", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const payload = encodeMessage(message);
        expect(decodeMessage(MESSAGE_IDS[message.kind], Uint8Array.of(...payload, 0)).ok).toBe(false);
        if (payload.length > 0) expect(decodeMessage(MESSAGE_IDS[message.kind], payload.subarray(0, -1)).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("are never mistaken for one in random bytes: decoding gives a message that encodes to the same bytes, or a reason", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(MESSAGE_IDS)), fc.uint8Array({ maxLength: 40 }), (id, payload) => {
        const decoded = decodeMessage(id, payload);
        if (decoded.ok && decoded.message.kind !== "hello") expect(encodeMessage(decoded.message)).toEqual(payload);
      }),
      { numRuns: 5000 },
    );
  });

  it("say why they are none", () => {
    expect(decodeMessage(0x7e, new Uint8Array())).toEqual({ ok: false, reason: "no message has the id 126" });
    expect(decodeMessage(MESSAGE_IDS["set-mode"], Uint8Array.of(9, 0))).toEqual({
      ok: false,
      reason: "set-mode: 9 is none of safe, teleop, auto",
    });
    expect(decodeMessage(MESSAGE_IDS.act, Uint8Array.of(2, 0, 1))).toEqual({ ok: false, reason: "act: 1 bytes too few" });
  });

  it("are little-endian, with lists as indices and bits", () => {
    const tick = { kind: "tick", tick: 0x01020304, timeUs: 5, mode: "auto", actor: "policy", faults: ["not-a-number", "stale"] } as const;
    const payload = encodeMessage({
      ...tick,
      inferUs: 6,
      observation: Uint8Array.of(7),
      output: Int8Array.of(-1),
      action: new Uint8Array(),
    });
    expect([...payload]).toEqual([4, 3, 2, 1, 5, 0, 0, 0, 2, 1, 5, 6, 0, 0, 0, 1, 0, 7, 1, 0, 255, 0, 0]);
  });

  it("name the actors as recordings do", () => {
    expect(ACTORS).toEqual(RECORDED_ACTORS);
  });
});
