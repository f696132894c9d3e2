// Ticks that say the same as the one before, and channels that stand still while the others move.

import { at } from "../../core/assert.ts";
import { episodeLength, type Episode } from "../../artifacts/episode.ts";
import type { Interval } from "../../artifacts/robot-spec.ts";
import { observationChannels } from "../channels.ts";
import { listNames } from "../raw-table.ts";
import { percentage, shortNumber, type Finding, type Material } from "./finding.ts";

const REPEATED_SHARE = 0.05;
/** A channel that is still for as long as this while the robot moves may be stuck. */
const STUCK_SECONDS = 3;
const STUCK_TICKS = 10;
/** A channel that changes at fewer of the ticks is one that is often still. */
const LIVELY_SHARE = 0.8;

/** Ticks whose whole observation is that of the tick before. */
export function lintRepeatedTicks({ spec, episodes }: Material): Finding[] {
  const width = observationChannels(spec).length;
  let [followers, repeated, longest] = [0, 0, 0];
  for (const episode of episodes) {
    let run = 0;
    for (let tick = 1; tick < episodeLength(episode); tick++) {
      run = changedChannels(episode, tick, width) === 0 ? run + 1 : 0;
      followers += 1;
      repeated += Math.min(run, 1);
      longest = Math.max(longest, run);
    }
  }
  const share = repeated / Math.max(1, followers);
  if (share < REPEATED_SHARE) return [];
  return [
    {
      code: "dataset-duplicate-ticks",
      severity: "warning",
      message: `${repeated} ticks (${percentage(share)}) repeat the observation before them, up to ${longest} in a row`,
      meaning: "sensors are read more often than they measure, the robot stood still, or ticks were written twice",
      remedy: "lower rateHz to what the sensors give, and leave out what was recorded while standing",
      measures: [{ repeated, share, longestRun: longest }],
    },
  ];
}

/** Channels that keep a value, not one at an end of @clip or beyond, for long while most ticks change something else. */
export function lintStuckChannels({ spec, episodes }: Material): Finding[] {
  const channels = observationChannels(spec);
  const leastTicks = Math.max(STUCK_TICKS, Math.ceil(STUCK_SECONDS * spec.rateHz));
  const stuck = channels.flatMap((channel, index) => {
    if (channel.field.kind === "choice") return [];
    const { clip } = channel.field;
    const runs = episodes.flatMap((episode) => stuckRuns(clip, episode, index, channels.length, leastTicks));
    if (runs.length === 0 || !isLively(episodes, index, channels.length)) return [];
    const longest = runs.reduce((best, run) => (run.ticks > best.ticks ? run : best));
    return [{ channel: channel.name, runs: runs.length, ticks: runs.reduce((sum, { ticks }) => sum + ticks, 0), ...describeRun(longest) }];
  });
  if (stuck.length === 0) return [];
  const described = stuck.map(
    ({ channel, value, seconds, atSeconds, episode }) =>
      `${channel} (${shortNumber(value)} for ${seconds.toFixed(1)} s at ${atSeconds.toFixed(1)} s of ${episode})`,
  );
  return [
    {
      code: "dataset-stuck-channel",
      severity: "warning",
      message: `stands still while the robot moves: ${listNames(described, 3)}`,
      meaning: "the sensor hung or its reading was not refreshed, and the old value went on being recorded",
      remedy: "report a stale reading as a fault in `reflex_read`, and leave these stretches out",
      measures: stuck,
    },
  ];
}

interface Run {
  readonly episode: Episode;
  readonly first: number;
  readonly ticks: number;
  readonly value: number;
}

function describeRun({ episode, first, ticks, value }: Run): { value: number; episode: string; atSeconds: number; seconds: number } {
  const atSeconds = at(episode.seconds, first);
  return { value, episode: episode.source, atSeconds, seconds: at(episode.seconds, first + ticks - 1) - atSeconds };
}

function stuckRuns(clip: Interval, episode: Episode, index: number, width: number, leastTicks: number): Run[] {
  const length = episodeLength(episode);
  const valueAt = (tick: number): number => at(episode.observations, tick * width + index);
  const runs: Run[] = [];
  for (let first = 0; first < length;) {
    const value = valueAt(first);
    let [end, moving] = [first + 1, 0];
    for (; end < length && valueAt(end) === value; end++) moving += Math.min(1, changedChannels(episode, end, width));
    const atEnd = value <= Math.fround(clip.minimum) || value >= Math.fround(clip.maximum);
    if (end - first >= leastTicks && !atEnd && moving > (end - first) / 2) runs.push({ episode, first, ticks: end - first, value });
    first = end;
  }
  return runs;
}

function isLively(episodes: readonly Episode[], index: number, width: number): boolean {
  let [followers, changes] = [0, 0];
  for (const episode of episodes) {
    for (let tick = 1; tick < episodeLength(episode); tick++) {
      followers += 1;
      if (episode.observations[tick * width + index] !== episode.observations[(tick - 1) * width + index]) changes += 1;
    }
  }
  return changes >= LIVELY_SHARE * followers;
}

function changedChannels({ observations }: Episode, tick: number, width: number): number {
  let changed = 0;
  for (let position = tick * width; position < (tick + 1) * width; position++) {
    if (!Object.is(observations[position], observations[position - width])) changed += 1;
  }
  return changed;
}
