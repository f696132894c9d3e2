// In: the episodes of a recording. Out: its ticks on one line of time, and what stood in each of its channels, thin enough to be drawn:
// of each bucket of ticks the lowest and the highest value, so that no spike is lost.

import { at } from "../core/assert.ts";
import { episodeLength, type Episode } from "../artifacts/episode.ts";
import { GAP_PERIODS } from "../dataset/lint/timing.ts";
import type { Strip } from "../report/report.ts";

/** Ticks that follow one another without a gap. */
export interface Stretch {
  readonly episode: Episode;
  /** Within its episode: ticks `first` .. `end - 1`. */
  readonly first: number;
  readonly end: number;
  /** Seconds from the beginning of the line to its first tick. */
  readonly fromSeconds: number;
}

export interface Timeline {
  readonly stretches: readonly Stretch[];
  readonly ticks: number;
  /** Where the last tick ends. */
  readonly seconds: number;
  readonly gaps: readonly Gap[];
}

/** A hole in time within an episode. */
export interface Gap {
  readonly episode: string;
  /** On the line of time. */
  readonly atSeconds: number;
  readonly gapSeconds: number;
}

/** Episodes one after another: each at its own time, or where the one before ends, if it says it began earlier. */
export function layOut(rateHz: number, episodes: readonly Episode[]): Timeline {
  const stretches: Stretch[] = [];
  const gaps: Gap[] = [];
  let [end, shift] = [0, 0];
  for (const episode of episodes) {
    const { seconds, source } = episode;
    const length = episodeLength(episode);
    if (length === 0) continue;
    if (stretches.length === 0 || at(seconds, 0) + shift < end) shift = end - at(seconds, 0);
    let first = 0;
    for (let tick = 1; tick <= length; tick++) {
      const step = tick < length ? at(seconds, tick) - at(seconds, tick - 1) : 0;
      if (tick < length && step * rateHz <= GAP_PERIODS && step >= 0) continue;
      stretches.push({ episode, first, end: tick, fromSeconds: at(seconds, first) + shift });
      if (tick < length) gaps.push({ episode: source, atSeconds: at(seconds, tick - 1) + shift, gapSeconds: step });
      first = tick;
    }
    end = seconds.reduce((latest, each) => Math.max(latest, each), 0) + shift + 1 / rateHz;
  }
  return { stretches, ticks: stretches.reduce((sum, stretch) => sum + stretch.end - stretch.first, 0), seconds: end, gaps };
}

/** Ticks that are drawn as one: its lowest and its highest value. */
interface Bucket {
  readonly episode: Episode;
  readonly first: number;
  readonly end: number;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** A gap is before it. */
  readonly breaks: boolean;
}

export function bucketsOf({ stretches, ticks }: Timeline, count: number): readonly Bucket[] {
  const size = Math.max(1, Math.ceil(ticks / count));
  return stretches.flatMap(({ episode, first, end, fromSeconds }, index) => {
    const secondsAt = (tick: number): number => fromSeconds + at(episode.seconds, tick) - at(episode.seconds, first);
    return Array.from({ length: Math.ceil((end - first) / size) }, (_, bucket) => {
      const start = first + bucket * size;
      const stop = Math.min(end, start + size);
      return {
        episode,
        first: start,
        end: stop,
        fromSeconds: secondsAt(start),
        toSeconds: secondsAt(stop - 1),
        breaks: bucket === 0 && index > 0,
      };
    });
  });
}

/** A value for each tick; NaN where there is none. */
export type TickValue = (episode: Episode, tick: number) => number;

/** Between which values each bucket is; null where a gap is. NaN where it holds no value. */
export function spans(buckets: readonly Bucket[], valueOf: TickValue): Strip["spans"] {
  return buckets.flatMap(({ episode, first, end, fromSeconds, toSeconds, breaks }) => {
    const values = Array.from({ length: end - first }, (_, index) => valueOf(episode, first + index)).filter(Number.isFinite);
    const span = values.length === 0 ? ([NaN, NaN] as const) : ([Math.min(...values), Math.max(...values)] as const);
    return [...(breaks ? [null] : []), [fromSeconds, toSeconds, ...span] as const];
  });
}

/** The mean of each bucket; NaN where it has no value. */
export function means(buckets: readonly Bucket[], valueOf: TickValue): number[] {
  return buckets.map(({ episode, first, end }) => {
    const values = Array.from({ length: end - first }, (_, index) => valueOf(episode, first + index)).filter(Number.isFinite);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}

/** When something held, tick by tick, as stretches of the line of time. */
export function heldStretches(
  { stretches }: Timeline,
  rateHz: number,
  holds: (episode: Episode, tick: number) => boolean,
): (readonly [from: number, to: number])[] {
  const held: [number, number][] = [];
  for (const { episode, first, end, fromSeconds } of stretches) {
    const secondsAt = (tick: number): number => fromSeconds + at(episode.seconds, tick) - at(episode.seconds, first);
    let open: [number, number] | null = null;
    for (let tick = first; tick < end; tick++) {
      const until = tick + 1 < end ? secondsAt(tick + 1) : secondsAt(tick) + 1 / rateHz;
      if (!holds(episode, tick)) open = null;
      else if (open === null) held.push((open = [secondsAt(tick), until]));
      else open[1] = until;
    }
  }
  return held;
}
