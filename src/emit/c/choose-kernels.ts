// For each step of a program the kernels that compute it, and for each buffer the form in which it lies between steps. The
// families of the core are asked in turn; plain C takes whatever is left.

import { assert, at } from "../../core/assert.ts";
import type { Core } from "../../artifacts/board.ts";
import { stepReads, type BufferId, type IntegerProgram, type ProgramStep } from "../../artifacts/integer-program.ts";
import { plainKernels } from "./operators/plain.ts";
import { PLAIN, type Form, type KernelFamily, type KernelOffer, type Optimization, type PrintedStep } from "./printed-step.ts";

/** Best first. Portable C stands beside special instructions in each family, so a wrong core is slow, never wrong. */
const FAMILIES: Readonly<Partial<Record<Core, readonly KernelFamily[]>>> = {};

export interface ChosenKernels {
  /** One a step of the program. */
  readonly steps: readonly PrintedStep[];
  /** One a buffer of the program. */
  readonly forms: readonly Form[];
}

export function chooseKernels(
  program: IntegerProgram,
  core: Core,
  optimize: Optimization,
  families: readonly KernelFamily[] = FAMILIES[core] ?? [],
): ChosenKernels {
  const offers = program.steps.map((step) => bestOffer(step, program, optimize, families));
  const forms = program.buffers.map((_, id) => formBetween(program, offers, id));
  const steps = program.steps.map((step, index) => at(offers, index).print(at(forms, step.input), at(forms, step.output)));
  return { steps, forms };
}

function bestOffer(step: ProgramStep, program: IntegerProgram, optimize: Optimization, families: readonly KernelFamily[]): KernelOffer {
  for (const family of families) {
    const offer = family(step, program, optimize);
    if (offer !== null) return offer;
  }
  return { inputForms: [PLAIN], outputForms: [PLAIN], print: () => plainKernels(step, program) };
}

/** The first form that every reader takes and the only writer gives. */
function formBetween(program: IntegerProgram, offers: readonly KernelOffer[], id: BufferId): Form {
  const { inputs, outputs, states, steps } = program;
  const offersOf = (uses: (step: ProgramStep) => boolean): KernelOffer[] => offers.filter((_, index) => uses(at(steps, index)));
  const writers = offersOf((step) => step.output === id);
  const readers = offersOf((step) => stepReads(step).includes(id));
  const [writer, reader] = [writers[0], readers[0]];
  const outside = [...inputs, ...outputs, ...states.map(({ buffer }) => buffer)].includes(id);
  if (outside || writers.length !== 1 || writer === undefined || reader === undefined) return PLAIN;
  const form = reader.inputForms.find((wanted) => writer.outputForms.includes(wanted) && readers.every((each) => each.inputForms.includes(wanted)));
  assert(form !== undefined, `${at(program.buffers, id).name}: its writer and its readers share no form`);
  return form;
}
