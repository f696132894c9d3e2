// All commands, in the order in which one meets them. A command is loaded when it is asked for: each needs only a part of what
// the others do, and `reflexarc --help` none of it.

import type { Command } from "commander";

export interface CommandEntry {
  readonly name: string;
  /** What it does, for `--help`. */
  readonly summary: string;
  readonly load: () => Promise<() => Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "init",
    summary: "make a new robot project",
    load: async () => (await import("./init.ts")).initCommand,
  },
  {
    name: "check",
    summary: "parse robot.ts; print fields, ranges, wire bytes, schema hash",
    load: async () => (await import("./check.ts")).checkCommand,
  },
  {
    name: "import",
    summary: "CSV, JSON lines, MCAP or LeRobot v3 -> a recording; --model: a Keras, TensorFlow.js or TFLite model -> a policy",
    load: async () => (await import("./import.ts")).importCommand,
  },
  {
    name: "record",
    summary: "record demonstrations from a board or a simulated robot",
    load: async () => (await import("./record.ts")).recordCommand,
  },
  {
    name: "data",
    summary: "look at recordings: lint, show; export them as a LeRobot data set",
    load: async () => (await import("./data.ts")).dataCommand,
  },
  {
    name: "train",
    summary: "recordings -> policy bundle: weights, int8 model, .tflite, metrics, report",
    load: async () => (await import("./train.ts")).trainCommand,
  },
  {
    name: "compile",
    summary: "policy bundle -> a firmware project, with size and speed printed before it is flashed",
    load: async () => (await import("./compile.ts")).compileCommand,
  },
  {
    name: "build",
    summary: "run the board's toolchain on what `compile` wrote",
    load: async () => (await import("./build.ts")).buildCommand,
  },
  {
    name: "flash",
    summary: "put the image on the board, or boot it in the emulator",
    load: async () => (await import("./flash.ts")).flashCommand,
  },
  {
    name: "run",
    summary: "watch a board drive; stop, resume, take over",
    load: async () => (await import("./run.ts")).runCommand,
  },
  {
    name: "push",
    summary: "exchange the policy of a board that runs, without flashing it",
    load: async () => (await import("./push.ts")).pushCommand,
  },
  {
    name: "dagger",
    summary: "let the policy drive and the expert say what would have been right; learn from it; repeat",
    load: async () => (await import("./dagger.ts")).daggerCommand,
  },
  {
    name: "eval",
    summary: "judge policies on held-out data and in closed loop, as float, as int8 and on an emulated board",
    load: async () => (await import("./eval.ts")).evalCommand,
  },
  {
    name: "verify",
    summary: "run raw int8 vectors through the oracle and emulated boards; exact equality or the first difference",
    load: async () => (await import("./verify.ts")).verifyCommand,
  },
  {
    name: "bench",
    summary: "instructions, estimated cycles, flash and RAM of a model on an emulated board",
    load: async () => (await import("./bench.ts")).benchCommand,
  },
  {
    name: "doctor",
    summary: "which tools are installed, what they are for, how to get the others",
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  {
    name: "boards",
    summary: "the boards, and which of them can be emulated here",
    load: async () => (await import("./boards.ts")).boardsCommand,
  },
  {
    name: "demo",
    summary: "the whole loop once: demonstrate, clone, quantize, compile, boot, drive, correct, learn again",
    load: async () => (await import("./demo.ts")).demoCommand,
  },
];
