// Tools that a command can't do without: what is missing is named, with how to get it on this machine.

import { DiagnosticError, errorDiagnostic } from "../core/diagnostic.ts";
import type { ToolStatus } from "../core/io.ts";
import type { Board } from "../artifacts/board.ts";
import { installHint } from "../host/run-tool.ts";

/** @throws DiagnosticError with what to install. */
export function requireTools(board: Board, tools: readonly ToolStatus[]): void {
  const missing = tools.filter((tool) => !tool.found);
  if (missing.length === 0) return;
  throw new DiagnosticError(
    missing.map(({ tool, purpose, install }) =>
      errorDiagnostic("tool-missing", `${tool} is not installed (${purpose}); ${board.name} needs it`, installHint(install)),
    ),
  );
}
