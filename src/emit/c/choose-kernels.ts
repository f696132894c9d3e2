// For each step of a program the kernels that compute it, and for each buffer the form in which it lies between steps. The
// families of the core are asked in turn; plain C takes whatever is left.

import { assert, at } from "../../core/assert.ts";
import type { Core } from "../../artifacts/board.ts";
import { stepReads, type BufferId, type IntegerProgram, type ProgramStep } from "../../artifacts/integer-program.ts";
import { DSP_FAMILIES } from "./dsp/families.ts";
import { plainKernels } from "./operators/plain.ts";
import { PLAIN, type Form, type KernelFamily, type KernelOffer, type Optimization, type PrintedStep } from "./printed-step.ts";
import { avrKernels, riscvKernels, scalarKernels } from "./scalar/scalar-family.ts";
import { vectorKernels } from "./vector/vector-kernels.ts";

/** Best first. Portable C stands beside special instructions in each family, so a wrong core is slow, never wrong. */
const FAMILIES: Readonly<Partial<Record<Core, readonly KernelFamily[]>>> = {
  "cortex-m4f": DSP_FAMILIES,
  "cortex-m7": DSP_FAMILIES,
  "cortex-m33": DSP_FAMILIES,
  "cortex-m55": [vectorKernels],
  wasm32: [vectorKernels],
  "cortex-m0plus": [scalarKernels],
  rv32imc: [riscvKernels],
  rv32imac: [riscvKernels],
  "xtensa-lx106": [scalarKernels],
  "xtensa-lx6": [scalarKernels],
  "xtensa-lx7": [scalarKernels],
  avr: [avrKernels],
};

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
  // An AVR has one pointer into program memory.
  const taste = optimize === "size" || core === "avr" ? "small" : "fast";
  const plain = (step: ProgramStep): KernelOffer => ({
    inputForms: [PLAIN],
    outputForms: [PLAIN],
    print: () => plainKernels(step, program, taste),
  });
  const offers = program.steps.map((step) => firstOffer(step, program, optimize, families) ?? plain(step));
  const forms = program.buffers.map((_, id) => formBetween(program, offers, id));
  const steps = program.steps.map((step, index) => at(offers, index).print(at(forms, step.input), at(forms, step.output)));
  return { steps, forms };
}

function firstOffer(
  step: ProgramStep,
  program: IntegerProgram,
  optimize: Optimization,
  families: readonly KernelFamily[],
): KernelOffer | null {
  for (const family of families) {
    const offer = family(step, program, optimize);
    if (offer !== null) return offer;
  }
  return null;
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
  const form = reader.inputForms.find(
    (wanted) => writer.outputForms.includes(wanted) && readers.every((each) => each.inputForms.includes(wanted)),
  );
  assert(form !== undefined, `${at(program.buffers, id).name}: its writer and its readers share no form`);
  return form;
}
