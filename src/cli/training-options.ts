// The settings of training that several commands share.

import type { Command } from "commander";
import { toolVersion } from "../host/package-files.ts";
import type { TrainingRequest } from "../pipeline/train-policy.ts";
import { ENGINES, type EngineId } from "../train/engine.ts";
import type { TrainingSettings } from "../train/fit.ts";
import type { Terminal } from "../host/terminal.ts";
import { WEIGHT_GRANULARITIES, type WeightGranularity } from "../quantize/quantize-network.ts";
import { oneOf, realNumber, wholeNumber } from "./command.ts";
import type { Project, Recordings } from "./project.ts";

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

/** What training needs to know, from a project's recordings and the options; says which engine it is that trains. */
export async function trainingRequest(
  { robot }: Project,
  { episodes, hashes }: Recordings,
  options: TrainingOptions,
  terminal: Terminal,
): Promise<TrainingRequest> {
  // tfjs is loaded when there is something to train.
  const { loadEngine } = await import("../train/engines/load.ts");
  const engine = await loadEngine(options.engine);
  terminal.note(`training with ${engine.id}`);
  return {
    robot,
    episodes,
    recordings: hashes,
    seed: options.seed,
    settings: settingsOf(options),
    weightScales: options.weightScales,
    engine,
    toolVersion,
    progress: terminal.progress,
    warn: terminal.warn,
  };
}

function settingsOf({ epochs, batchSize, learningRate }: TrainingOptions): Partial<TrainingSettings> {
  return {
    ...(epochs === undefined ? {} : { epochs }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(learningRate === undefined ? {} : { learningRate }),
  };
}
