// Whether what `train` holds out is known from what it trains on: copies, near twins, ticks a moment apart. And what a shuffled split,
// which many data sets come with, would do.

import type { Episode } from "../../artifacts/episode.ts";
import { observationWidth, type RobotSpec } from "../../artifacts/robot-spec.ts";
import { samplesOf } from "../samples.ts";
import { splitByEpisode } from "../split.ts";
import { observationKeys } from "./copies.ts";
import { percentage, type Finding, type Material } from "./finding.ts";
import { labelledSamples } from "./labelled-samples.ts";
import { chosenRows, NearRows } from "./near-rows.ts";

/** As `train` splits when it is told nothing else. */
const HELD_OUT_SHARE = 0.15;
const SEED = 1;
const COPIES_SHARE = 0.05;
const TWINS_SHARE = 0.5;
/** How many points more twins a shuffled split has, to be worth a word. */
const SHUFFLED_EXCESS = 0.1;

export function lintLeakage({ spec, episodes, samples }: Material): Finding[] {
  if (samples.rows < 2) return [];
  const split = splitByEpisode(spec, episodes, HELD_OUT_SHARE, SEED);
  const training = labelledSamples(samplesOf(spec, split.training));
  const heldOut = labelledSamples(samplesOf(spec, split.heldOut));
  if (training.rows === 0 || heldOut.rows === 0) return [];
  const copies = copiedShare(spec, split.training, split.heldOut);
  const twins = twinShare(heldOut.inputs, heldOut.rows, new NearRows(training.inputs, training.inputWidth), 1);
  const shuffledTwins = twinShare(samples.inputs, samples.rows, new NearRows(samples.inputs, samples.inputWidth), 2);
  const measures = [{ copiedShare: copies, nearTwinShare: twins, shuffledNearTwinShare: shuffledTwins, heldOutRows: heldOut.rows }];
  const findings: Finding[] = [];
  if (copies >= COPIES_SHARE) {
    findings.push({
      code: "dataset-held-out-copies",
      severity: "warning",
      message: `${percentage(copies)} of the held-out ticks stand in the training data, value for value`,
      meaning: "a recording is there twice, or the robot stood still; the held-out score tells what was learnt by heart",
      remedy: "keep each recording once",
      measures,
    });
  } else if (twins >= TWINS_SHARE) {
    findings.push({
      code: "dataset-held-out-twins",
      severity: "note",
      message: `${percentage(twins)} of the held-out ticks have a twin in the training data, within one step of int8 in every channel`,
      meaning: "the robot does the same again and again, or senses little: the held-out score says nothing about other situations",
      remedy: "record elsewhere, and judge by `reflexarc eval`, which holds out whole quarters and drives in simulation",
      measures,
    });
  }
  if (shuffledTwins - twins >= SHUFFLED_EXCESS) {
    findings.push({
      code: "dataset-shuffled-split",
      severity: "note",
      message: `neighbouring ticks are alike: ${percentage(shuffledTwins)} have a near twin, ${percentage(twins)} have one across the split that \`train\` makes`,
      meaning: "in a shuffled split the same moment is on both sides, and scores look better than the policy is",
      remedy: "nothing to do here; do not compare with scores from a shuffled split",
      measures,
    });
  }
  return findings;
}

/** Share of rows with at least `least` near rows. 4,000 are looked at, at most. */
function twinShare(inputs: Float32Array, rows: number, near: NearRows, least: number): number {
  const chosen = chosenRows(rows);
  const withTwin = chosen.filter((row) => {
    let found = 0;
    near.visit(inputs, row, () => ++found < least);
    return found >= least;
  });
  return withTwin.length / chosen.length;
}

/** Share of held-out ticks whose observation, unclipped, is also one of the training ticks. */
function copiedShare(spec: RobotSpec, training: readonly Episode[], heldOut: readonly Episode[]): number {
  const width = observationWidth(spec);
  const known = new Set(training.flatMap((episode) => observationKeys(episode, width)));
  const keys = heldOut.flatMap((episode) => observationKeys(episode, width));
  return keys.filter((key) => known.has(key)).length / Math.max(1, keys.length);
}
