// Places buffers in one arena: sizes and lifetimes in, offsets out, so that no two that live at the same time overlap. Exact for
// few buffers, first fit in several orders for many.

import { at } from "../../core/assert.ts";

export interface PlacedBuffer {
  readonly bytes: number;
  readonly alignment: number;
  /** The first and the last step that need it, both included. */
  readonly first: number;
  readonly last: number;
}

export interface Placement {
  /** One a buffer. */
  readonly offsets: readonly number[];
  /** Size of the arena. */
  readonly bytes: number;
}

/** Places that the exact search tries before it is content with the best so far. */
const LONGEST_SEARCH = 100_000;

export function placeBuffers(buffers: readonly PlacedBuffer[]): Placement {
  const bound = mostLiveBytes(buffers);
  let best: Placement | null = null;
  for (const order of ORDERS) {
    const placement = firstFit(buffers, sortedIndices(buffers, order));
    if (best === null || placement.bytes < best.bytes) best = placement;
    if (best.bytes <= bound) return best;
  }
  return best === null ? { offsets: [], bytes: 0 } : search(buffers, best, bound);
}

/** No arena can be smaller: the most bytes that live at one step. */
export function mostLiveBytes(buffers: readonly PlacedBuffer[]): number {
  const liveAt = (step: number): number =>
    buffers.reduce((sum, { bytes, first, last }) => (first <= step && step <= last ? sum + bytes : sum), 0);
  return Math.max(0, ...buffers.map(({ first }) => liveAt(first)));
}

/** Orders in which first fit does well: large before small, long-lived before short-lived, early before late. */
const ORDERS: readonly ((buffer: PlacedBuffer) => number)[] = [
  ({ bytes }) => -bytes,
  ({ first, last }) => first - last,
  ({ bytes, first, last }) => -bytes * (last - first + 1),
  ({ first }) => first,
];

function sortedIndices(buffers: readonly PlacedBuffer[], key: (buffer: PlacedBuffer) => number): number[] {
  return [...buffers.keys()].sort((left, right) => key(at(buffers, left)) - key(at(buffers, right)) || left - right);
}

function firstFit(buffers: readonly PlacedBuffer[], order: readonly number[]): Placement {
  const offsets = new Map<number, number>();
  for (const index of order) offsets.set(index, lowestOffset(buffers, offsets, index));
  return finish(buffers, offsets);
}

/** Every packing is first fit in the order of its offsets, or worse than that: so trying all orders finds the best one. */
function search(buffers: readonly PlacedBuffer[], start: Placement, bound: number): Placement {
  let best = start;
  let tries = 0;
  const offsets = new Map<number, number>();
  const visit = (): void => {
    if (offsets.size === buffers.length) {
      best = finish(buffers, offsets);
      return;
    }
    for (let index = 0; index < buffers.length; index++) {
      if (offsets.has(index)) continue;
      if (best.bytes <= bound || ++tries > LONGEST_SEARCH) return;
      const offset = lowestOffset(buffers, offsets, index);
      if (offset + at(buffers, index).bytes >= best.bytes) continue;
      offsets.set(index, offset);
      visit();
      offsets.delete(index);
    }
  };
  visit();
  return best;
}

function lowestOffset(buffers: readonly PlacedBuffer[], offsets: ReadonlyMap<number, number>, index: number): number {
  const { bytes, alignment, first, last } = at(buffers, index);
  const neighbours = [...offsets]
    .map(([other, offset]) => ({ offset, ...at(buffers, other) }))
    .filter((other) => other.first <= last && first <= other.last)
    .sort((left, right) => left.offset - right.offset);
  let offset = 0;
  for (const neighbour of neighbours) {
    if (offset + bytes <= neighbour.offset) break;
    offset = Math.max(offset, Math.ceil((neighbour.offset + neighbour.bytes) / alignment) * alignment);
  }
  return offset;
}

function finish(buffers: readonly PlacedBuffer[], offsets: ReadonlyMap<number, number>): Placement {
  const placed = buffers.map((_, index) => offsets.get(index) ?? 0);
  return { offsets: placed, bytes: Math.max(0, ...buffers.map(({ bytes }, index) => at(placed, index) + bytes)) };
}
