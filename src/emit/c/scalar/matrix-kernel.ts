// The three ways in which cores without instructions for it multiply a matrix with an input, behind one interface.

import type { Kernel, ParameterField, PrintedStep } from "../printed-step.ts";
import { BYTE_ROWS } from "./byte-rows-kernel.ts";
import { packBytes } from "./byte-rows.ts";
import { COLUMN_PAIR_BYTES } from "./column-pairs.ts";
import type { Matrix } from "./matrix.ts";
import { packMatrix } from "./paired-rows.ts";
import { PAIRED_ROWS } from "./paired-rows-kernels.ts";
import { RISCV_ROWS } from "./riscv-rows.ts";

/** C expressions: an input and its length, an output and its length, a table, scratch. */
export interface CallTexts {
  readonly from: string;
  readonly inputs: string;
  readonly to: string;
  readonly outputs: string;
  readonly field: (role: string) => string;
  readonly scratch: string;
}

export interface MatrixKernel {
  readonly kernel: Kernel;
  /** The tables, or null where the kernel can't have the matrix. */
  readonly pack: (matrix: Matrix) => readonly ParameterField[] | null;
  /** For an input of so many elements. */
  readonly scratch: (inputs: number) => PrintedStep["scratch"];
  readonly call: (texts: CallTexts) => string;
  /** The tables and the scratch as parameters of a function in C, named as `call` writes them when a field is its role. */
  readonly parameters: readonly string[];
  /** Most stack of an inference with a convolution: policy_infer with what compilers put into it, and the kernels below. Measured at -O2
   * over some hundred policies that mix layers. */
  readonly convolutionStackBytes: {
    readonly wholeWindows: number;
    readonly gatheredWindows: number;
  };
}

const PAIRED_TABLES = [
  ...["const POLICY_FLASH uint32_t* starts", "const POLICY_FLASH uint32_t* weights"],
  ...["const POLICY_FLASH narrow_law* laws", "size_t above"],
];

/** For Cortex-M0+, Xtensa and other 32-bit cores with few registers. */
export const PREPARED_INPUT: MatrixKernel = {
  kernel: PAIRED_ROWS,
  pack: (matrix) => packMatrix(matrix, 4),
  scratch: (inputs) => ({ bytes: COLUMN_PAIR_BYTES * Math.ceil(inputs / 2), alignment: 4 }),
  call: ({ from, inputs, to, outputs, field, scratch }) =>
    `paired_rows(${from}, ${to}, ${inputs}, ${outputs}, ${field("starts")}, ${field("weights")}, ${field("laws")}, ${field("above")}, (column_pair*)(void*)${scratch});`,
  parameters: [...PAIRED_TABLES, "int8_t* scratch"],
  // M0+: up to 152 + 64 + 60, and 176 + 104 + 60. LX106: up to 240, and 176 + 96 + 64.
  convolutionStackBytes: { wholeWindows: 288, gatheredWindows: 352 },
};

/** For RISC-V. */
export const PLAIN_INPUT: MatrixKernel = {
  kernel: RISCV_ROWS,
  pack: (matrix) => packMatrix(matrix, 16),
  scratch: () => ({ bytes: 0, alignment: 1 }),
  call: ({ from, inputs, to, outputs, field }) =>
    `paired_rows_16(${from}, ${from} + ${inputs}, ${to}, ${outputs}, ${field("starts")}, ${field("weights")}, ${field("laws")}, ${field("above")});`,
  parameters: PAIRED_TABLES,
  // Up to 144 + 80, and 144 + 80 + 80.
  convolutionStackBytes: { wholeWindows: 240, gatheredWindows: 320 },
};

/** For AVR. */
export const BYTE_INPUT: MatrixKernel = {
  kernel: BYTE_ROWS,
  pack: packBytes,
  scratch: (inputs) => ({ bytes: inputs + (inputs % 2), alignment: 1 }),
  call: ({ from, inputs, to, outputs, field, scratch }) =>
    `byte_rows(${from}, (uint8_t*)${scratch}, ${inputs}, ${to}, ${outputs}, ${field("weights")}, ${field("laws")});`,
  parameters: ["const POLICY_FLASH uint8_t* weights", "const POLICY_FLASH uint8_t* laws", "int8_t* scratch"],
  // Up to 79 + 26, and 79 + 73 + 36.
  convolutionStackBytes: { wholeWindows: 128, gatheredWindows: 192 },
};
