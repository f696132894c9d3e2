// How the RAM of a board is shared out: what the policy and the agent can't do without in, and from what is spare the parameter
// slots, the ring of tick records and the length of a batch out.

import { reservedOf, type Board, type Core, type Framework } from "../artifacts/board.ts";
import type { RobotMemory } from "../artifacts/firmware-project.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { actionWireBytes, observationWireBytes } from "../link/wire.ts";

/** What a policy takes of the RAM. */
export interface PolicyMemory {
  /** Static. */
  readonly ramBytes: number;
  /** Null where it isn't known. */
  readonly stackBytes: number | null;
  /** Of the parameter block; null where a runtime's parameters can't be exchanged. */
  readonly parameterBytes: number | null;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

/** A robot and its policy on a board. */
export interface AgentOnBoard {
  readonly board: Board;
  readonly framework: Framework;
  readonly spec: RobotSpec;
  readonly policy: PolicyMemory;
}

/** A ring longer than a minute, or larger, keeps what nobody will ask for. */
const LONGEST_RING_SECONDS = 60;
const LARGEST_RING_BYTES = 32 * 1024;
/** But so many ticks are worth their room, however large: a host that is late for one loses none. */
const FEWEST_RING_TICKS = 8;

/** Longer batches save next to nothing: of a frame of 240 bytes, 6 are not payload. */
const USUAL_BATCH_BYTES = 240;
/** Where each byte counts: boards with less RAM than this. */
const SMALL_RAM_BYTES = 4096;
const SMALL_BATCH_BYTES = 64;

/** Of what is spare, so much stays free: a person's own part needs some. */
const FREE_SHARE = 1 / 8;

/** Static RAM and stack of agent and port beside what `agentRamBytes` counts: of measured builds, with some room
 * (tests/conformance/memory.test.ts). Cortex-M7, M33 and Xtensa LX6 as their relatives; virtual and host boards have storage of 128 KB
 * and a stack that nobody counts. */
const AGENT_BYTES: Readonly<Record<Core, number>> = {
  ...{ "cortex-m0plus": 2816, "cortex-m4f": 1536, "cortex-m7": 1536, "cortex-m33": 1536, "cortex-m55": 1536 },
  ...{
    rv32imc: 1536,
    rv32imac: 1536,
    "xtensa-lx106": 1536,
    "xtensa-lx6": 1536,
    "xtensa-lx7": 1536,
    wasm32: 256 * 1024,
    host: 256 * 1024,
    avr: 680,
  },
};

/** Stack of a policy whose runtime doesn't tell it. */
const UNKNOWN_POLICY_STACK_BYTES = 4096;

/** Payloads without their vectors and texts, and what frames add: firmware/include/reflex_protocol.h, reflex_link.h. */
const RECORD_HEAD_BYTES = 20;
const HELLO_BYTES = 73;
const SWAP_BEGIN_BYTES = 44;
const SWAP_CHUNK_BYTES = 6 + 480;
const REQUEST_HEAD_BYTES = 6;
const FRAME_BYTES = 6;

/** Length of a tick's record on the link, and in the ring. */
export function recordBytes({ spec, policy }: Pick<AgentOnBoard, "spec" | "policy">): number {
  return RECORD_HEAD_BYTES + policy.inputBytes + policy.outputBytes + observationWireBytes(spec) + actionWireBytes(spec);
}

/** Shares out what the policy leaves of the board's RAM; where that is nothing, the least that an agent works with. */
export function shareMemory(agent: AgentOnBoard): RobotMemory {
  const { board, spec } = agent;
  const record = recordBytes(agent);
  const least = leastMemory(agent);
  const spare = Math.max(0, (board.ramBytes - agentRamBytes(agent, least)) * (1 - FREE_SHARE));
  const slots = agentRamBytes(agent, { ...least, parameterSlots: 2 }) - agentRamBytes(agent, least);
  const parameterSlots = exchangeable(agent) && slots <= spare / 2 ? 2 : 0;
  const largest = Math.max(LARGEST_RING_BYTES, FEWEST_RING_TICKS * record);
  const ringBytes = Math.min(record + spare - (parameterSlots === 0 ? 0 : slots), largest);
  const ringTicks = Math.max(1, Math.min(Math.floor(ringBytes / record), LONGEST_RING_SECONDS * spec.rateHz));
  return { ...least, ringTicks, parameterSlots };
}

/** What an agent can't do without. */
export function leastMemory(agent: AgentOnBoard): RobotMemory {
  const usual = agent.board.ramBytes < SMALL_RAM_BYTES ? SMALL_BATCH_BYTES : USUAL_BATCH_BYTES;
  return { ringTicks: 1, parameterSlots: 0, batchBytes: Math.max(recordBytes(agent), usual) };
}

/** RAM of the whole firmware, stack included: an upper bound where the core's was measured. */
export function agentRamBytes(agent: AgentOnBoard, memory: RobotMemory): number {
  const { board, framework, spec, policy } = agent;
  const record = recordBytes(agent);
  const vectors = record - RECORD_HEAD_BYTES;
  const swapped = memory.parameterSlots === 0 ? [0] : [SWAP_CHUNK_BYTES, REQUEST_HEAD_BYTES + policy.inputBytes + policy.outputBytes];
  const received = Math.max(SWAP_BEGIN_BYTES, REQUEST_HEAD_BYTES + observationWireBytes(spec), ...swapped);
  const sent = Math.max(memory.batchBytes, HELLO_BYTES + spec.name.length);
  const slots = memory.parameterSlots === 0 ? 0 : memory.parameterSlots * (policy.parameterBytes ?? 0) + vectors + policy.ramBytes;
  const fixed = AGENT_BYTES[board.core] + reservedOf(board, framework).ramBytes;
  const ofPolicy = policy.ramBytes + (policy.stackBytes ?? UNKNOWN_POLICY_STACK_BYTES);
  return fixed + ofPolicy + received + sent + 2 * FRAME_BYTES + 2 * vectors + slots + memory.ringTicks * record;
}

/** An AVR reads its parameters from program memory, which a running program can't write. */
function exchangeable({ board, policy }: AgentOnBoard): boolean {
  return policy.parameterBytes !== null && board.core !== "avr";
}
