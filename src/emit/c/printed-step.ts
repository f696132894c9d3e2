// The seam between a step of a program and the kernels that compute it. A family of kernels (plain C, Cortex-M4's DSP
// instructions, ...) offers to print a step; what it prints is data: fields of the parameter block, kernels, the call.

import type { BufferId, IntegerProgram, ProgramStep } from "../../artifacts/integer-program.ts";

/** Text that is printed once, however many steps use it: a function, a type. Kernels that it uses come before it. */
export interface Kernel {
  /** The identifier that it declares, or the first of them. */
  readonly name: string;
  readonly needs: readonly Kernel[];
  readonly text: string;
  /** Bytes of code where it is assembly on the core it was chosen for: exactly so many. Otherwise fitted (kernel-costs.generated.ts). */
  readonly codeBytes?: number;
}

export type Scalar = "int8_t" | "uint8_t" | "int16_t" | "uint16_t" | "int32_t" | "uint32_t" | "float";

/** A scalar, or a struct whose members follow one another without a gap. */
export interface FieldType {
  readonly c: string;
  readonly members: readonly Scalar[];
}

export function scalar(c: Scalar): FieldType {
  return { c, members: [c] };
}

/** A member of the parameter block: what training determines. */
export interface ParameterField {
  /** Its name in the block is the step's name, then this: `weights`. */
  readonly role: string;
  readonly type: FieldType;
  /** Elements of an array; null where the field is none. Must not depend on the weights' values: it is part of the layout. */
  readonly count: number | null;
  /** Members of one element after another. */
  readonly values: ArrayLike<number>;
  /** Elements on one line of the table. */
  readonly perLine: number;
  /** What it is, whatever its values are. */
  readonly comment: string;
  /** About these values: their scale. */
  readonly note?: string;
}

/** Something fixed by the architecture that a kernel reads through a pointer: a window's shape. */
export interface ShapeConstant {
  /** Its name is the step's name, then this. */
  readonly role: string;
  /** A type that a kernel declares. */
  readonly type: string;
  readonly bytes: number;
  /** Without braces, line by line. */
  readonly initialiser: readonly string[];
}

/** How the elements of a buffer lie in memory between two steps. */
export interface Form {
  readonly name: string;
  readonly bytes: (elements: number) => number;
  readonly alignment: 1 | 2 | 4 | 8;
}

/** How the program's inputs, outputs and states lie, and all that plain kernels read and write. */
export const PLAIN: Form = { name: "plain", bytes: (elements) => elements, alignment: 1 };

/** What a call is written with. */
export interface CallNames {
  /** An `int8_t*` to a buffer, const where it is an input; an `int16_t*` to an int16 state. */
  readonly buffer: (id: BufferId) => string;
  /** A field of this step: `parameters->layer1_weights`. */
  readonly field: (role: string) => string;
  /** A shape constant of this step. */
  readonly shape: (role: string) => string;
  /** An `int8_t*` to the step's scratch. */
  readonly scratch: string;
}

export interface PrintedStep {
  /** For people: `fully connected 8 to 16`. */
  readonly description: string;
  readonly kernels: readonly Kernel[];
  readonly fields: readonly ParameterField[];
  readonly shapes: readonly ShapeConstant[];
  readonly scratch: { readonly bytes: number; readonly alignment: 1 | 2 | 4 | 8 };
  /** Buffers that the output may take the place of, byte by byte, when nothing reads them afterwards. */
  readonly inPlace: readonly BufferId[];
  /** Stack that its kernels need on a 32-bit core. */
  readonly stackBytes: number;
  /** Upper bound on the instructions of its call on the core it was chosen for, where its kernels tell. Otherwise fitted. */
  readonly instructions?: number;
  /** Statements. Indented by nothing; no value that training determines may be in them. */
  readonly call: (names: CallNames) => readonly string[];
}

/** What a family can do with a step. Forms in the order in which it prefers them. */
export interface KernelOffer {
  readonly inputForms: readonly Form[];
  readonly outputForms: readonly Form[];
  readonly print: (input: Form, output: Form) => PrintedStep;
}

export const OPTIMIZATIONS = ["balanced", "speed", "size"] as const;
export type Optimization = (typeof OPTIMIZATIONS)[number];

/** Offers to print the step, or null where another family must. */
export type KernelFamily = (step: ProgramStep, program: IntegerProgram, optimize: Optimization) => KernelOffer | null;

/** `needs` before those that need them, each once. */
export function inOrder(kernels: readonly Kernel[]): readonly Kernel[] {
  const ordered = new Map<string, Kernel>();
  const visit = (kernel: Kernel): void => {
    if (ordered.has(kernel.name)) return;
    kernel.needs.forEach(visit);
    ordered.set(kernel.name, kernel);
  };
  kernels.forEach(visit);
  return [...ordered.values()];
}
