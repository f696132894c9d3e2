// In: episodes as a file holds them. Out: an import's report: every tick judged as importTable judges rows, episodes cut where one is
// left out.

import { at } from "../core/assert.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import { episodeLength, sliceEpisode, type Episode } from "../artifacts/episode.ts";
import { NO_ACTION, type RobotSpec } from "../artifacts/robot-spec.ts";
import { BadRows, type BadRowKind, type ImportReport } from "./bad-rows.ts";
import { actionChannels, channelFault, observationChannels, type Channel } from "./channels.ts";

/** Messages count ticks from 1. @param file where they come from, for messages. */
export function judgeTicks(
  spec: RobotSpec,
  file: string,
  episodes: readonly Episode[],
  skipBad: boolean,
  warnings: readonly Diagnostic[],
): ImportReport {
  const badRows = new BadRows(file);
  const judge = tickJudge(spec);
  const kept: Episode[] = [];
  let ticks = 0;
  for (const episode of episodes) {
    const length = episodeLength(episode);
    let start = 0;
    for (let tick = 0; tick < length; tick++) {
      ticks += 1;
      const problem = judge(episode, tick);
      if (problem === null) continue;
      badRows.add(problem.kind, `tick ${ticks}: ${problem.message}`, null);
      if (start < tick) kept.push(sliceEpisode(spec, episode, start, tick));
      start = tick + 1;
    }
    if (start < length) kept.push(sliceEpisode(spec, episode, start, length));
  }
  return badRows.report(ticks, ticks - badRows.total, skipBad, kept, warnings);
}

interface Problem {
  readonly kind: BadRowKind;
  readonly message: string;
}

/** Finds the first impossible value of a tick. Actuators that were off, and ticks that nobody labelled, are no faults. */
function tickJudge(spec: RobotSpec): (episode: Episode, tick: number) => Problem | null {
  const observed = observationChannels(spec);
  const acted = actionChannels(spec);
  const isOff = (value: number): boolean => spec.action.kind === "discrete" && value === NO_ACTION;
  return (episode, tick) => {
    const action = at(episode.actions, tick * acted.length);
    const label = at(episode.labels, tick * acted.length);
    return (
      firstProblem(observed, episode.observations, tick, "") ??
      (isOff(action) ? null : firstProblem(acted, episode.actions, tick, "")) ??
      (isOff(label) || Number.isNaN(label) ? null : firstProblem(acted, episode.labels, tick, "the label's "))
    );
  };
}

function firstProblem(channels: readonly Channel[], values: Float32Array, tick: number, prefix: string): Problem | null {
  for (const [index, channel] of channels.entries()) {
    const value = at(values, tick * channels.length + index);
    const kind = channelFault(channel, value);
    if (kind !== null) return { kind, message: `${prefix}${channel.name} is ${describe(kind, channel, value)}` };
  }
  return null;
}

function describe(kind: BadRowKind, { field }: Channel, value: number): string {
  if (kind === "not-a-number") return "missing or not a number";
  return field.kind === "choice"
    ? "a label that robot.ts does not have"
    : `${value}, outside @range ${field.range.minimum} ${field.range.maximum}`;
}
