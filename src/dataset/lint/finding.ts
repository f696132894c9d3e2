// What a check of the data found, with the numbers behind it, and what a check looks at. Each file of this folder is one check.

import type { Diagnostic } from "../../core/diagnostic.ts";
import { warningDiagnostic } from "../../core/diagnostic.ts";
import type { Episode } from "../../artifacts/episode.ts";
import type { RobotSpec } from "../../artifacts/robot-spec.ts";
import { samplesOf } from "../samples.ts";
import { datasetStatistics, type DatasetStatistics } from "../statistics.ts";
import { labelledSamples, type LabelledSamples } from "./labelled-samples.ts";

/** A warning spoils most policies; a note is worth knowing. */
export type FindingSeverity = "warning" | "note";

export interface Finding {
  /** Stable, kebab-case, for scripts: `dataset-spikes`. */
  readonly code: string;
  readonly severity: FindingSeverity;
  /** What was found, with numbers, one sentence. */
  readonly message: string;
  /** What it usually means, one sentence. */
  readonly meaning: string;
  /** What to do about it, one sentence. */
  readonly remedy: string;
  /** The numbers one by one, an entry a channel, label or recording; shares are 0..1, times in seconds. */
  readonly measures: readonly Readonly<Record<string, string | number>>[];
}

/** What was recorded in one go: a recording's file. */
export interface Session {
  readonly name: string;
  readonly episodes: readonly Episode[];
}

/** What the checks look at. */
export interface Material {
  readonly spec: RobotSpec;
  readonly sessions: readonly Session[];
  /** Of all sessions. */
  readonly episodes: readonly Episode[];
  readonly statistics: DatasetStatistics;
  readonly samples: LabelledSamples;
}

export type Check = (material: Material) => readonly Finding[];

export function lintMaterial(spec: RobotSpec, sessions: readonly Session[]): Material {
  const episodes = sessions.flatMap((session) => session.episodes);
  return {
    spec,
    sessions,
    episodes,
    statistics: datasetStatistics(spec, episodes),
    samples: labelledSamples(samplesOf(spec, episodes)),
  };
}

/** A finding as the warning that commands print. */
export function findingWarning({ code, message, remedy }: Finding): Diagnostic {
  return warningDiagnostic(code, message, remedy);
}

/** 0.934 as 93.4 %, and 0.00012 as 0.012 %. */
export function percentage(share: number): string {
  const percent = 100 * share;
  return `${percent === 0 || percent >= 0.1 ? percent.toFixed(1) : percent.toPrecision(2)} %`;
}

/** A number with as many digits as single precision has to tell. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}
