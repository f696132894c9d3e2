// What was sensed and done, tick by tick: the unit that recordings hold, splits respect and training learns from.

import { assert } from "../core/assert.ts";
import { actionWidth, observationWidth, type RobotSpec } from "./robot-spec.ts";

/** Who chose the action of a tick; the values are those of the wire and of recordings. */
export const ACTORS = ["neutral", "policy", "expert"] as const;
export type Actor = (typeof ACTORS)[number];

/** One uninterrupted stretch of ticks. All arrays have one row a tick. */
export interface Episode {
  /** Where it came from, for messages: a file, or a file and its number within. */
  readonly source: string;
  /** Seconds since the start of the recording; length n. */
  readonly seconds: Float64Array;
  /** Flat observations, n x observationWidth. */
  readonly observations: Float32Array;
  /** Flat actions that were carried out, n x actionWidth. */
  readonly actions: Float32Array;
  /** What the expert did or would have done, n x actionWidth; NaN where nobody said. This is what training imitates. */
  readonly labels: Float32Array;
  /** Index into ACTORS of who acted; length n. */
  readonly actors: Uint8Array;
}

export function episodeLength(episode: Episode): number {
  return episode.seconds.length;
}

/** Ticks `start` .. `end - 1` as an episode of their own. */
export function sliceEpisode(spec: RobotSpec, episode: Episode, start: number, end: number): Episode {
  const observed = observationWidth(spec);
  const acted = actionWidth(spec);
  return {
    source: episode.source,
    seconds: episode.seconds.slice(start, end),
    observations: episode.observations.slice(start * observed, end * observed),
    actions: episode.actions.slice(start * acted, end * acted),
    labels: episode.labels.slice(start * acted, end * acted),
    actors: episode.actors.slice(start, end),
  };
}

/** @throws AssertionError when the arrays' lengths disagree with the spec. */
export function verifyEpisode(spec: RobotSpec, episode: Episode): void {
  const ticks = episodeLength(episode);
  const acted = actionWidth(spec);
  assert(episode.observations.length === ticks * observationWidth(spec), "observations do not fit the spec");
  assert(episode.actions.length === ticks * acted, "actions do not fit the spec");
  assert(episode.labels.length === ticks * acted, "labels do not fit the spec");
  assert(episode.actors.length === ticks, "one actor a tick");
}

/** Collects ticks one by one; its arrays grow as needed. */
export class EpisodeBuilder {
  private readonly seconds: number[] = [];
  private readonly observations: number[] = [];
  private readonly actions: number[] = [];
  private readonly labels: number[] = [];
  private readonly actors: number[] = [];
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  get length(): number {
    return this.seconds.length;
  }

  /** @param label null when nobody said what would have been right. */
  add(seconds: number, observation: ArrayLike<number>, action: ArrayLike<number>, label: ArrayLike<number> | null, actor: Actor): void {
    this.seconds.push(seconds);
    for (let channel = 0; channel < observation.length; channel++) this.observations.push(observation[channel] as number);
    for (let channel = 0; channel < action.length; channel++) {
      this.actions.push(action[channel] as number);
      this.labels.push(label === null ? NaN : (label[channel] as number));
    }
    this.actors.push(ACTORS.indexOf(actor));
  }

  build(): Episode {
    return {
      source: this.source,
      seconds: Float64Array.from(this.seconds),
      observations: Float32Array.from(this.observations),
      actions: Float32Array.from(this.actions),
      labels: Float32Array.from(this.labels),
      actors: Uint8Array.from(this.actors),
    };
  }
}
