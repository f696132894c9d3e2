// Where each buffer of a program lies while it runs: in the caller's arrays, in a state, or in the arena, which buffers share
// when their lives do not overlap or a step may write its output over its input.

import { assert, at } from "../../core/assert.ts";
import { bufferBytes, stepReads, type BufferId, type IntegerProgram } from "../../artifacts/integer-program.ts";
import type { ChosenKernels } from "./choose-kernels.ts";
import { placeBuffers, type PlacedBuffer } from "./place-buffers.ts";
import { PLAIN } from "./printed-step.ts";

export type Place =
  | { readonly kind: "input" | "output" | "arena"; readonly offset: number }
  | { readonly kind: "state" }
  /** Nothing writes or reads it. */
  | { readonly kind: "nowhere" };

export interface MemoryPlan {
  /** One a buffer of the program. */
  readonly places: readonly Place[];
  /** For each buffer those that take one place over from one another, itself included, in their order. */
  readonly sharers: readonly (readonly BufferId[])[];
  /** Of each buffer, in the form in which it lies. */
  readonly bytes: readonly number[];
  /** Offset in the arena of each step's scratch; null where it needs none. */
  readonly scratch: readonly (number | null)[];
  readonly arenaBytes: number;
  readonly arenaAlignment: 1 | 2 | 4 | 8;
}

/** Buffers one after another at one place, and the steps between which it is theirs. */
interface Group {
  readonly members: BufferId[];
  readonly first: number;
  last: number;
}

export function planMemory(program: IntegerProgram, chosen: ChosenKernels): MemoryPlan {
  const groups = groupBuffers(program, chosen);
  const places = new Map<BufferId, Place>();
  placeOutside(program, program.inputs, "input", groups, places);
  placeOutside(program, program.outputs, "output", groups, places);
  for (const { buffer } of program.states) places.set(buffer, { kind: "state" });
  const bytes = program.buffers.map((_, id) => bytesOf(program, chosen, id));
  const inArena = groups.filter(({ members }) => !places.has(at(members, 0)));
  const steps = chosen.steps.flatMap(({ scratch }, step) => (scratch.bytes > 0 ? [{ step, ...scratch }] : []));
  const items: PlacedBuffer[] = [
    ...inArena.map(({ members, first, last }) => ({
      bytes: at(bytes, at(members, 0)),
      alignment: alignmentOf(chosen, members),
      first,
      last,
    })),
    ...steps.map(({ step, ...scratch }) => ({ ...scratch, first: step, last: step })),
  ];
  const { offsets, bytes: arenaBytes } = placeBuffers(items);
  inArena.forEach(({ members }, index) => {
    for (const id of members) places.set(id, { kind: "arena", offset: at(offsets, index) });
  });
  const scratch = chosen.steps.map((_, step) => {
    const index = steps.findIndex((each) => each.step === step);
    return index < 0 ? null : at(offsets, inArena.length + index);
  });
  const arenaAlignment = Math.max(1, ...items.map(({ alignment }) => alignment)) as MemoryPlan["arenaAlignment"];
  return {
    places: program.buffers.map((_, id) => places.get(id) ?? { kind: "nowhere" }),
    sharers: program.buffers.map((_, id) => groups.find(({ members }) => members.includes(id))?.members ?? [id]),
    bytes,
    scratch,
    arenaBytes: Math.ceil(arenaBytes / arenaAlignment) * arenaAlignment,
    arenaAlignment,
  };
}

/** Bytes of a buffer in the form in which it lies. */
function bytesOf(program: IntegerProgram, { forms }: ChosenKernels, id: BufferId): number {
  const buffer = at(program.buffers, id);
  const form = at(forms, id);
  return form === PLAIN ? bufferBytes(buffer) : form.bytes(buffer.elements);
}

function alignmentOf({ forms }: ChosenKernels, members: readonly BufferId[]): number {
  return Math.max(...members.map((id) => at(forms, id).alignment));
}

/** The caller's array holds these one after another; what shares a place with one of them comes along. */
function placeOutside(
  program: IntegerProgram,
  ids: readonly BufferId[],
  kind: "input" | "output",
  groups: readonly Group[],
  places: Map<BufferId, Place>,
): void {
  let offset = 0;
  for (const id of ids) {
    for (const member of groups.find(({ members }) => members.includes(id))?.members ?? [id]) places.set(member, { kind, offset });
    offset += bufferBytes(at(program.buffers, id));
  }
}

/** Groups in the order of their first write; states are in none, inputs in groups of their own. */
function groupBuffers(program: IntegerProgram, chosen: ChosenKernels): readonly Group[] {
  const { steps, inputs, outputs, states } = program;
  const isState = (id: BufferId): boolean => states.some(({ buffer }) => buffer === id);
  const lastUse = new Map<BufferId, number>();
  steps.forEach((step, index) => {
    for (const id of [step.output, ...stepReads(step)]) lastUse.set(id, index);
  });
  const groups = new Map<BufferId, Group>();
  steps.forEach((step, index) => {
    const { output } = step;
    if (isState(output) || groups.has(output)) return;
    const last = lastUse.get(output) ?? index;
    const host = at(chosen.steps, index).inPlace.find(
      (id) =>
        id !== output && groups.has(id) && lastUse.get(id) === index && !outputs.includes(id) &&
        bytesOf(program, chosen, id) === bytesOf(program, chosen, output),
    ); // prettier-ignore
    const group: Group = (host === undefined ? undefined : groups.get(host)) ?? { members: [], first: index, last };
    group.members.push(output);
    group.last = last;
    groups.set(output, group);
  });
  assert(
    inputs.every((id) => !groups.has(id)),
    "no step writes an input",
  );
  return [...new Set(groups.values())];
}
