// Where the fuzzers begin: inputs that already mean something. For the link these are frames as the host sends them; for the agent
// and its storage, lists of deeds in the form that agent-fuzz.c and storage-fuzz.c read.

import { encodeFrame } from "../../../src/link/frame.ts";
import { MESSAGE_IDS } from "../../../src/link/messages.generated.ts";

/** The first byte says in what pieces the line gives the bytes. */
export function linkSeeds(): Uint8Array[] {
  const frames = Object.values(MESSAGE_IDS).map((id, index) => encodeFrame(id, index, new Uint8Array(4 * index).fill(index)));
  const whole = frames.map((frame) => Uint8Array.of(64, ...frame));
  return [...whole, Uint8Array.of(0, ...frames.flatMap((frame) => [...frame])), Uint8Array.of(7, 5, 0, ...(frames[3] ?? []), 0, 0)];
}

const SENSORS = 1;
const LOCK_STEP = 0;
const TELEOP = 1;
const AUTO = 2;
const ASSIST = 3;
const setMode = (mode: number, source = SENSORS): number[] => [2, 0, mode, source];
const act = (value: number): number[] => [2, 1, value];
const observe = (tick: number, value: number): number[] => [2, 2, tick, value, 0];
const pulse = (acknowledged: number, window: number): number[] => [2, 3, acknowledged, window];
const refill = (tick: number, count: number): number[] => [2, 4, tick, count];
const STOP = [2, 5, 0];
const HAND_BACK = [2, 5, 1];
const ticks = (count: number): number[] => [6, count];
const REBOOT = [9, 0];
/** Whole, or packed as no difference (0) or as one (3). */
const parameters = (offset: number): number[] => [4, 0, offset, 0, 4, 131, offset];
const packed = (offset: number, base: number): number[] => [4, 130, offset, base, 4, 131, offset];
const prove = (offset: number, index = 0): number[] => [4, 2, offset, index];
const commit = (offset: number): number[] => [4, 3, offset];
const revert = (offset: number): number[] => [4, 4, offset];
const idle = [5, 0, 5, 16, 5, 16];
const room = (bytes: number): number[] => [8, bytes];
const swap = (offset: number): number[] => [...parameters(offset), ...ticks(1), ...prove(offset), ...ticks(1), ...commit(offset)];

/** The first byte: slew, neutral action, clock and storage. */
export function agentSeeds(): Uint8Array[] {
  const scripts = [
    [1, ...setMode(AUTO), ...pulse(0, 20), ...ticks(4), ...STOP, ...ticks(3)],
    [6, ...setMode(TELEOP), ...act(1), ...ticks(2), ...act(2), ...ticks(5)],
    [2, ...setMode(ASSIST), ...ticks(3), ...act(3), ...ticks(2), ...HAND_BACK, ...ticks(2), ...pulse(0, 9), ...refill(0, 9), ...ticks(1)],
    [0, ...setMode(AUTO, LOCK_STEP), ...observe(1, 0), ...observe(2, 1), ...observe(2, 5), ...setMode(AUTO), ...ticks(1)],
    [0, ...swap(1), ...setMode(AUTO), ...ticks(2), ...REBOOT, ...swap(2), ...revert(2), ...ticks(1)],
    [0, ...parameters(3), ...idle, ...prove(3), ...prove(3, 1), ...idle, ...commit(3), ...idle, ...REBOOT, ...setMode(AUTO), ...ticks(2)],
    [5, ...setMode(AUTO), ...room(2), ...pulse(0, 99), ...ticks(4), ...STOP, ...room(200), ...ticks(9)],
    [17, ...setMode(AUTO), ...[7, 0, 8], ...ticks(2), ...[7, 0, 1], ...[7, 1, 0], ...ticks(4), ...[7, 1, 1], ...ticks(1)],
    [1, ...setMode(AUTO), ...[7, 4, 3, 0, 0], ...ticks(1), ...pulse(0, 0), ...ticks(2)],
    [1, ...setMode(3), ...[7, 5, 1, 8], ...ticks(2), ...[7, 2, 0], ...ticks(1)],
    [0, ...packed(2, 0), ...ticks(1), ...prove(2), ...ticks(1), ...commit(2), ...setMode(AUTO), ...ticks(2)],
    [0, ...packed(1, 3), ...ticks(1), ...packed(1, 0), ...idle, ...packed(2, 0), ...ticks(1), ...prove(2), ...idle],
    [0, ...[7, 6, 0, 3, 0, 40], ...swap(1), ...idle, ...REBOOT, ...setMode(AUTO), ...ticks(1)],
  ];
  return scripts.map((script) => Uint8Array.from(script));
}

const keep = (offset: number): number[] => [0, offset];
const flip = (slot: number, place: number, bits: number): number[] => [2, slot, place, bits];
const mend = (slot: number): number[] => [3, slot];

export function storageSeeds(): Uint8Array[] {
  const scripts = [
    [...keep(1), ...keep(2)],
    [...keep(1), ...flip(0, 60, 1)],
    [...keep(1), ...flip(0, 60, 4), ...mend(0)],
    [...keep(129), ...keep(77)],
    [...keep(2), 4, ...flip(1, 4, 128), ...mend(1)],
    [1, 3, 0, 1, 2, 3],
  ];
  return scripts.map((script) => Uint8Array.from(script));
}
