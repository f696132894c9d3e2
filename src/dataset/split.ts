// In: episodes. Out: the part to learn from and the part to be judged by. Neighbouring ticks are nearly alike, so a split never goes
// by row: it takes whole episodes or contiguous blocks.

import { assert, at } from "../core/assert.ts";
import { runError } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { episodeLength, sliceEpisode, type Episode } from "../artifacts/episode.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";

export interface Split {
  readonly training: readonly Episode[];
  readonly heldOut: readonly Episode[];
}

/** The ticks of all episodes, one after another, in `count` contiguous blocks of equal length, each held out once. Episodes are cut
 * where blocks meet.
 * @throws DiagnosticError when there are fewer ticks than blocks. */
export function contiguousBlocks(spec: RobotSpec, episodes: readonly Episode[], count: number): readonly Split[] {
  assert(Number.isInteger(count) && count >= 2, `${count} blocks`);
  const ticks = totalTicks(episodes);
  if (ticks < count) {
    const hint = "record more, or ask for fewer blocks";
    throw runError("split-too-few-ticks", `${ticks} ticks cannot be cut into ${count} blocks`, hint);
  }
  return Array.from({ length: count }, (_, block) => {
    const start = Math.round((block * ticks) / count);
    const end = Math.round(((block + 1) * ticks) / count);
    return {
      training: [...tickRange(spec, episodes, 0, start), ...tickRange(spec, episodes, end, ticks)],
      heldOut: tickRange(spec, episodes, start, end),
    };
  });
}

/** Holds out whole episodes, drawn with the seed, that make up about `share` of all ticks. Where whole episodes cannot come near it
 * (there are too few), the last `share` of each episode is held out instead.
 * @param share 0 .. 1, both exclusive. */
export function splitByEpisode(spec: RobotSpec, episodes: readonly Episode[], share: number, seed: number): Split {
  assert(share > 0 && share < 1, `a share of ${share} to hold out`);
  const ticks = totalTicks(episodes);
  const wanted = share * ticks;
  const chosen = new Set<Episode>();
  let held = 0;
  for (const index of new Random(seed).shuffle(Array.from(episodes.keys()))) {
    const episode = at(episodes, index);
    const together = held + episodeLength(episode);
    if (held >= wanted || together > Math.min(1.5 * wanted, ticks - 1)) continue;
    chosen.add(episode);
    held = together;
  }
  if (held >= 0.5 * wanted && held > 0) {
    return { training: episodes.filter((each) => !chosen.has(each)), heldOut: episodes.filter((each) => chosen.has(each)) };
  }
  return splitTails(spec, episodes, share);
}

function splitTails(spec: RobotSpec, episodes: readonly Episode[], share: number): Split {
  const training: Episode[] = [];
  const heldOut: Episode[] = [];
  for (const episode of episodes) {
    const length = episodeLength(episode);
    const border = length - Math.min(length - 1, Math.max(1, Math.round(length * share)));
    training.push(sliceEpisode(spec, episode, 0, border));
    if (border < length) heldOut.push(sliceEpisode(spec, episode, border, length));
  }
  return { training, heldOut };
}

/** Ticks `start` .. `end - 1` of the concatenated episodes, as pieces of episodes. */
function tickRange(spec: RobotSpec, episodes: readonly Episode[], start: number, end: number): Episode[] {
  const pieces: Episode[] = [];
  let offset = 0;
  for (const episode of episodes) {
    const length = episodeLength(episode);
    const from = Math.max(0, start - offset);
    const to = Math.min(length, end - offset);
    if (from < to) pieces.push(from === 0 && to === length ? episode : sliceEpisode(spec, episode, from, to));
    offset += length;
  }
  return pieces;
}

function totalTicks(episodes: readonly Episode[]): number {
  return episodes.reduce((sum, episode) => sum + episodeLength(episode), 0);
}
