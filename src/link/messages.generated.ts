// Generated from firmware/PROTOCOL.md by `npm run protocol`: do not edit. The messages of the link as a discriminated union, and
// both directions between a message and the payload of its frame.

import { unreachable } from "../core/assert.ts";
import type { Hash64 } from "../core/hash.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

/** Of this table. Raised whenever a receiver of the old one would misunderstand. */
export const PROTOCOL_VERSION = 5;
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
  /** The policy's actions, until somebody takes over. */
  "assist",
  /** Somebody's actions; the policy runs beside. */
  "shadow",
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
  /** The host, or whoever drives through it; or the expert on the board. */
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
export const SWAP_PHASES = [
  /** No parameters are on their way. */
  "idle",
  /** Some bytes are there. */
  "receiving",
  /** All bytes are there, and their CRC and layout are right. */
  "received",
  /** They drive. */
  "committed",
] as const;
export type SwapPhase = (typeof SWAP_PHASES)[number];

/** Its index is its value on the wire. */
export const SWAP_OUTCOMES = [
  /** The request was carried out. */
  "ok",
  /** This firmware can't exchange parameters, or nothing is there to go back to. */
  "no-slot",
  /** They were made for another robot.ts. */
  "other-schema",
  /** They were made for other code. */
  "other-layout",
  /** More or fewer bytes than a parameter block has. */
  "wrong-size",
  /** A chunk that does not go on where the last one ended. */
  "wrong-place",
  /** The bytes are not those that were announced: all of them have to be sent again. */
  "wrong-crc",
  /** A golden vector gave another output, or the policy failed on it: the parameters are dropped. */
  "wrong-output",
  /** Not all bytes are there, or nothing is proven. */
  "not-ready",
  /** They are packed as the difference to a policy that does not drive. */
  "other-base",
] as const;
export type SwapOutcome = (typeof SWAP_OUTCOMES)[number];

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
  /** The last reading is older than the robot allows. */
  "stale",
  /** The tick ended later than a period after it was due. */
  "deadline-missed",
  /** The policy returned an error. */
  "policy-failed",
  /** The host drives, and its last action is too old. */
  "link-lost",
] as const;
export type Fault = (typeof FAULTS)[number];

/** Its index is its bit on the wire. */
export const CIRCUMSTANCES = [
  /** The sensors answered in this tick; otherwise `observation` is what was held from before. */
  "observed",
  /** The policy ran: `input` and `output` are its. */
  "inferred",
  /** The expert who acted is the board's own. */
  "on-board",
  /** The host numbered the tick and sent its observation: it is in no ring. */
  "lock-step",
  /** The policy remembered nothing when it ran. A tick in which it ran without this goes on from the one before in which it did. */
  "afresh",
] as const;
export type Circumstance = (typeof CIRCUMSTANCES)[number];

/** What an event makes of each mode, in the order of MODES; null: nothing. */
export const TRANSITIONS = {
  "request-safe": { targets: ["safe", "safe", "safe", "safe", "safe"], reason: "requested" },
  "request-teleop": { targets: ["teleop", "teleop", "teleop", "teleop", "teleop"], reason: "requested" },
  "request-auto": { targets: ["auto", "auto", "auto", "auto", "auto"], reason: "requested" },
  "request-assist": { targets: ["assist", "assist", "assist", "assist", "assist"], reason: "requested" },
  "request-shadow": { targets: ["shadow", "shadow", "shadow", "shadow", "shadow"], reason: "requested" },
  "request-without-policy": { targets: ["safe", "safe", "safe", "safe", "safe"], reason: "policy-failed" },
  "stop": { targets: ["safe", "safe", "safe", "safe", "safe"], reason: "stop" },
  "link-lost": { targets: [null, "safe", "safe", "safe", "safe"], reason: "link-lost" },
  "link-lost-autonomous": { targets: [null, "safe", null, "safe", "safe"], reason: "link-lost" },
  "deadline-missed": { targets: [null, "safe", "safe", "safe", "safe"], reason: "deadline-missed" },
  "policy-failed": { targets: [null, null, "safe", "safe", null], reason: "policy-failed" },
} as const satisfies Readonly<Record<string, { readonly targets: readonly (Mode | null)[]; readonly reason: Reason }>>;
export type Event = keyof typeof TRANSITIONS;

