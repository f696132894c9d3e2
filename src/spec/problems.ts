// Collects what is wrong with a robot.ts while it is read: mistakes at places of source files in, sorted diagnostics out. All
// mistakes of a file are told at once, so that its maker fixes them in one go.

import { Node, type SourceFile } from "ts-morph";
import { at } from "../core/assert.ts";
import { errorDiagnostic, warningDiagnostic, type Diagnostic, type SourcePlace } from "../core/diagnostic.ts";

/** A character of a source file; offsets count from 0. */
export interface Position {
  readonly file: SourceFile;
  readonly offset: number;
}

export class Problems {
  private readonly found = new Map<string, Diagnostic>();
  private readonly userPaths = new Map<SourceFile, string>();

  /** Diagnostics of `file` will name it by the path that the user knows. */
  name(file: SourceFile, userPath: string): void {
    this.userPaths.set(file, userPath);
  }

  error(code: string, where: Node | Position, message: string, hint: string): void {
    this.add(errorDiagnostic(code, message, hint, this.place(where)));
  }

  warning(code: string, where: Node | Position, message: string, hint: string): void {
    this.add(warningDiagnostic(code, message, hint, this.place(where)));
  }

  /** A mistake without a line: a file that is not there. */
  add(diagnostic: Diagnostic): void {
    // An interface that two fields share is read twice; its mistakes are told once.
    const { code, where } = diagnostic;
    const key = JSON.stringify([code, where]);
    if (!this.found.has(key)) this.found.set(key, diagnostic);
  }

  /** Errors, by file and place. */
  errors(): readonly Diagnostic[] {
    return this.sorted().filter((each) => each.severity === "error");
  }

  warnings(): readonly Diagnostic[] {
    return this.sorted().filter((each) => each.severity === "warning");
  }

  private sorted(): Diagnostic[] {
    const files = [...this.userPaths.values()];
    const order = ({ where }: Diagnostic): number[] =>
      where === undefined ? [-1] : [files.indexOf(where.file), where.line ?? 0, where.column ?? 0];
    return [...this.found.values()].sort((left, right) => compareNumbers(order(left), order(right)));
  }

  private place(where: Node | Position): SourcePlace {
    const file = Node.isNode(where) ? where.getSourceFile() : where.file;
    const { line, column } = file.getLineAndColumnAtPos(Node.isNode(where) ? where.getStart() : where.offset);
    return { file: this.userPaths.get(file) ?? file.getFilePath(), line, column };
  }
}

function compareNumbers(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((value, position) => value !== right[position]);
  return index < 0 || index >= right.length ? 0 : at(left, index) - at(right, index);
}
