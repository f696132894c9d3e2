// What a compiler or linker said, as diagnostics: its own words, and the place of its first complaint.

import { errorDiagnostic, runError, type Diagnostic, type DiagnosticError } from "../../core/diagnostic.ts";

/** @param unit the source file that did not compile. @param words what the compiler printed. */
export function compileDiagnostic(unit: string, words: string): Diagnostic {
  const place = /^(.+?):(\d+):(\d+): (?:fatal )?error:/m.exec(words);
  const where = place === null ? { file: unit } : { file: place[1] ?? unit, line: Number(place[2]), column: Number(place[3]) };
  return errorDiagnostic(
    "compile-failed",
    `${unit} does not compile:\n${words.trim()}`,
    "correct the source that the compiler names",
    where,
  );
}

/** The units compiled, but do not make a program. */
export function linkError(words: string): DiagnosticError {
  return runError("link-failed", `the program does not link:\n${words.trim()}`, "correct what the linker names");
}
