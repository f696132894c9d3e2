// One training in this thread: a task and the choice of an engine in, what was learnt out. The command line's own thread and its workers
// both train so.

import type { Progress } from "../core/io.ts";
import { Random } from "../core/random.ts";
import { trainingEngineBytes } from "../host/training-engine.ts";
import { runTrainingTask, type TrainingTask } from "../pipeline/trainer.ts";
import { buildNetwork } from "../train/architectures/build.ts";
import type { EngineId } from "../train/engine.ts";
import { loadEngine, type TrainingNeeds } from "../train/engines/load.ts";
import type { TrainingResult } from "../train/fit.ts";
import { objectiveFor } from "../train/objective.ts";
import { completeSettings } from "../train/settings.ts";

export type EngineChoice = EngineId | "auto";

/** What travels to a worker. */
export interface ChosenTask {
  readonly choice: EngineChoice;
  readonly task: TrainingTask;
}

/** @throws DiagnosticError when no engine can train it, and as `trainPolicy` does. */
export async function trainTask({ choice, task }: ChosenTask, progress: Progress): Promise<TrainingResult> {
  const engine = await loadEngine(choice, trainingEngineBytes, needsOf(task));
  return runTrainingTask(task, engine, progress);
}

function needsOf({ robot, training, settings, warmStart }: TrainingTask): TrainingNeeds {
  const objective = objectiveFor(robot, training, completeSettings(settings, warmStart !== null));
  return { network: buildNetwork(robot, new Random(0)), objective };
}
