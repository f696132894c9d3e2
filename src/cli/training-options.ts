// The settings of training that several commands share.

import type { Command } from "commander";
import { ENGINES, type EngineId, type TrainingEngine } from "../train/engine.ts";
import type { TrainingSettings } from "../train/fit.ts";
import type { Terminal } from "../host/terminal.ts";
import { WEIGHT_GRANULARITIES, type WeightGranularity } from "../quantize/quantize-network.ts";
import { oneOf, realNumber, wholeNumber } from "./command.ts";

export interface TrainingOptions {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly seed: number;
  readonly engine?: EngineId;
  readonly weightScales: WeightGranularity;
}

export function addTrainingOptions(command: Command): Command {
  return command
    .option("--epochs <count>", "at most so many passes over the data", wholeNumber("--epochs", 1, 100_000))
    .option("--batch-size <rows>", "rows a step", wholeNumber("--batch-size", 1, 65_536))
    .option("--learning-rate <rate>", "of Adam, at the start", realNumber("--learning-rate", 1e-7, 10))
    .option("--seed <number>", "the same data and seed give the same policy", wholeNumber("--seed", 0, 2 ** 32 - 1), 1)
    .option("--engine <name>", `${ENGINES.join(", ")}; the fastest that is here when not given`, oneOf("--engine", ENGINES))
    .option(
      "--weight-scales <kind>",
      `${WEIGHT_GRANULARITIES.join(" or ")} (for old versions of TensorFlow Lite Micro)`,
      oneOf("--weight-scales", WEIGHT_GRANULARITIES),
      "per-channel",
    );
}

export function settingsOf({ epochs, batchSize, learningRate }: TrainingOptions): Partial<TrainingSettings> {
  return {
    ...(epochs === undefined ? {} : { epochs }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(learningRate === undefined ? {} : { learningRate }),
  };
}

/** Loads the engine and says which one it is. */
export async function engineFor(options: TrainingOptions, terminal: Terminal): Promise<TrainingEngine> {
  // tfjs is loaded when there is something to train.
  const { loadEngine } = await import("../train/engines/load.ts");
  const engine = await loadEngine(options.engine);
  terminal.note(`training with ${engine.id}`);
  return engine;
}
