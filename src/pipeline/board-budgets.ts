// What a policy takes of boards, before anything is compiled for them: for tables that compare.

import { reservedOf, type Board } from "../artifacts/board.ts";
import { DiagnosticError } from "../core/diagnostic.ts";
import type { PolicyBudget } from "../artifacts/firmware-project.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { emitPolicy } from "../emit/c/policy.ts";
import { boardProgram } from "./policy.ts";
import { agentFlashBytes, policyBudget, requireRate, requireRoom } from "./policy-budget.ts";

export interface BoardBudget {
  readonly board: Board;
  /** At most; a sentence where the policy does not fit or is too slow. */
  readonly budget: PolicyBudget | string;
  /** Share of the time of a tick; null where it is unknown. */
  readonly tickShare: number | null;
}

/** Of our own C. The room that the agent's RAM takes is not subtracted: `compile` does. */
export function budgetOn(spec: RobotSpec, { graph, form }: Pick<PolicyBundle, "graph" | "form">, board: Board): BoardBudget {
  try {
    const program = boardProgram(graph, form);
    const identity = { name: spec.name, policyHash: "", toolVersion: "", origin: [] };
    const budget = policyBudget(board, program, emitPolicy(program, identity, { core: board.core, optimize: "balanced" }));
    const reserved = reservedOf(board, board.framework);
    requireRoom(board, { ...reserved, flashBytes: agentFlashBytes(board) + reserved.flashBytes }, budget, program);
    requireRate(board, budget, spec.rateHz, program);
    return { board, budget, tickShare: budget.microseconds === null ? null : (budget.microseconds * spec.rateHz) / 1e6 };
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return { board, budget: error.diagnostics.map(({ message }) => message).join("; "), tickShare: null };
  }
}
