// Places buffers in one arena: sizes and lifetimes in, offsets out, so that no two that live at the same time overlap. Most often
// the arena is as small as what lives at once; where that can't be reached, few buffers are tried in every order.

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

/** By index of the buffer, of those that are placed. */
type Offsets = Map<number, number>;

/** Above so many buffers not every order is tried. */
const MOST_ORDERED = 16;

/** Places that a search tries before it is content with what it has. */
const LONGEST_SEARCH = 20_000;

export function placeBuffers(buffers: readonly PlacedBuffer[]): Placement {
  const bound = mostLiveBytes(buffers);
  const plans = ORDERS.map((order) => firstFit(buffers, sortedIndices(buffers, order)));
  const best = plans.reduce((one, other) => (other.bytes < one.bytes ? other : one));
  if (best.bytes === bound) return best;
  const tight = packWithin(buffers, bound);
  if (tight !== null) return tight;
  return buffers.length <= MOST_ORDERED ? tryOrders(buffers, best, bound) : best;
}

/** No arena can be smaller: the most bytes that live at one step. */
export function mostLiveBytes(buffers: readonly PlacedBuffer[]): number {
  const liveAt = (step: number): number =>
    buffers.reduce((sum, { bytes, first, last }) => (first <= step && step <= last ? sum + bytes : sum), 0);
  return Math.max(0, ...buffers.map(({ first }) => liveAt(first)));
}

/** Orders in which first fit does well: large before small, long-lived before short-lived, early before late, and as given. */
const ORDERS: readonly ((buffer: PlacedBuffer) => number)[] = [
  ({ bytes }) => -bytes,
  ({ first, last }) => first - last,
  ({ bytes, first, last }) => -bytes * (last - first + 1),
  ({ first }) => first,
  () => 0,
];

function sortedIndices(buffers: readonly PlacedBuffer[], key: (buffer: PlacedBuffer) => number): number[] {
  return [...buffers.keys()].sort((left, right) => key(at(buffers, left)) - key(at(buffers, right)) || left - right);
}

function firstFit(buffers: readonly PlacedBuffer[], order: readonly number[]): Placement {
  const offsets: Offsets = new Map();
  for (const index of order) offsets.set(index, lowestOffset(buffers, offsets, index));
  return finish(buffers, offsets);
}

/** Each buffer in the order of their first steps at one end of what is free or at the other, the end that the one before left first:
 * in a chain this always succeeds. Null when no plan was found. */
function packWithin(buffers: readonly PlacedBuffer[], height: number): Placement | null {
  const order = sortedIndices(buffers, ({ first }) => first);
  const offsets: Offsets = new Map();
  let tries = 0;
  const visit = (position: number, atBottom: boolean): boolean => {
    const index = order[position];
    if (index === undefined) return true;
    for (const bottom of [atBottom, !atBottom]) {
      if (++tries > LONGEST_SEARCH) return false;
      const offset = bottom ? lowestOffset(buffers, offsets, index) : highestOffset(buffers, offsets, index, height);
      if (offset < 0 || offset + at(buffers, index).bytes > height) continue;
      offsets.set(index, offset);
      if (visit(position + 1, !bottom)) return true;
      offsets.delete(index);
    }
    return false;
  };
  return visit(0, true) ? finish(buffers, offsets) : null;
}

/** Every plan is first fit in the order of its offsets, or worse than that: so trying all orders finds the best one. */
function tryOrders(buffers: readonly PlacedBuffer[], start: Placement, bound: number): Placement {
  let best = start;
  let tries = 0;
  const offsets: Offsets = new Map();
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

/** Those already placed that live at the same time as a buffer. */
function neighbours(
  buffers: readonly PlacedBuffer[],
  offsets: Offsets,
  index: number,
): { readonly offset: number; readonly end: number }[] {
  const { first, last } = at(buffers, index);
  return [...offsets]
    .map(([other, offset]) => ({ offset, end: offset + at(buffers, other).bytes, ...at(buffers, other) }))
    .filter((other) => other.first <= last && first <= other.last);
}

function lowestOffset(buffers: readonly PlacedBuffer[], offsets: Offsets, index: number): number {
  const { bytes, alignment } = at(buffers, index);
  let offset = 0;
  for (const neighbour of neighbours(buffers, offsets, index).sort((left, right) => left.offset - right.offset)) {
    if (offset + bytes <= neighbour.offset) break;
    offset = Math.max(offset, Math.ceil(neighbour.end / alignment) * alignment);
  }
  return offset;
}

/** Negative when there is no room below `height`. */
function highestOffset(buffers: readonly PlacedBuffer[], offsets: Offsets, index: number, height: number): number {
  const { bytes, alignment } = at(buffers, index);
  const below = (end: number): number => Math.floor((end - bytes) / alignment) * alignment;
  let offset = below(height);
  for (const neighbour of neighbours(buffers, offsets, index).sort((left, right) => right.end - left.end)) {
    if (offset >= neighbour.end) break;
    offset = Math.min(offset, below(neighbour.offset));
  }
  return offset;
}

function finish(buffers: readonly PlacedBuffer[], offsets: Offsets): Placement {
  const placed = buffers.map((_, index) => offsets.get(index) ?? 0);
  return { offsets: placed, bytes: Math.max(0, ...buffers.map(({ bytes }, index) => at(placed, index) + bytes)) };
}
