#!/usr/bin/env node
// The command line: finds the command, runs it, and turns whatever goes wrong into words and an exit code: 0 done, 1 it failed,
// 2 it was asked for something wrong.

import { Command, CommanderError } from "commander";
import { DiagnosticError, errorDiagnostic, type Diagnostic } from "./core/diagnostic.ts";
import { IoError } from "./core/io.ts";
import { FailedResult, Interrupted } from "./cli/command.ts";
import { COMMANDS } from "./cli/commands.ts";
import { toolVersion } from "./host/package-files.ts";
import { endProgress, formatDiagnostic, ignoreClosedPipes } from "./host/terminal.ts";

const program = new Command("reflexarc")
  .description("Teach a hobby robot by demonstration; run what it learnt on its microcontroller.")
  .version(toolVersion)
  .exitOverride()
  .configureOutput({ outputError: () => undefined })
  .showHelpAfterError(false);

/** Adds every command, but loads only the one that was asked for. */
async function addCommands(asked: readonly string[]): Promise<void> {
  for (const { name, summary, load } of COMMANDS) {
    const command = asked.includes(name) ? (await load())() : new Command();
    program.addCommand(command.name(name).description(summary).copyInheritedSettings(program));
    for (const part of command.commands) part.copyInheritedSettings(program);
  }
}

async function main(): Promise<number> {
  try {
    await addCommands(process.argv.slice(2, 4));
    await program.parseAsync();
    return 0;
  } catch (error) {
    return explain(error, process.argv.includes("--json"));
  }
}

/** Prints what went wrong; returns the exit code. */
function explain(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : explainUsage(error, json);
  if (error instanceof FailedResult) return report(json, 1, error.diagnostics, error.result);
  if (error instanceof DiagnosticError) return report(json, error.exitCode, error.diagnostics);
  if (error instanceof IoError) return report(json, 1, [errorDiagnostic("io", error.message, error.hint)]);
  if (error instanceof Interrupted) return 130;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return report(json, 1, [errorDiagnostic("bug", stack, "this is a bug in reflexarc: please report it with the lines above")]);
}

/** Commander's complaints: a missing argument, an unknown option. */
function explainUsage(error: CommanderError, json: boolean): number {
  // Without a command, Commander has printed the help already.
  const [first, second] = process.argv.slice(2);
  const noCommand = second === undefined ? "no command given" : `unknown command '${second}'`;
  const message = error.code === "commander.help" ? noCommand : error.message.replace(/^error: /, "");
  const command = COMMANDS.find(({ name }) => name === first)?.name;
  return report(json, 2, [errorDiagnostic("usage", message, `see \`reflexarc ${command === undefined ? "" : `${command} `}--help\``)]);
}

/** @param result of a command that came to its end all the same. */
function report(json: boolean, exitCode: number, diagnostics: readonly Diagnostic[], result: object = {}): number {
  if (json) process.stdout.write(`${JSON.stringify({ ...result, errors: diagnostics }, null, 2)}\n`);
  endProgress();
  for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
  return exitCode;
}

ignoreClosedPipes();
process.exit(await main());
