// New parameters for the policy of the test robot (robot/policy.c), and the messages that bring them: for tests of swaps.

import { crc32 } from "../../core/crc32.ts";
import type { Message, SwapBeginMessage, SwapMessage } from "../messages.generated.ts";
import type { GoldenVector, SwapUpdate } from "../swap.ts";

const PARAMETERS_BYTES = 100;
const MAGIC = 0x52415031;
export const SCHEMA_HASH = "fedcba9876543210";
export const LAYOUT_HASH = "00000000000000aa";
export const NO_BASE = "0".repeat(16);
export const BUILT_IN_HASH = "0123456789abcdef";

/** A policy whose output is its first input plus `offset`. */
export function updateTo(offset: number): SwapUpdate {
  const parameters = Uint8Array.from({ length: PARAMETERS_BYTES }, (_, index) => 37 * index + offset);
  const view = new DataView(parameters.buffer);
  view.setUint32(0, MAGIC, true);
  view.setBigUint64(4, BigInt(`0x${LAYOUT_HASH}`), true);
  view.setInt8(12, offset);
  const policyHash = `c0ffee${offset.toString(16).padStart(10, "0")}`;
  return { schemaHash: SCHEMA_HASH, layoutHash: LAYOUT_HASH, policyHash, parameters, vectors: [3, -20].map((at) => vector(at, offset)) };
}

export function vector(input: number, offset: number): GoldenVector {
  return { input: Int8Array.of(input, 0), output: Int8Array.of(input + offset) };
}

/** The block as it is. */
export function beginOf({ schemaHash, layoutHash, policyHash, parameters }: SwapUpdate): SwapBeginMessage {
  const [bytes, packed] = [parameters.length, parameters.length];
  return { kind: "swap-begin", schemaHash, layoutHash, policyHash, bytes, crc32: crc32(parameters), packed, baseHash: NO_BASE };
}

export function chunksOf({ parameters }: SwapUpdate, size: number): Message[] {
  return Array.from({ length: Math.ceil(parameters.length / size) }, (_, index) => ({
    kind: "swap-chunk",
    offset: index * size,
    bytes: parameters.slice(index * size, (index + 1) * size),
  }));
}

export function proofsOf({ vectors }: SwapUpdate): Message[] {
  return vectors.map(({ input, output }, index) => ({ kind: "swap-prove", index, input, output }));
}

export function commitOf({ policyHash }: SwapUpdate): Message {
  return { kind: "swap-commit", policyHash };
}

/** All of a swap, in order. */
export function swapOf(update: SwapUpdate, chunkBytes = 30): Message[] {
  return [beginOf(update), ...chunksOf(update, chunkBytes), ...proofsOf(update), commitOf(update)];
}

export function swapsIn(messages: readonly Message[]): SwapMessage[] {
  return messages.filter((message) => message.kind === "swap");
}