/** What happened in a tick, whole. */
export interface TickRecord {
  /** From `observe`, or counted by the board since boot. */
  readonly tick: number;
  /** The board's clock when the tick began. */
  readonly timeUs: number;
  /** What the policy took; 0 where it did not run. */
  readonly inferUs: number;
  /** What the whole tick took, reading and acting included. */
  readonly busyUs: number;
  /** The mode at the end of the tick. */
  readonly mode: Mode;
  /** Who chose the action. */
  readonly actor: Actor;
  /** What was wrong. */
  readonly faults: readonly Fault[];
  /** What else is to be known. */
  readonly circumstances: readonly Circumstance[];
  /** The policy's exact input. */
  readonly input: Int8Array;
  /** Its raw output. */
  readonly output: Int8Array;
  /** What was sensed. */
  readonly observation: Uint8Array;
  /** What was done. */
  readonly action: Uint8Array;
}

/** Lengths that `hello` tells. */
export interface TickRecordSizes {
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly observationBytes: number;
  readonly actionBytes: number;
}

/** Records one behind the other. @returns null when the bytes are no whole number of valid records. */
export function decodeTickRecords(bytes: Uint8Array, sizes: TickRecordSizes): readonly TickRecord[] | null {
  const reader = new ByteReader(bytes);
  const records: TickRecord[] = [];
  while (reader.left > 0) {
    records.push({
      tick: reader.u32(),
      timeUs: reader.u32(),
      inferUs: reader.u32(),
      busyUs: reader.u32(),
      mode: reader.value(MODES),
      actor: reader.value(ACTORS),
      faults: reader.bits(FAULTS),
      circumstances: reader.bits(CIRCUMSTANCES),
      input: reader.int8data(sizes.inputBytes),
      output: reader.int8data(sizes.outputBytes),
      observation: reader.data(sizes.observationBytes),
      action: reader.data(sizes.actionBytes),
    });
    if (reader.failed) return null;
  }
  return records;
}

export function encodeTickRecords(records: readonly TickRecord[]): Uint8Array {
  const writer = new ByteWriter();
  for (const record of records) {
    writer.u32(record.tick);
    writer.u32(record.timeUs);
    writer.u32(record.inferUs);
    writer.u32(record.busyUs);
    writer.value(MODES, record.mode);
    writer.value(ACTORS, record.actor);
    writer.bits(FAULTS, record.faults);
    writer.bits(CIRCUMSTANCES, record.circumstances);
    writer.int8data(record.input);
    writer.int8data(record.output);
    writer.data(record.observation);
    writer.data(record.action);
  }
  return writer.finish();
}

/** From the host. Asks who is there. */
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
  /** Of the int8 model that drives. */
  readonly policyHash: Hash64;
  /** Of the code that parameters must fit; 0: they can't be exchanged. */
  readonly layoutHash: Hash64;
  /** Length of a parameter block. */
  readonly parametersBytes: number;
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
  /** Records that the board keeps. */
  readonly ringTicks: number;
  /** Bytes of frames that may be under way to the board at once. */
  readonly receiveBytes: number;
  /** Bytes of the longest payload that it takes. */
  readonly longestRequest: number;
  /** Without a frame from the host for longer, the link is lost. */
  readonly linkTimeoutUs: number;
  /** Size of the tensor arena; 0 where the runtime has none. */
  readonly arenaBytes: number;
  /** Bytes of it that are in use since the policy was prepared. */
  readonly arenaUsed: number;
  /** The robot's. */
  readonly name: string;
}

/** From the host. Answered by `mode`, even where nothing changes. Where something does, the next `observe` may have any number. */
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

/** From the host. One tick in lock-step. Answered by `ticks` with its record. */
export interface ObserveMessage {
  readonly kind: "observe";
  /** The host's number for this tick, another one than before. */
  readonly tick: number;
  /** What the robot senses. */
  readonly observation: Uint8Array;
}

/** From the board. */
export interface TicksMessage {
  readonly kind: "ticks";
  /** Records of ticks, one behind the other. */
  readonly records: Uint8Array;
}

/** From the host. The expert's action, for the next ticks in teleop, assist and shadow; in assist it takes over. Never answered. */
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

/** From the host. In assist, the policy acts again. Answered by `mode`. */
export interface HandBackMessage {
  readonly kind: "hand-back";
}

/** From the host. Keeps the link alive, and says what has arrived. */
export interface PulseMessage {
  readonly kind: "pulse";
  /** The host's clock. */
  readonly hostUs: number;
  /** The host has every tick before this one, or knows that it is lost. */
  readonly acknowledged: number;
  /** Ticks from there on that the board may send. */
  readonly window: number;
}

