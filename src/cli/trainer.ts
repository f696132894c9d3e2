// Who trains for the command line: a policy alone in this thread, several at once side by side in worker threads.

import { extname } from "node:path";
import type { Progress, WorkerPool } from "../core/io.ts";
import { trainingEngineBytes } from "../host/training-engine.ts";
import { openWorkerPool } from "../host/worker-pool.ts";
import type { Trainer, TrainingTask } from "../pipeline/trainer.ts";
import { loadEngine } from "../train/engines/load.ts";
import type { TrainingResult } from "../train/fit.ts";
import { trainTask, type ChosenTask, type EngineChoice } from "./train-task.ts";

/** The file beside this one, as it runs: TypeScript in the sources, JavaScript in the package. */
const WORKER = new URL(`./training-worker${extname(import.meta.url)}`, import.meta.url);

export interface OpenTrainer extends Trainer {
  /** Ends what is being trained. */
  close(): Promise<void>;
}

/** @throws DiagnosticError when the engine does not work here. */
export async function openTrainer(choice: EngineChoice = "auto"): Promise<OpenTrainer> {
  const { id } = await loadEngine(choice, trainingEngineBytes);
  return new SideBySideTrainer(id, choice);
}

interface Asked {
  readonly task: TrainingTask;
  readonly progress: Progress;
  readonly begin: (training: Promise<TrainingResult>) => void;
}

class SideBySideTrainer implements OpenTrainer {
  readonly engine: Trainer["engine"];
  private readonly choice: EngineChoice;
  private pool: WorkerPool<ChosenTask, TrainingResult> | null = null;
  /** Those that were asked for in this turn of the event loop: whether a task is alone shows at its end. */
  private asked: Asked[] = [];
  private running = 0;

  constructor(engine: Trainer["engine"], choice: EngineChoice) {
    this.engine = engine;
    this.choice = choice;
  }

  async train(task: TrainingTask, progress: Progress): Promise<TrainingResult> {
    const training = new Promise<TrainingResult>((begin) => {
      if (this.asked.push({ task, progress, begin }) === 1)
        setImmediate(() => {
          this.beginAll();
        });
    });
    try {
      return await training;
    } finally {
      this.running -= 1;
    }
  }

  async close(): Promise<void> {
    await this.pool?.close();
    this.pool = null;
  }

  private beginAll(): void {
    const { asked, choice } = this;
    this.asked = [];
    const isAlone = this.running === 0 && asked.length === 1;
    this.running += asked.length;
    for (const { task, progress, begin } of asked) {
      if (isAlone) begin(trainTask({ choice, task }, progress));
      else begin((this.pool ??= openWorkerPool(WORKER)).run({ choice, task }, progress));
    }
  }
}
