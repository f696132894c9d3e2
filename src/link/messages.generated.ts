// Generated from firmware/PROTOCOL.md by `npm run protocol`: do not edit. The messages of the link as a discriminated union, and
// both directions between a message and the payload of its frame.

import { unreachable } from "../core/assert.ts";
import type { Hash64 } from "../core/hash.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

/** Of this table. Raised whenever a receiver of the old one would misunderstand. */
export const PROTOCOL_VERSION = 2;
/** Without a frame from the host for longer, the link is lost. */
export const SILENCE_LIMIT_US = 1000000;
/** Ticks for which an `act` counts, the one it came before included. */
export const TELEOP_TICKS = 3;
/** Running: so many end in `safe`. */
export const MISSED_DEADLINES = 2;
/** `problem` tells of bad frames at most this often. */
export const PROBLEM_INTERVAL_US = 1000000;

/** Its index is its value on the wire. */
export const MODES = [
  /** The action is the neutral one. */
  "safe",
  /** The host's actions. */
  "teleop",
  /** The policy's actions. */
  "auto",
] as const;
export type Mode = (typeof MODES)[number];

/** Its index is its value on the wire. */
export const SOURCES = [
  /** Observations are read from the board's sensors, each period. */
  "sensors",
  /** Observations come in `observe`, in lock-step. */
  "host",
] as const;
export type Source = (typeof SOURCES)[number];

/** Its index is its value on the wire. */
export const ACTORS = [
  /** Nobody: the neutral action. */
  "neutral",
  /** The policy on the board. */
  "policy",
  /** The host, or whoever drives through it. */
  "expert",
] as const;
export type Actor = (typeof ACTORS)[number];

/** Its index is its value on the wire. */
export const REASONS = [
  /** The board has just started. */
  "boot",
  /** The host asked for it. */
  "requested",
  /** The host sent `stop`. */
  "stop",
  /** The host fell silent. */
  "link-lost",
  /** Ticks took too long. */
  "deadline-missed",
  /** The policy refused to start, or returned an error. */
  "policy-failed",
] as const;
export type Reason = (typeof REASONS)[number];

/** Its index is its value on the wire. */
export const APPLICATIONS = [
  /** A robot: everything but `infer` and `measure`. */
  "agent",
  /** A policy alone: `hello_request`, `infer` and `measure`. */
  "probe",
] as const;
export type Application = (typeof APPLICATIONS)[number];

