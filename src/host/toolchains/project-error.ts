// Why a project did not build, from what its framework's tool said: the compiler's own words out of pages of progress, as a
// diagnostic.

import type { Board } from "../../artifacts/board.ts";
import { DiagnosticError, runError } from "../../core/diagnostic.ts";
import { compileDiagnostic, linkError } from "./compile-error.ts";

const COMPILER_SPEAKS = /^(In file included from |.+: In function |.+:\d+:\d+: (fatal )?error: )/;
const LINKER_SPEAKS = /undefined reference to|multiple definition of|cannot find -l/;
const TOO_LARGE = /region `?\S+ overflowed by|will not fit in region|too small for binary|is too big|size .*is greater than maximum/i;
/** What ninja, make and SCons say again when the compiler has ended. */
const TOOL_SPEAKS_AGAIN = /^(\[\d+\/\d+\] |ninja: |\*\*\* |scons: |make: |FAILED: |={5,})/;
const LAST_LINES = 20;

/** @param unit what to name where the compiler names no file. @param tool as one types it. */
export function projectError(tool: string, board: Board, folder: string, unit: string, output: string): DiagnosticError {
  const lines = withoutFolder(output, folder).split("\n");
  const compiler = from(lines, COMPILER_SPEAKS);
  if (compiler.some((line) => /:\d+:\d+: (fatal )?error: /.test(line))) {
    const words = compiler.join("\n");
    const file = /^(.+?):\d+:\d+: (?:fatal )?error:/m.exec(words)?.[1];
    return new DiagnosticError([compileDiagnostic(file ?? unit, words)]);
  }
  const tooLarge = lines.filter((line) => TOO_LARGE.test(line));
  if (tooLarge.length > 0)
    return runError(
      "firmware-too-large",
      `the firmware does not fit ${board.name}: ${tooLarge.join("\n").trim()}`,
      "leave out libraries, make the policy smaller, or choose a larger board",
    );
  const linker = lines.filter((line) => LINKER_SPEAKS.test(line));
  if (linker.length > 0) return linkError(linker.join("\n"));
  return runError(
    "build-failed",
    `${tool} could not build the project:\n${lastWords(lines)}`,
    `correct what ${tool} names, and build again`,
  );
}

export function lastWords(lines: readonly string[]): string {
  return lines
    .filter((line) => line.trim() !== "")
    .slice(-LAST_LINES)
    .join("\n");
}

function from(lines: readonly string[], begin: RegExp): readonly string[] {
  const first = lines.findIndex((line) => begin.test(line));
  if (first < 0) return [];
  const rest = lines.slice(first);
  const end = rest.findIndex((line) => TOOL_SPEAKS_AGAIN.test(line));
  return end < 0 ? rest : rest.slice(0, end);
}

/** Paths as they are in the project. */
function withoutFolder(output: string, folder: string): string {
  return [`${folder}/`, `${folder}\\`].reduce((text, prefix) => text.replaceAll(prefix, ""), output);
}
