// In: the tables of a LeRobot data set, one after another. Out: episodes. What the data set does not tell is taken for a demonstration.

import { at } from "../../core/assert.ts";
import { errorDiagnostic, success, failure, type Diagnostic, type Outcome } from "../../core/diagnostic.ts";
import { ACTORS, EpisodeBuilder, type Actor, type Episode } from "../../artifacts/episode.ts";
import { NO_ACTION, type RobotSpec } from "../../artifacts/robot-spec.ts";
import { actionChannels, observationChannels, type Channel } from "../channels.ts";
import { LabelIndex } from "../labels.ts";
import type { Feature } from "./layout.ts";
import { matchFeatures, type Source } from "./match-features.ts";
import { EXTRA_FEATURES, isOurs } from "./own-features.ts";
import type { ParquetTable } from "./parquet.ts";

/** Turns a cell into a channel's value; NaN or -1 where it is none. */
type CellReader = (cell: unknown) => number;

/** A column of the table for a channel. */
interface ChannelReader {
  readonly feature: string;
  readonly element: number;
  readonly read: CellReader;
}

interface OpenEpisode {
  readonly index: number;
  readonly builder: EpisodeBuilder;
}

export class FrameReader {
  private readonly observation: readonly ChannelReader[];
  private readonly action: readonly ChannelReader[];
  private readonly expertAction: readonly ChannelReader[] | null;
  /** Whether the data set tells who acted; others tell an expert's interventions at most. */
  private readonly tellsActors: boolean;
  private readonly tellsInterventions: boolean;
  private readonly name: string;
  private readonly episodes: Episode[] = [];
  private current: OpenEpisode | null = null;
  private ticks = 0;
  private numbered = 0;

  private constructor(
    features: ReadonlyMap<string, Feature>,
    name: string,
    observation: readonly (readonly [Channel, Source])[],
    action: readonly (readonly [Channel, Source])[],
  ) {
    this.name = name;
    this.tellsActors = isOurs(features);
    this.tellsInterventions = features.has(EXTRA_FEATURES.intervention);
    this.observation = observation.map(([channel, source]) => this.reader(channel, source));
    this.action = action.map(([channel, source]) => this.reader(channel, source));
    const { expertAction } = EXTRA_FEATURES;
    this.expertAction = isOurs(features) ? this.action.map((reader) => ({ ...reader, feature: expertAction })) : null;
  }

  /** @param name of the data set, for messages and as the episodes' source. */
  static open(spec: RobotSpec, features: ReadonlyMap<string, Feature>, name: string): Outcome<FrameReader> {
    const [observed, acted] = [observationChannels(spec), actionChannels(spec)];
    const observation = matchFeatures("observation", features, observed, name);
    const action = matchFeatures("action", features, acted, name);
    if (!observation.ok || !action.ok) {
      return failure(...[observation, action].flatMap((each) => (each.ok ? [] : each.diagnostics)));
    }
    const paired = (channels: readonly Channel[], sources: readonly Source[]): (readonly [Channel, Source])[] =>
      channels.map((channel, index) => [channel, at(sources, index)]);
    const reader = new FrameReader(features, name, paired(observed, observation.value), paired(acted, action.value));
    return success(reader, [...observation.warnings, ...action.warnings]);
  }

  /** Whether a column of the files is looked at. */
  needs(column: string): boolean {
    const own: readonly string[] = ["episode_index", "frame_index", "timestamp", ...Object.values(EXTRA_FEATURES)];
    return own.includes(column) || [...this.observation, ...this.action].some(({ feature }) => feature === column);
  }

  /** Takes the rows of one file; a diagnostic where a column is missing. */
  take({ rows, columns }: ParquetTable, file: string): Diagnostic | null {
    const needed = ["episode_index", ...[...this.observation, ...this.action, ...(this.expertAction ?? [])].map(({ feature }) => feature)];
    const missing = needed.find((column) => !columns.has(column));
    if (missing !== undefined) {
      const message = `the file has no column ${missing}, which meta/info.json promises`;
      return errorDiagnostic("lerobot-column", message, "copy the data set again, or write it anew", { file });
    }
    const cell = (column: string, row: number): unknown => columns.get(column)?.[row];
    const values = (readers: readonly ChannelReader[], row: number): number[] =>
      readers.map(({ feature, element, read }) => read(elementOf(cell(feature, row), element)));
    for (let row = 0; row < rows; row++) {
      const builder = this.episode(numberOf(cell("episode_index", row)));
      const seconds = numberOf(cell(this.tellsActors ? EXTRA_FEATURES.seconds : "timestamp", row));
      const action = values(this.action, row);
      const actor = this.actor(cell(EXTRA_FEATURES.actor, row), cell(EXTRA_FEATURES.intervention, row));
      // Of a data set that tells no more, what was done is what was demonstrated; where a policy drove, nobody said what is right.
      const label = this.expertAction === null ? (actor === "expert" ? action : null) : values(this.expertAction, row);
      builder.add(seconds, values(this.observation, row), action, label, actor);
      this.ticks += 1;
    }
    return null;
  }

  /** Times that are not told follow the rate. */
  finish(rateHz: number): { readonly episodes: readonly Episode[]; readonly ticks: number; readonly labelsByNumber: number } {
    this.close();
    const timed = this.episodes.map((episode) =>
      episode.seconds.every(Number.isFinite) ? episode : { ...episode, seconds: episode.seconds.map((_, tick) => tick / rateHz) },
    );
    return { episodes: timed, ticks: this.ticks, labelsByNumber: this.numbered };
  }

  private episode(index: number): EpisodeBuilder {
    if (this.current?.index !== index) {
      this.close();
      this.current = { index, builder: new EpisodeBuilder(`${this.name}: episode ${index}`) };
    }
    return this.current.builder;
  }

  private close(): void {
    if (this.current !== null) this.episodes.push(this.current.builder.build());
    this.current = null;
  }

  private actor(actor: unknown, intervention: unknown): Actor {
    if (this.tellsActors) return ACTORS[numberOf(actor)] ?? "neutral";
    return this.tellsInterventions && !truth(intervention) ? "policy" : "expert";
  }

  private reader({ field }: Channel, { feature, element, labels }: Source): ChannelReader {
    if (field.kind === "number") return { feature, element, read: numberOf };
    const known = new LabelIndex(field.labels);
    const read = (cell: unknown): number => {
      if (typeof cell === "string") return known.find(cell) ?? -1;
      const index = numberOf(cell);
      if (index === NO_ACTION || Number.isNaN(index)) return index;
      if (labels === null) this.numbered += 1;
      return labels === null ? index : (known.find(labels[index] ?? "") ?? -1);
    };
    return { feature, element, read };
  }
}

function elementOf(cell: unknown, element: number): unknown {
  return isList(cell) ? cell[element] : element === 0 ? cell : undefined;
}

function isList(cell: unknown): cell is ArrayLike<unknown> {
  return Array.isArray(cell) || ArrayBuffer.isView(cell);
}

function truth(cell: unknown): boolean {
  return isList(cell) ? cell[0] === true : cell === true;
}

/** The number that a cell holds; NaN for anything else. */
function numberOf(cell: unknown): number {
  if (typeof cell === "number") return cell;
  if (typeof cell === "bigint" || typeof cell === "boolean") return Number(cell);
  return isList(cell) && cell.length === 1 ? numberOf(cell[0]) : NaN;
}
