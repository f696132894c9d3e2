// The settings of training that several commands share.

import { Option, type Command } from "commander";
import { toolVersion } from "../host/package-files.ts";
import { QUANTIZATION_AWARENESS, type QuantizationAwareness, type TrainingRequest } from "../pipeline/train-policy.ts";
import { ENGINES, type EngineId } from "../train/engine.ts";
import { SCHEDULES, type Schedule, type TrainingSettings } from "../train/settings.ts";
import type { Terminal } from "../host/terminal.ts";
import { WEIGHT_GRANULARITIES, type WeightGranularity } from "../quantize/plan-quantization.ts";
import { oneOf, realNumber, wholeNumber } from "./command.ts";
import type { Project, Recordings } from "./project.ts";

export interface TrainingOptions {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly schedule?: Schedule;
  readonly weightDecay?: number;
  readonly patience?: number;
  readonly inputNoise?: number;
  readonly mirror: boolean;
  readonly balance?: boolean;
  readonly correctionWeight: number;
  readonly quantizationAware: QuantizationAwareness;
  readonly seed: number;
  readonly engine?: EngineId;
  readonly weightScales: WeightGranularity;
}

/** What a tick counts for at which a person corrected the policy: few of them must outweigh many that went well (HG-DAgger, Kelly et al. 2019,
 * leaves it at 1; LeRobot's users ask for more). */
const CORRECTION_WEIGHT = 2;

export function addTrainingOptions(command: Command): Command {
  return command
    .option("--epochs <count>", "at most so many passes over the data", wholeNumber("--epochs", 1, 100_000))
    .option("--patience <count>", "epochs without progress on held-out data until it stops", wholeNumber("--patience", 1, 100_000))
    .option("--batch-size <rows>", "rows a step", wholeNumber("--batch-size", 1, 65_536))
    .option("--learning-rate <rate>", "of AdamW, at the start", realNumber("--learning-rate", 1e-7, 10))
    .option("--schedule <name>", `how the rate goes on: ${SCHEDULES.join(" or ")}`, oneOf("--schedule", SCHEDULES))
    .option("--weight-decay <share>", "of each weight a step, in units of the rate", realNumber("--weight-decay", 0, 10))
    .option("--input-noise <deviation>", "of noise on observations, -1..1 across @clip", realNumber("--input-noise", 0, 1))
    .option("--no-mirror", "learn from the recordings alone, though robot.ts declares a symmetry with @mirror")
    .option("--balance", "rare labels weigh as much in sum as frequent ones")
    .option(
      "--correction-weight <factor>",
      "what a tick counts for at which somebody corrected the policy",
      realNumber("--correction-weight", 0, 1000),
      CORRECTION_WEIGHT,
    )
    .addOption(
      new Option(
        "--quantization-aware <when>",
        "train the last epochs with int8 in mind; auto: where quantizing afterwards costs noticeably",
      )
        .choices(QUANTIZATION_AWARENESS)
        .default("auto"),
    )
    .option("--seed <number>", "the same data and seed give the same policy", wholeNumber("--seed", 0, 2 ** 32 - 1), 1)
    .option("--engine <name>", `${ENGINES.join(", ")}; the fastest that can do it when not given`, oneOf("--engine", ENGINES))
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
  const { openTrainer } = await import("./trainer.ts"); // engines are loaded when there is something to train
  const trainer = await openTrainer(options.engine ?? "auto");
  terminal.note(`training with ${trainer.engine}`);
  return {
    robot,
    episodes,
    recordings: hashes,
    seed: options.seed,
    settings: settingsOf(options),
    correctionWeight: options.correctionWeight,
    weightScales: options.weightScales,
    quantizationAware: options.quantizationAware,
    trainer,
    toolVersion,
    progress: terminal.progress,
    warn: terminal.warn,
  };
}

function settingsOf(options: TrainingOptions): Partial<TrainingSettings> {
  const { epochs, patience, batchSize, learningRate, schedule, weightDecay, inputNoise, mirror, balance } = options;
  const given = { epochs, patience, batchSize, learningRate, schedule, weightDecay, inputNoise, mirror, balanceLabels: balance };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
