// What a robot's network is to minimise: its head's loss, over the targets that it learns from.

import { actionWidth, type RobotSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { unreachable } from "../core/assert.ts";
import { clusterCentres, type Points } from "./cluster.ts";
import { crossEntropy, gaussian, huber, mixture, type Loss, type Objective } from "./loss.ts";
import { mirrorOf, mirrorTarget, type Mirror } from "./mirror.ts";
import type { TrainingSettings } from "./settings.ts";

/** Targets that groups of a mixture are found in; more change nothing. */
const MOST_POINTS = 8192;

/** Of the draw of a mixture's first centres. */
const CENTRES_SEED = 1;

/** @param centres of a mixture, bins x channels: those that a policy to go on from has, so that its bins keep their numbers. */
export function objectiveFor(
  robot: RobotSpec,
  training: Samples,
  settings: Pick<TrainingSettings, "labelSmoothing" | "balanceLabels" | "mirror" | "sequenceTicks">,
  centres: Float32Array | null = null,
): Objective {
  const { architecture, ensemble } = robot.policy;
  const seen = settings.mirror ? withMirrorImages(training, mirrorOf(robot)) : training;
  const loss = lossFor(robot, seen, settings, centres);
  return { loss, steps: architecture.kind === "gru" ? settings.sequenceTicks : 1, members: ensemble.members };
}

function lossFor(
  robot: RobotSpec,
  seen: Samples,
  settings: Pick<TrainingSettings, "labelSmoothing" | "balanceLabels">,
  centres: Float32Array | null,
): Loss {
  const { action, policy } = robot;
  if (action.kind === "discrete") return crossEntropy(action.labels.length, seen, settings.labelSmoothing, settings.balanceLabels);
  const channels = actionWidth(robot);
  switch (policy.head.kind) {
    case "plain":
      return huber(channels);
    case "gaussian":
      return gaussian(channels);
    case "mixture":
      return mixture(channels, clusterCentres(targetPoints(seen), policy.head.bins, CENTRES_SEED, centres));
    default:
      return unreachable(policy.head);
  }
}

/** Twice the targets and weights; nothing looks at the inputs. */
function withMirrorImages(samples: Samples, mirror: Mirror | null): Samples {
  if (mirror === null) return samples;
  const { rows, targetWidth } = samples;
  const targets = new Float32Array(2 * samples.targets.length);
  targets.set(samples.targets);
  for (let row = 0; row < rows; row++) {
    if ((samples.weights[row] as number) > 0)
      mirrorTarget(mirror.targets, samples.targets, row * targetWidth, targets, (rows + row) * targetWidth);
  }
  const weights = new Float32Array(2 * rows);
  weights.set(samples.weights);
  weights.set(samples.weights, rows);
  return { ...samples, rows: 2 * rows, targets, weights };
}

/** Targets that somebody stands for, evenly thinned where they are many. */
function targetPoints({ rows, targets, targetWidth, weights }: Samples): Points {
  const labelled = Array.from({ length: rows }, (_, row) => row).filter((row) => (weights[row] as number) > 0);
  const every = Math.max(1, Math.ceil(labelled.length / MOST_POINTS));
  const chosen = labelled.filter((_, index) => index % every === 0);
  const values = new Float32Array(chosen.length * targetWidth);
  chosen.forEach((row, index) => {
    values.set(targets.subarray(row * targetWidth, (row + 1) * targetWidth), index * targetWidth);
  });
  return { count: chosen.length, width: targetWidth, values, weights: Float32Array.from(chosen, (row) => weights[row] as number) };
}
