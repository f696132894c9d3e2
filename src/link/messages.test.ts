import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACTORS as RECORDED_ACTORS } from "../artifacts/episode.ts";
import {
  ACTORS,
  APPLICATIONS,
  CIRCUMSTANCES,
  decodeMessage,
  decodeTickRecords,
  encodeMessage,
  encodeTickRecords,
  FAULTS,
  MESSAGE_IDS,
  MODES,
  OUTCOMES,
  PROBLEM_CODES,
  REASONS,
  SOURCES,
  SWAP_OUTCOMES,
  SWAP_PHASES,
  type Message,
  type TickRecord,
  type TickRecordSizes,
} from "./messages.generated.ts";

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => value.toString(16).padStart(16, "0"));
const blob = fc.uint8Array({ maxLength: 300 });
const int8s = fc.int8Array({ maxLength: 300 });

const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant("hello-request" as const), protocolVersion: u8 }),
  fc.record({
    kind: fc.constant("hello" as const),
    protocolVersion: u8,
    application: fc.constantFrom(...APPLICATIONS),
    schemaHash: u64,
    schemaRevision: u16,
    policyHash: u64,
    layoutHash: u64,
    parametersBytes: u32,
    firmwareHash: u64,
    periodUs: u32,
    observationBytes: u16,
    actionBytes: u16,
    inputBytes: u16,
    outputBytes: u16,
    ringTicks: u32,
    receiveBytes: u16,
    longestRequest: u16,
    linkTimeoutUs: u32,
    arenaBytes: u32,
    arenaUsed: u32,
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
  fc.record({ kind: fc.constant("ticks" as const), records: blob }),
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
  fc.record({ kind: fc.constant("hand-back" as const) }),
  fc.record({ kind: fc.constant("pulse" as const), hostUs: u32, acknowledged: u32, window: u16 }),
  fc.record({
    kind: fc.constant("pulse-back" as const),
    hostUs: u32,
    boardUs: u32,
    heldUs: u32,
    nextTick: u32,
    oldestTick: u32,
    worstUs: u32,
    jitterUs: u32,
    missed: u32,
    badFrames: u32,
  }),
  fc.record({ kind: fc.constantFrom("refill" as const, "gone" as const), tick: u32, count: u16 }),
  fc.record({
    kind: fc.constant("swap" as const),
    phase: fc.constantFrom(...SWAP_PHASES),
    outcome: fc.constantFrom(...SWAP_OUTCOMES),
    received: u32,
    proven: u16,
    policyHash: u64,
    stored: u8,
  }),
  fc.record({ kind: fc.constant("swap-chunk" as const), offset: u32, bytes: blob }),
  fc.record({ kind: fc.constant("swap-prove" as const), index: u16, input: int8s, output: int8s }),
  fc.record({ kind: fc.constantFrom("swap-commit" as const, "swap-revert" as const), policyHash: u64 }),
  fc.record({ kind: fc.constant("problem" as const), code: fc.constantFrom(...PROBLEM_CODES), detail: u32 }),
);

const SIZES: TickRecordSizes = { inputBytes: 2, outputBytes: 1, observationBytes: 1, actionBytes: 1 };
const RECORD: TickRecord = {
  tick: 0x01020304,
  timeUs: 5,
  inferUs: 6,
  busyUs: 7,
  mode: "assist",
  actor: "policy",
  faults: ["not-a-number", "stale"],
  circumstances: ["inferred"],
  input: Int8Array.of(-1, -2),
  output: Int8Array.of(9),
  observation: Uint8Array.of(8),
  action: Uint8Array.of(0),
};

const RECORD_BYTES = 25;
const records: fc.Arbitrary<TickRecord> = fc.record({
  tick: u32,
  timeUs: u32,
  inferUs: u32,
  busyUs: u32,
  mode: fc.constantFrom(...MODES),
  actor: fc.constantFrom(...ACTORS),
  faults: fc.subarray([...FAULTS]),
  circumstances: fc.subarray([...CIRCUMSTANCES]),
  input: fc.int8Array({ minLength: 2, maxLength: 2 }),
  output: fc.int8Array({ minLength: 1, maxLength: 1 }),
  observation: fc.uint8Array({ minLength: 1, maxLength: 1 }),
  action: fc.uint8Array({ minLength: 1, maxLength: 1 }),
});

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
        if (message.kind === "ticks") return; // whatever is there is its records
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
      reason: "set-mode: 9 is none of safe, teleop, auto, assist, shadow",
    });
    expect(decodeMessage(MESSAGE_IDS.act, Uint8Array.of(2, 0, 1))).toEqual({ ok: false, reason: "act: 1 bytes too few" });
  });

  it("are little-endian, with lists as indices and bits", () => {
    expect([...encodeTickRecords([RECORD])]).toEqual([
      ...[4, 3, 2, 1, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0],
      ...[3, 1, 5, 2, 255, 254, 9, 8, 0],
    ]);
  });

  it("hold records of ticks one behind the other, of lengths that are known: cut anywhere else they are none", () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 5 }), fc.nat(), (list, cut) => {
        const bytes = encodeTickRecords(list);
        expect(decodeTickRecords(bytes, SIZES)).toEqual(list);
        const length = cut % (bytes.length + 1);
        const whole = length % RECORD_BYTES === 0;
        expect(decodeTickRecords(bytes.subarray(0, length), SIZES)).toEqual(whole ? list.slice(0, length / RECORD_BYTES) : null);
      }),
      { numRuns: 500 },
    );
  });

  it("refuse a record that holds a value, or a bit, which means nothing", () => {
    const bytes = encodeTickRecords([RECORD]);
    for (const place of [16, 17, 18, 19]) {
      const wrong = bytes.slice();
      wrong[place] = 0xff;
      expect(decodeTickRecords(wrong, SIZES)).toBeNull();
    }
  });

  it("name the actors as recordings do", () => {
    expect(ACTORS).toEqual(RECORDED_ACTORS);
  });
});
