// In: recordings. Out: what they hold, in numbers, and what about them spoils policies or is worth knowing. Each check is a file of lint/.

import type { Diagnostic } from "../core/diagnostic.ts";
import type { Episode } from "../artifacts/episode.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { lintAmount, lintFaults } from "./lint/amount.ts";
import { lintConstantChannels, lintNarrowChannels } from "./lint/constant-channels.ts";
import { lintContradictions } from "./lint/contradictions.ts";
import { lintCopies } from "./lint/copies.ts";
import { lintDrift } from "./lint/drift.ts";
import { findingWarning, lintMaterial, type Check, type Finding, type Session } from "./lint/finding.ts";
import { lintLabels } from "./lint/labels.ts";
import { lintLeakage } from "./lint/leakage.ts";
import { lintRepeatedTicks, lintStuckChannels } from "./lint/repeats.ts";
import { lintClipping, lintSaturation } from "./lint/saturation.ts";
import { lintSpikes } from "./lint/spikes.ts";
import { lintTiming } from "./lint/timing.ts";
import type { DatasetStatistics } from "./statistics.ts";

/** What `import` and `train` look at each time. */
const ESSENTIAL: readonly Check[] = [lintAmount, lintFaults, lintLabels, lintConstantChannels, lintClipping, lintContradictions];
const FURTHER: readonly Check[] = [
  lintTiming,
  lintSpikes,
  lintStuckChannels,
  lintRepeatedTicks,
  lintDrift,
  lintSaturation,
  lintNarrowChannels,
  lintCopies,
  lintLeakage,
];

export interface Lint {
  readonly statistics: DatasetStatistics;
  readonly warnings: readonly Diagnostic[];
}

export interface FullLint {
  readonly statistics: DatasetStatistics;
  /** Warnings first. */
  readonly findings: readonly Finding[];
}

/** What the episodes hold, and what spoils most policies. */
export function lintEpisodes(spec: RobotSpec, episodes: readonly Episode[]): Lint {
  const material = lintMaterial(spec, [{ name: "", episodes }]);
  const findings = ESSENTIAL.flatMap((check) => check(material));
  return { statistics: material.statistics, warnings: findings.filter(({ severity }) => severity === "warning").map(findingWarning) };
}

/** Everything that can be said about recordings. */
export function lintSessions(spec: RobotSpec, sessions: readonly Session[]): FullLint {
  const material = lintMaterial(spec, sessions);
  const findings = [...ESSENTIAL, ...FURTHER].flatMap((check) => check(material));
  return {
    statistics: material.statistics,
    findings: [...findings.filter(({ severity }) => severity === "warning"), ...findings.filter(({ severity }) => severity === "note")],
  };
}
