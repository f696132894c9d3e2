// What runs a model on a board: the options that `compile`, `verify` and `bench` share, one that only the last two have (a robot's
// policy says by itself what it remembers), and those by which `compile`, `build` and `flash` name a firmware project.

import type { Command } from "commander";
import { FRAMEWORKS, RUNTIMES, type Framework, type Runtime } from "../artifacts/board.ts";
import { OPTIMIZATIONS, type Optimization } from "../emit/c/printed-step.ts";
import { oneOf } from "./command.ts";

export interface RuntimeOptions {
  readonly runtime: Runtime;
  readonly optimize: Optimization;
}

export interface ModelOptions extends RuntimeOptions {
  readonly streaming: boolean;
}

/** Which firmware of a robot project. */
export interface FirmwareOptions {
  readonly board: string;
  /** The board's default when left out. */
  readonly framework?: Framework;
  readonly runtime: Runtime;
}

/** @param boardWords what --board names. */
export function withFirmwareOptions(command: Command, boardWords: string): Command {
  return withRuntime(
    command
      .requiredOption("--board <id>", boardWords)
      .option(
        "--framework <name>",
        `what the project is made for: ${FRAMEWORKS.join(", ")}; the board's first when not given (\`reflexarc boards\`)`,
        oneOf("--framework", FRAMEWORKS),
      ),
  );
}

function withRuntime(command: Command): Command {
  return command.option(
    "--runtime <name>",
    "what runs the policy: c (our own), tflm (TensorFlow Lite Micro)",
    oneOf("--runtime", RUNTIMES),
    "c",
  );
}

export function withOptimizeOption(command: Command): Command {
  return command.option(
    "--optimize <what>",
    "what our own C is made for: speed may spend flash, size may spend time",
    oneOf("--optimize", OPTIMIZATIONS),
    "balanced",
  );
}

export function withModelOptions(command: Command): Command {
  return withOptimizeOption(withRuntime(command)).option(
    "--streaming",
    "for a convolution over past observations: take the newest one alone and keep past activations",
    false,
  );
}
