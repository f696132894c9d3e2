// What is wrong with a model that somebody wants to import, as diagnostics: inside, they are thrown; at the border they become outcomes.

import { DiagnosticError, errorDiagnostic, failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";

/** For messages: the file contradicts itself, or was cut short. */
export const EXPORT_AGAIN = "convert the model again: the file contradicts itself, or was cut short on the way";

export function modelProblem(code: string, message: string, hint: string): DiagnosticError {
  return new DiagnosticError([errorDiagnostic(code, message, hint)]);
}

/** Runs `read`, and puts `label` before the messages of what it refuses. */
export function within<Value>(label: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    throw new DiagnosticError(error.diagnostics.map((each) => ({ ...each, message: `${label}: ${each.message}` })));
  }
}

/** The value that `read` returns, or the diagnostics that it throws. @param file the name of what is read. */
export function outcomeOf<Value>(file: string, read: () => Value): Outcome<Value> {
  try {
    return success(read());
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return failure(...error.diagnostics.map((each): Diagnostic => ({ ...each, where: { file } })));
  }
}

/** A name from a file, for messages; a hostile file may hold a long one. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

/** A shape, for messages. */
export function shapeText(shape: readonly (number | null)[]): string {
  return `[${shape.slice(0, 12).join(", ")}${shape.length > 12 ? ", …" : ""}]`;
}
