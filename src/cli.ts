#!/usr/bin/env node
// The command line: finds the command, runs it, and turns whatever goes wrong into words and an exit code: 0 done, 1 it failed,
// 2 it was asked for something wrong.

import { Command, CommanderError } from "commander";
import { DiagnosticError } from "./core/diagnostic.ts";
import { IoError } from "./core/io.ts";
import { COMMANDS } from "./cli/commands.ts";
import { toolVersion } from "./host/package-files.ts";
import { formatDiagnostic } from "./host/terminal.ts";

const program = new Command("reflexarc")
  .description("Teach a hobby robot by demonstration; run what it learnt on its microcontroller.")
  .version(toolVersion)
  .exitOverride()
  .configureOutput({ outputError: () => undefined })
  .showHelpAfterError(false);
for (const make of COMMANDS) program.addCommand(inherit(make()));

/** Commander copies these settings only to commands that it makes itself. */
function inherit(command: Command): Command {
  return command.copyInheritedSettings(program);
}

async function main(): Promise<number> {
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    return explain(error, process.argv.includes("--json"));
  }
}

/** Prints what went wrong; returns the exit code. */
function explain(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    return report(json, 2, [{ code: "usage", severity: "error", message: error.message.replace(/^error: /, ""), hint: "see `reflexarc --help`, or `reflexarc COMMAND --help`" }]);
  }
  if (error instanceof DiagnosticError) return report(json, error.exitCode, error.diagnostics);
  if (error instanceof IoError) return report(json, 1, [{ code: "io", severity: "error", message: error.message, hint: error.hint }]);
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nThis is a bug in reflexarc; please report it with the lines above.\n`);
  return 1;
}

function report(json: boolean, exitCode: number, diagnostics: DiagnosticError["diagnostics"]): number {
  if (json) process.stdout.write(`${JSON.stringify({ errors: diagnostics }, null, 2)}\n`);
  for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
  return exitCode;
}

process.exit(await main());