/** From the board. */
export interface PulseBackMessage {
  readonly kind: "pulse-back";
  /** From `pulse`. */
  readonly hostUs: number;
  /** The board's clock when it read the `pulse`. */
  readonly boardUs: number;
  /** From then until this was sent. */
  readonly heldUs: number;
  /** The number of the next tick. */
  readonly nextTick: number;
  /** The oldest that the ring still has; next_tick: it is empty. */
  readonly oldestTick: number;
  /** The longest tick since boot. */
  readonly worstUs: number;
  /** The most by which a tick since boot began late. */
  readonly jitterUs: number;
  /** Deadlines missed since boot. */
  readonly missed: number;
  /** Frames dropped since boot. */
  readonly badFrames: number;
}

/** From the host. Answered by `ticks` and `gone`, for each of these ticks one of them. A new one replaces the last. */
export interface RefillMessage {
  readonly kind: "refill";
  /** The first that is missing. */
  readonly tick: number;
  /** How many from there on. */
  readonly count: number;
}

/** From the board. */
export interface GoneMessage {
  readonly kind: "gone";
  /** The first that the board does not have any more. */
  readonly tick: number;
  /** How many from there on. */
  readonly count: number;
}

/** From the host. Answered by `swap`, like all that begins with swap. */
export interface SwapBeginMessage {
  readonly kind: "swap-begin";
  /** What the new policy was made for. */
  readonly schemaHash: Hash64;
  /** The code that its parameters fit. */
  readonly layoutHash: Hash64;
  /** The new policy's. */
  readonly policyHash: Hash64;
  /** Length of the parameter block. */
  readonly bytes: number;
  /** Of it. */
  readonly crc32: number;
  /** Bytes that travel: `bytes`, the block as it is; or fewer, packed. */
  readonly packed: number;
  /** The policy whose parameters were taken from the block before it was packed; 0: none. */
  readonly baseHash: Hash64;
}

/** From the board. */
export interface SwapMessage {
  readonly kind: "swap";
  /** How far the swap is. */
  readonly phase: SwapPhase;
  /** How the last request went. */
  readonly outcome: SwapOutcome;
  /** Bytes that are there. */
  readonly received: number;
  /** Golden vectors that gave what they should. */
  readonly proven: number;
  /** Of the policy that drives. */
  readonly policyHash: Hash64;
  /** 1: what drives survives a reboot; 0: it does not, or not yet. */
  readonly stored: number;
}

/** From the host. */
export interface SwapChunkMessage {
  readonly kind: "swap-chunk";
  /** Where the bytes belong. */
  readonly offset: number;
  /** A piece of the parameter block. */
  readonly bytes: Uint8Array;
}

/** From the host. A golden vector. A policy that remembers is reset before, and what the one that drives remembers is kept. */
export interface SwapProveMessage {
  readonly kind: "swap-prove";
  /** Counts up from 0; one that is proven already is answered again. */
  readonly index: number;
  /** The policy's input. */
  readonly input: Int8Array;
  /** What it must give. */
  readonly output: Int8Array;
}

/** From the host. */
export interface SwapCommitMessage {
  readonly kind: "swap-commit";
  /** Of the parameters to take over. */
  readonly policyHash: Hash64;
}

