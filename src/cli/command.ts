// What all commands share: --json, an example in --help, and a terminal to speak through.

import { Command } from "commander";
import { DiagnosticError, usageError, type Diagnostic } from "../core/diagnostic.ts";
import { Terminal } from "../host/terminal.ts";

/** A command with `--json` and an example. @param jsonKeys what the object on standard output holds, for --help. */
export function newCommand(example: string, jsonKeys: string): Command {
  return new Command()
    .option("--json", `print one JSON object: ${jsonKeys}; when it fails, errors: [{code, message, hint, where}]`)
    .addHelpText("after", `\nExample:\n  ${example}`)
    .allowExcessArguments(false);
}

/** A command that works on a robot project. */
export function newProjectCommand(example: string, jsonKeys: string): Command {
  return newCommand(example, jsonKeys).option("--project <folder>", "the folder that holds robot.ts", ".");
}

export interface CommonOptions {
  readonly json?: boolean;
}

export interface ProjectOptions extends CommonOptions {
  readonly project: string;
}

export function terminalFor(options: CommonOptions): Terminal {
  return new Terminal(options.json === true);
}

/** A command came to its end, and its result is a failure: a board that differs, a tool that is missing. */
export class FailedResult extends DiagnosticError {
  readonly result: object;

  constructor(result: object, diagnostics: readonly Diagnostic[]) {
    super(diagnostics);
    this.result = result;
  }
}

/** Ctrl-C, after the command has put things in order. */
export class Interrupted extends Error {}

/** Prints a result for machines. @throws FailedResult, which carries it, when something in it is wrong. */
export function conclude(terminal: Terminal, result: object, failures: readonly Diagnostic[]): void {
  if (failures.length > 0) throw new FailedResult(result, failures);
  terminal.result(result);
}

/** A parser for options that hold a whole number. */
export function wholeNumber(name: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    const range = maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `${minimum} to ${maximum}`;
    throw usageError("option-number", `${name} is "${text}"`, `give a whole number, ${range}`);
  };
}

/** A parser for options that hold a number. */
export function realNumber(name: string, minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= minimum && value <= maximum) return value;
    throw usageError("option-number", `${name} is "${text}"`, `give a number from ${minimum} to ${maximum}`);
  };
}

/** A parser for options that name one of a few things. */
export function oneOf<Name extends string>(name: string, allowed: readonly Name[]): (text: string) => Name {
  return (text) => {
    const found = allowed.find((each) => each === text);
    if (found !== undefined) return found;
    throw usageError("option-unknown", `${name} is "${text}"`, `give one of ${allowed.join(", ")}`);
  };
}
