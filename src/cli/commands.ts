// All commands, in the order in which one meets them.

import type { Command } from "commander";
import { benchCommand } from "./bench.ts";
import { boardsCommand } from "./boards.ts";
import { buildCommand } from "./build.ts";
import { checkCommand } from "./check.ts";
import { compileCommand } from "./compile.ts";
import { daggerCommand } from "./dagger.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { evalCommand } from "./eval.ts";
import { flashCommand } from "./flash.ts";
import { importCommand } from "./import.ts";
import { initCommand } from "./init.ts";
import { recordCommand } from "./record.ts";
import { runCommand } from "./run.ts";
import { trainCommand } from "./train.ts";
import { verifyCommand } from "./verify.ts";

export const COMMANDS: readonly (() => Command)[] = [
  initCommand,
  checkCommand,
  importCommand,
  recordCommand,
  trainCommand,
  compileCommand,
  buildCommand,
  flashCommand,
  runCommand,
  daggerCommand,
  evalCommand,
  verifyCommand,
  benchCommand,
  doctorCommand,
  boardsCommand,
  demoCommand,
];
