// What runs a model on a board: the options that `compile`, `verify` and `bench` share, and one that only the last two have: a robot's
// policy says by itself what it remembers.

import type { Command } from "commander";
import { RUNTIMES, type Runtime } from "../artifacts/board.ts";
import { OPTIMIZATIONS, type Optimization } from "../emit/c/printed-step.ts";
import { oneOf } from "./command.ts";

export interface RuntimeOptions {
  readonly runtime: Runtime;
  readonly optimize: Optimization;
}

export interface ModelOptions extends RuntimeOptions {
  readonly streaming: boolean;
}

export function withRuntimeOptions(command: Command): Command {
  return command
    .option("--runtime <name>", "what runs the policy: c (our own), tflm (TensorFlow Lite Micro)", oneOf("--runtime", RUNTIMES), "c")
    .option(
      "--optimize <what>",
      "what our own C is made for: speed may spend flash, size may spend time",
      oneOf("--optimize", OPTIMIZATIONS),
      "balanced",
    );
}

export function withModelOptions(command: Command): Command {
  return withRuntimeOptions(command).option(
    "--streaming",
    "for a convolution over past observations: take the newest one alone and keep past activations",
    false,
  );
}
