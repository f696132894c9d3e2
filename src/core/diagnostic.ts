// A user's mistake as a value: what happened, where, and what to do next. Stages collect these; only the command line
// prints them. A bug is an AssertionError (assert.ts); a failure of the outside world is an IoError.

export type Severity = "error" | "warning";

/** A place in a file the user wrote; line and column count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface Diagnostic {
  /** Stable, kebab-case, for scripts: `spec-missing-range`. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, one sentence. */
  readonly message: string;
  /** What to do about it, one sentence. */
  readonly hint: string;
  readonly where?: SourcePlace;
}

/** The result of reading something a user wrote: a value (perhaps with warnings), or the reasons why there is none. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export function errorDiagnostic(code: string, message: string, hint: string, where?: SourcePlace): Diagnostic {
  return where === undefined ? { code, severity: "error", message, hint } : { code, severity: "error", message, hint, where };
}

export function warningDiagnostic(code: string, message: string, hint: string, where?: SourcePlace): Diagnostic {
  return { ...errorDiagnostic(code, message, hint, where), severity: "warning" };
}

export function success<Value>(value: Value, warnings: readonly Diagnostic[] = []): Outcome<Value> {
  return { ok: true, value, warnings };
}

export function failure<Value>(...diagnostics: readonly Diagnostic[]): Outcome<Value> {
  return { ok: false, diagnostics };
}

/** Thrown where a stage cannot go on because of the user's mistakes; the command line prints the list and exits with 1 or 2. */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  /** 2: the request itself was wrong; 1: it was right and failed. */
  readonly exitCode: 1 | 2;

  constructor(diagnostics: readonly Diagnostic[], exitCode: 1 | 2 = 1) {
    super(diagnostics.map((each) => each.message).join("\n"));
    this.name = "DiagnosticError";
    this.diagnostics = diagnostics;
    this.exitCode = exitCode;
  }
}

/** The request was wrong (exit code 2): an unknown board, a missing argument, a port that is no URL. */
export function usageError(code: string, message: string, hint: string): DiagnosticError {
  return new DiagnosticError([errorDiagnostic(code, message, hint)], 2);
}

/** The request was right and could not be carried out (exit code 1). */
export function runError(code: string, message: string, hint: string, where?: SourcePlace): DiagnosticError {
  return new DiagnosticError([errorDiagnostic(code, message, hint, where)], 1);
}

/** The value of an outcome; its warnings go to `warn`.
 * @throws DiagnosticError when there is no value. */
export function valueOf<Value>(outcome: Outcome<Value>, warn: (warning: Diagnostic) => void = () => undefined): Value {
  if (!outcome.ok) throw new DiagnosticError(outcome.diagnostics);
  outcome.warnings.forEach(warn);
  return outcome.value;
}