/** From the host. Back to the parameters before the last commit. */
export interface SwapRevertMessage {
  readonly kind: "swap-revert";
  /** Of the policy that drives now: asked again, nothing more changes. */
  readonly policyHash: Hash64;
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
  | TicksMessage
  | ActMessage
  | StopMessage
  | InferMessage
  | InferredMessage
  | MeasureMessage
  | MeasuredMessage
  | HandBackMessage
  | PulseMessage
  | PulseBackMessage
  | RefillMessage
  | GoneMessage
  | SwapBeginMessage
  | SwapMessage
  | SwapChunkMessage
  | SwapProveMessage
  | SwapCommitMessage
  | SwapRevertMessage
  | ProblemMessage;

export const MESSAGE_IDS: Readonly<Record<Message["kind"], number>> = {
  "hello-request": 0x01,
  "hello": 0x81,
  "set-mode": 0x02,
  "mode": 0x82,
  "observe": 0x03,
  "ticks": 0x83,
  "act": 0x04,
  "stop": 0x05,
  "infer": 0x06,
  "inferred": 0x86,
  "measure": 0x07,
  "measured": 0x87,
  "hand-back": 0x08,
  "pulse": 0x09,
  "pulse-back": 0x89,
  "refill": 0x0a,
  "gone": 0x8a,
  "swap-begin": 0x0b,
  "swap": 0x8b,
  "swap-chunk": 0x0c,
  "swap-prove": 0x0d,
  "swap-commit": 0x0e,
  "swap-revert": 0x0f,
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
      writer.u64(message.layoutHash);
      writer.u32(message.parametersBytes);
      writer.u64(message.firmwareHash);
      writer.u32(message.periodUs);
      writer.u16(message.observationBytes);
      writer.u16(message.actionBytes);
      writer.u16(message.inputBytes);
      writer.u16(message.outputBytes);
      writer.u32(message.ringTicks);
      writer.u16(message.receiveBytes);
      writer.u16(message.longestRequest);
      writer.u32(message.linkTimeoutUs);
      writer.u32(message.arenaBytes);
      writer.u32(message.arenaUsed);
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
    case "ticks":
      writer.rest(message.records);
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
    case "hand-back":
      break;
    case "pulse":
      writer.u32(message.hostUs);
      writer.u32(message.acknowledged);
      writer.u16(message.window);
      break;
    case "pulse-back":
      writer.u32(message.hostUs);
      writer.u32(message.boardUs);
      writer.u32(message.heldUs);
      writer.u32(message.nextTick);
      writer.u32(message.oldestTick);
      writer.u32(message.worstUs);
      writer.u32(message.jitterUs);
      writer.u32(message.missed);
      writer.u32(message.badFrames);
      break;
    case "refill":
      writer.u32(message.tick);
      writer.u16(message.count);
      break;
    case "gone":
      writer.u32(message.tick);
      writer.u16(message.count);
      break;
    case "swap-begin":
      writer.u64(message.schemaHash);
      writer.u64(message.layoutHash);
      writer.u64(message.policyHash);
      writer.u32(message.bytes);
      writer.u32(message.crc32);
      writer.u32(message.packed);
      writer.u64(message.baseHash);
      break;
    case "swap":
      writer.value(SWAP_PHASES, message.phase);
      writer.value(SWAP_OUTCOMES, message.outcome);
      writer.u32(message.received);
      writer.u16(message.proven);
      writer.u64(message.policyHash);
      writer.u8(message.stored);
      break;
    case "swap-chunk":
      writer.u32(message.offset);
      writer.blob(message.bytes);
      break;
    case "swap-prove":
      writer.u16(message.index);
      writer.int8s(message.input);
      writer.int8s(message.output);
      break;
    case "swap-commit":
      writer.u64(message.policyHash);
      break;
    case "swap-revert":
      writer.u64(message.policyHash);
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
        layoutHash: reader.u64(),
        parametersBytes: reader.u32(),
        firmwareHash: reader.u64(),
        periodUs: reader.u32(),
        observationBytes: reader.u16(),
        actionBytes: reader.u16(),
        inputBytes: reader.u16(),
        outputBytes: reader.u16(),
        ringTicks: reader.u32(),
        receiveBytes: reader.u16(),
        longestRequest: reader.u16(),
        linkTimeoutUs: reader.u32(),
        arenaBytes: reader.u32(),
        arenaUsed: reader.u32(),
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
        kind: "ticks",
        records: reader.rest(),
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
    case 0x08:
      return { kind: "hand-back" };
    case 0x09:
      return {
        kind: "pulse",
        hostUs: reader.u32(),
        acknowledged: reader.u32(),
        window: reader.u16(),
      };
    case 0x89:
      return {
        kind: "pulse-back",
        hostUs: reader.u32(),
        boardUs: reader.u32(),
        heldUs: reader.u32(),
        nextTick: reader.u32(),
        oldestTick: reader.u32(),
        worstUs: reader.u32(),
        jitterUs: reader.u32(),
        missed: reader.u32(),
        badFrames: reader.u32(),
      };
    case 0x0a:
      return {
        kind: "refill",
        tick: reader.u32(),
        count: reader.u16(),
      };
    case 0x8a:
      return {
        kind: "gone",
        tick: reader.u32(),
        count: reader.u16(),
      };
    case 0x0b:
      return {
        kind: "swap-begin",
        schemaHash: reader.u64(),
        layoutHash: reader.u64(),
        policyHash: reader.u64(),
        bytes: reader.u32(),
        crc32: reader.u32(),
        packed: reader.u32(),
        baseHash: reader.u64(),
      };
    case 0x8b:
      return {
        kind: "swap",
        phase: reader.value(SWAP_PHASES),
        outcome: reader.value(SWAP_OUTCOMES),
        received: reader.u32(),
        proven: reader.u16(),
        policyHash: reader.u64(),
        stored: reader.u8(),
      };
    case 0x0c:
      return {
        kind: "swap-chunk",
        offset: reader.u32(),
        bytes: reader.blob(),
      };
    case 0x0d:
      return {
        kind: "swap-prove",
        index: reader.u16(),
        input: reader.int8s(),
        output: reader.int8s(),
      };
    case 0x0e:
      return {
        kind: "swap-commit",
        policyHash: reader.u64(),
      };
    case 0x0f:
      return {
        kind: "swap-revert",
        policyHash: reader.u64(),
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
