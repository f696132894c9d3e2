// Known before flashing: what a policy takes of its board, as upper bounds; and a refusal, with what to shrink, of one that takes more
// than there is.

import { at } from "../core/assert.ts";
import { runError } from "../core/diagnostic.ts";
import type { Board, Core } from "../artifacts/board.ts";
import type { PolicyBudget } from "../artifacts/firmware-project.ts";
import { bufferBytes, stepMacs, type IntegerProgram, type ProgramStep } from "../artifacts/integer-program.ts";
import type { PolicySource } from "../emit/c/policy.ts";

/** The most cycles that an instruction takes on average. Cortex-M0+, M4 and AVR: the largest measured over the figures in README;
 * Cortex-M7 as M4; the others are assumed, with zero wait states. */
const CYCLES_PER_INSTRUCTION: Readonly<Record<Core, number>> = {
  ...{ "cortex-m0plus": 1.5, "cortex-m4f": 2.2, "cortex-m7": 2.2, "cortex-m33": 2.2, "cortex-m55": 2.2, avr: 1.7 },
  ...{ rv32imc: 2, rv32imac: 2, "xtensa-lx106": 2, "xtensa-lx6": 2, "xtensa-lx7": 2, wasm32: 1, host: 1 },
};

export function policyBudget(board: Board, program: IntegerProgram, policy: PolicySource): PolicyBudget {
  const instructions = policy.cost?.instructions ?? null;
  const cycles = instructions === null ? null : instructions * CYCLES_PER_INSTRUCTION[board.core];
  return {
    flashBytes: { code: policy.cost?.codeBytes ?? null, constants: policy.constantBytes },
    ramBytes: policy.ramBytes,
    arena: policy.arena,
    stackBytes: policy.stackBytes,
    macs: program.steps.reduce((sum, step) => sum + stepMacs(step), 0),
    instructions,
    microseconds: cycles === null ? null : Math.ceil((cycles * 1e6) / board.clockHz),
  };
}

/** What of a board is taken before the policy comes. */
export interface FirmwareNeeds {
  readonly flashBytes: number;
  readonly ramBytes: number;
}

/** The least that a probe takes: measured on the ATmega328P, where it is smallest. */
export const PROBE_NEEDS: FirmwareNeeds = { flashBytes: 6000, ramBytes: 512 };

/** The least that an agent's code takes: measured; without parameters to exchange on an AVR, with them on the Cortex-M4. */
export function agentFlashBytes({ core }: Board): number {
  return core === "avr" ? 15_500 : 12_000;
}

/** An object on an AVR ends here: avr-gcc's size_t has 16 bits, and so has an address in program memory. */
const LARGEST_AVR_OBJECT = 32767;

/** @throws DiagnosticError when the policy can't fit the board. */
export function requireRoom(
  board: Board,
  firmware: FirmwareNeeds,
  { flashBytes, ramBytes, stackBytes }: PolicyBudget,
  program: IntegerProgram,
): void {
  const refuse = (need: number, room: number, what: string, shrink: string): void => {
    if (need <= room) return;
    throw runError("policy-too-large", `the policy needs ${need} bytes of ${what}, and ${board.name} has ${room} for it`, shrink);
  };
  const layer = largest(program, (step) => ("weights" in step ? step.weights.length : 0));
  const smaller = `make ${layer} smaller, its weights are the most, or choose a larger board`;
  if (board.core === "avr") refuse(flashBytes.constants, LARGEST_AVR_OBJECT, "constants in one piece", smaller);
  refuse((flashBytes.code ?? 0) + flashBytes.constants, board.flashBytes - firmware.flashBytes, "flash", smaller);
  const widest = largest(program, (step) => bufferBytes(at(program.buffers, step.output)));
  refuse(
    ramBytes + (stackBytes ?? 0),
    Math.max(0, board.ramBytes - firmware.ramBytes),
    "RAM, stack included",
    `make ${widest} smaller, its output is the largest, or choose a larger board`,
  );
}

/** @throws DiagnosticError when one inference may take longer than a tick. */
export function requireRate(board: Board, { microseconds }: PolicyBudget, rateHz: number, program: IntegerProgram): void {
  const tickUs = Math.floor(1e6 / rateHz);
  if (microseconds === null || microseconds <= tickUs) return;
  const layer = largest(program, stepMacs);
  throw runError(
    "policy-too-slow",
    `one inference may take ${microseconds} us on ${board.name} at ${board.clockHz / 1e6} MHz, and a tick at ${rateHz} Hz lasts ${tickUs} us`,
    `make ${layer} smaller, it takes the most multiplications, lower rateHz in robot.ts, or choose a faster board`,
  );
}

/** The step with the largest amount, for messages: `layer1 (fully-connected)`. */
function largest({ steps }: IntegerProgram, amount: (step: ProgramStep) => number): string {
  const [first, ...others] = steps;
  if (first === undefined) return "the model";
  const most = others.reduce((best, step) => (amount(step) > amount(best) ? step : best), first);
  return `${most.name} (${most.kind})`;
}