/** Its index is its value on the wire. */
export const OUTCOMES = [
  /** The output is the policy's. */
  "ok",
  /** The policy refused to start, or returned an error; there is no output. */
  "policy-failed",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Its index is its value on the wire. */
export const PROBLEM_CODES = [
  /** Frames were dropped. Detail: how many since boot. */
  "bad-frames",
  /** This application has no such message. Detail: its id. */
  "unknown-message",
  /** A payload without the form of its table. Detail: its id. */
  "malformed-message",
  /** A blob is not as long as this robot's. Detail: the message's id. */
  "wrong-size",
  /** Not in this mode or with this source. Detail: its id. */
  "unexpected-message",
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Its index is its bit on the wire. */
export const FAULTS = [
  /** The observation holds NaN or infinity. */
  "not-a-number",
  /** The observation holds what is physically impossible, or an unknown label. */
  "out-of-range",
  /** A sensor did not answer. */
  "stale",
  /** The tick ended later than a period after it was due. */
  "deadline-missed",
  /** The policy returned an error. */
  "policy-failed",
  /** In teleop, and the host's last action is too old. */
  "link-lost",
] as const;
export type Fault = (typeof FAULTS)[number];

/** From the host. Asks who is there; keeps the link alive. */
export interface HelloRequestMessage {
  readonly kind: "hello-request";
  /** The host's. */
  readonly protocolVersion: number;
}

/** From the board. */
export interface HelloMessage {
  readonly kind: "hello";
  /** The board's. The first byte in every version. */
  readonly protocolVersion: number;
  /** What this image does. */
  readonly application: Application;
  /** Of the robot.ts it was made from; 0 in a probe, like all that is a robot's. */
  readonly schemaHash: Hash64;
  /** Counts the changes of that schema, so that two sides know which is older. */
  readonly schemaRevision: number;
  /** Of the int8 model. */
  readonly policyHash: Hash64;
  /** Of the sources of this image. */
  readonly firmwareHash: Hash64;
  /** Microseconds from tick to tick. */
  readonly periodUs: number;
  /** Length of an observation on the wire. */
  readonly observationBytes: number;
  /** Length of an action on the wire. */
  readonly actionBytes: number;
  /** Length of the policy's input. */
  readonly inputBytes: number;
  /** Length of the policy's output. */
  readonly outputBytes: number;
  /** The robot's. */
  readonly name: string;
}

/** From the host. Answered by `mode`, even where nothing changes. The next `observe` may have any number. */
export interface SetModeMessage {
  readonly kind: "set-mode";
  /** Who shall act. */
  readonly mode: Mode;
  /** Where observations shall come from. */
  readonly source: Source;
}

/** From the board. */
export interface ModeMessage {
  readonly kind: "mode";
  /** The mode from now on. */
  readonly mode: Mode;
  /** Where observations come from. */
  readonly source: Source;
  /** Why. */
  readonly reason: Reason;
}

/** From the host. One tick in lock-step. Answered by `tick`. */
export interface ObserveMessage {
  readonly kind: "observe";
  /** The host's number for this tick, another one than before. */
  readonly tick: number;
  /** What the robot senses. */
  readonly observation: Uint8Array;
}

/** From the board. What happened in a tick, whole. */
export interface TickMessage {
  readonly kind: "tick";
  /** From `observe`, or counted by the board since boot. */
  readonly tick: number;
  /** The board's clock when the tick began. */
  readonly timeUs: number;
  /** The mode at the end of the tick. */
  readonly mode: Mode;
  /** Who chose the action. */
  readonly actor: Actor;
  /** What was wrong. */
  readonly faults: readonly Fault[];
  /** What the policy took; 0 where it did not run. */
  readonly inferUs: number;
  /** What was sensed; empty where a sensor did not answer. */
  readonly observation: Uint8Array;
  /** The policy's raw output; empty where it did not run. */
  readonly output: Int8Array;
  /** What was done. */
  readonly action: Uint8Array;
}

/** From the host. The expert's action, for the next ticks in teleop. Never answered. */
export interface ActMessage {
  readonly kind: "act";
  /** What to do. */
  readonly action: Uint8Array;
}

/** From the host. Emergency stop. Answered by `mode`. */
export interface StopMessage {
  readonly kind: "stop";
}

/** From the host. Asked again with the number of the last answer and no reset, the board gives that answer again: a policy with state must not step twice. */
export interface InferMessage {
  readonly kind: "infer";
  /** Counts up; comes back in the answer. */
  readonly tick: number;
  /** 1: what the policy keeps between inferences is reset first; 0: it stays. */
  readonly reset: number;
  /** The policy's input. */
  readonly input: Int8Array;
}

/** From the board. */
export interface InferredMessage {
  readonly kind: "inferred";
  /** From `infer`. */
  readonly tick: number;
  /** How it went. */
  readonly outcome: Outcome;
  /** The policy's output, or empty. */
  readonly output: Int8Array;
}

/** From the host. */
export interface MeasureMessage {
  readonly kind: "measure";
  /** Any number; comes back in the answer. */
  readonly tick: number;
  /** How many inferences to run between two looks at the counter. */
  readonly repeats: number;
  /** The policy's input. */
  readonly input: Int8Array;
}

/** From the board. */
export interface MeasuredMessage {
  readonly kind: "measured";
  /** From `measure`. */
  readonly tick: number;
  /** How it went. */
  readonly outcome: Outcome;
  /** From `measure`. */
  readonly repeats: number;
  /** Counts that the inferences took. */
  readonly elapsed: number;
  /** Counts that the same loop takes around an empty function. */
  readonly overhead: number;
  /** Counts per second. */
  readonly counterHz: number;
}

/** From the board. */
export interface ProblemMessage {
  readonly kind: "problem";
  /** What is wrong. */
  readonly code: ProblemCode;
  /** As the code says. */
  readonly detail: number;
}

export type Message =
  | HelloRequestMessage
  | HelloMessage
  | SetModeMessage
  | ModeMessage
  | ObserveMessage
  | TickMessage
  | ActMessage
  | StopMessage
  | InferMessage
  | InferredMessage
  | MeasureMessage
  | MeasuredMessage
  | ProblemMessage;

export const MESSAGE_IDS: Readonly<Record<Message["kind"], number>> = {
  "hello-request": 0x01,
  "hello": 0x81,
  "set-mode": 0x02,
  "mode": 0x82,
  "observe": 0x03,
  "tick": 0x83,
  "act": 0x04,
  "stop": 0x05,
  "infer": 0x06,
  "inferred": 0x86,
  "measure": 0x07,
  "measured": 0x87,
  "problem": 0x8f,
};

/** A payload as a message, or why it is none. */
export type Decoded = { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly reason: string };

/** The payload of a message's frame. */
export function encodeMessage(message: Message): Uint8Array {
  const writer = new ByteWriter();
  switch (message.kind) {
    case "hello-request":
      writer.u8(message.protocolVersion);
      break;
    case "hello":
      writer.u8(message.protocolVersion);
      writer.value(APPLICATIONS, message.application);
      writer.u64(message.schemaHash);
      writer.u16(message.schemaRevision);
      writer.u64(message.policyHash);
      writer.u64(message.firmwareHash);
      writer.u32(message.periodUs);
      writer.u16(message.observationBytes);
      writer.u16(message.actionBytes);
      writer.u16(message.inputBytes);
      writer.u16(message.outputBytes);
      writer.text(message.name);
      break;
    case "set-mode":
      writer.value(MODES, message.mode);
      writer.value(SOURCES, message.source);
      break;
    case "mode":
      writer.value(MODES, message.mode);
      writer.value(SOURCES, message.source);
      writer.value(REASONS, message.reason);
      break;
    case "observe":
      writer.u32(message.tick);
      writer.blob(message.observation);
      break;
    case "tick":
      writer.u32(message.tick);
      writer.u32(message.timeUs);
      writer.value(MODES, message.mode);
      writer.value(ACTORS, message.actor);
      writer.bits(FAULTS, message.faults);
      writer.u32(message.inferUs);
      writer.blob(message.observation);
      writer.int8s(message.output);
      writer.blob(message.action);
      break;
    case "act":
      writer.blob(message.action);
      break;
    case "stop":
      break;
    case "infer":
      writer.u32(message.tick);
      writer.u8(message.reset);
      writer.int8s(message.input);
      break;
    case "inferred":
      writer.u32(message.tick);
      writer.value(OUTCOMES, message.outcome);
      writer.int8s(message.output);
      break;
    case "measure":
      writer.u32(message.tick);
      writer.u32(message.repeats);
      writer.int8s(message.input);
      break;
    case "measured":
      writer.u32(message.tick);
      writer.value(OUTCOMES, message.outcome);
      writer.u32(message.repeats);
      writer.u32(message.elapsed);
      writer.u32(message.overhead);
      writer.u32(message.counterHz);
      break;
    case "problem":
      writer.value(PROBLEM_CODES, message.code);
      writer.u32(message.detail);
      break;
    default:
      unreachable(message);
  }
  return writer.finish();
}

export function decodeMessage(id: number, payload: Uint8Array): Decoded {
  const reader = new ByteReader(payload);
  const message = readMessage(id, reader);
  if (message === null) return { ok: false, reason: `no message has the id ${id}` };
  const problem = reader.finish();
  return problem === null ? { ok: true, message } : { ok: false, reason: `${message.kind}: ${problem}` };
}

function readMessage(id: number, reader: ByteReader): Message | null {
  switch (id) {
    case 0x01:
      return {
        kind: "hello-request",
        protocolVersion: reader.u8(),
      };
    case 0x81:
      return {
        kind: "hello",
        protocolVersion: reader.u8(),
        application: reader.value(APPLICATIONS),
        schemaHash: reader.u64(),
        schemaRevision: reader.u16(),
        policyHash: reader.u64(),
        firmwareHash: reader.u64(),
        periodUs: reader.u32(),
        observationBytes: reader.u16(),
        actionBytes: reader.u16(),
        inputBytes: reader.u16(),
        outputBytes: reader.u16(),
        name: reader.text(),
      };
    case 0x02:
      return {
        kind: "set-mode",
        mode: reader.value(MODES),
        source: reader.value(SOURCES),
      };
    case 0x82:
      return {
        kind: "mode",
        mode: reader.value(MODES),
        source: reader.value(SOURCES),
        reason: reader.value(REASONS),
      };
    case 0x03:
      return {
        kind: "observe",
        tick: reader.u32(),
        observation: reader.blob(),
      };
    case 0x83:
      return {
        kind: "tick",
        tick: reader.u32(),
        timeUs: reader.u32(),
        mode: reader.value(MODES),
        actor: reader.value(ACTORS),
        faults: reader.bits(FAULTS),
        inferUs: reader.u32(),
        observation: reader.blob(),
        output: reader.int8s(),
        action: reader.blob(),
      };
    case 0x04:
      return {
        kind: "act",
        action: reader.blob(),
      };
    case 0x05:
      return { kind: "stop" };
    case 0x06:
      return {
        kind: "infer",
        tick: reader.u32(),
        reset: reader.u8(),
        input: reader.int8s(),
      };
    case 0x86:
      return {
        kind: "inferred",
        tick: reader.u32(),
        outcome: reader.value(OUTCOMES),
        output: reader.int8s(),
      };
    case 0x07:
      return {
        kind: "measure",
        tick: reader.u32(),
        repeats: reader.u32(),
        input: reader.int8s(),
      };
    case 0x87:
      return {
        kind: "measured",
        tick: reader.u32(),
        outcome: reader.value(OUTCOMES),
        repeats: reader.u32(),
        elapsed: reader.u32(),
        overhead: reader.u32(),
        counterHz: reader.u32(),
      };
    case 0x8f:
      return {
        kind: "problem",
        code: reader.value(PROBLEM_CODES),
        detail: reader.u32(),
      };
    default:
      return null;
  }
}
