// Who trains: here, one after another, or in worker threads, side by side. A task is plain data, so that it can go to a thread.

import type { Progress } from "../core/io.ts";
import type { EngineId, TrainingEngine } from "../train/engine.ts";
import { trainPolicy, type TrainingRequest, type TrainingResult } from "../train/fit.ts";

/** What `trainPolicy` needs, but for what cannot travel to a thread. */
export type TrainingTask = Omit<TrainingRequest, "engine" | "progress">;

export interface Trainer {
  /** The engine that trains, as far as it can. */
  readonly engine: EngineId;
  /** Trains when its turn comes. @throws DiagnosticError as `trainPolicy` does. */
  train(task: TrainingTask, progress: Progress): Promise<TrainingResult>;
}

export function runTrainingTask(task: TrainingTask, engine: TrainingEngine, progress: Progress): Promise<TrainingResult> {
  return trainPolicy({ ...task, engine, progress });
}

/** Trains in this thread. */
export function localTrainer(engine: TrainingEngine): Trainer {
  return { engine: engine.id, train: (task, progress) => runTrainingTask(task, engine, progress) };
}
