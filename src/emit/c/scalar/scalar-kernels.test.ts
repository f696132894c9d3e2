import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { at } from "../../../core/assert.ts";
import { quantizeMultiplier } from "../../../core/fixed-point.ts";
import { Random } from "../../../core/random.ts";
import { requantize } from "../../../artifacts/integer-program.ts";
import { requires } from "../../../../tests/requires.ts";
import { ParameterBlock } from "../parameter-block.ts";
import { inOrder } from "../printed-step.ts";
import { BYTE_INPUT, PLAIN_INPUT, PREPARED_INPUT, type MatrixKernel } from "./matrix-kernel.ts";
import { weightAt, type Matrix } from "./matrix.ts";

const WIDTHS = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 24, 33, 64, 130];
const HEIGHTS = [1, 2, 3, 4, 5, 6, 15, 16, 17, 18, 19, 20, 33];
const MATRICES = 60;
/** The first two inputs are the ends of the range. */
const INPUTS = 6;

/** Weights with the ends of their range among them, with or without a fused ReLU. */
function randomMatrix(random: Random): Matrix {
  const pick = (values: readonly number[]): number => at(values, random.integer(values.length));
  const [columns, rows] = [pick(WIDTHS), pick(HEIGHTS)];
  const extreme = random.integer(4) === 0;
  const weight = (): number => (extreme ? pick([-127, 127]) : random.integer(255) - 127);
  const scales = Array.from({ length: random.integer(2) === 0 ? 1 : rows }, () => random.uniform(0.5, 3) / (50 * Math.sqrt(columns)));
  const zeroPoint = pick([-128, -128, 0, 17, 127]);
  const relu = zeroPoint < 127 && random.integer(2) === 0;
  return {
    ...{ columns, inputZeroPoint: pick([-128, 0, 5, 127]) },
    weights: Int8Array.from({ length: rows * columns }, weight),
    bias: Int32Array.from({ length: rows }, () => random.integer(20001) - 10000),
    requantization: {
      ...{ multipliers: scales.map(quantizeMultiplier), zeroPoint },
      ...{ minimum: relu ? zeroPoint : -128, maximum: relu ? Math.min(127, zeroPoint + pick([60, 255])) : 127 },
    },
  };
}

function outputsOf(matrix: Matrix, input: Int8Array): number[] {
  return Array.from(matrix.bias, (bias, row) => {
    const sum = input.reduce((total, element, column) => total + weightAt(matrix, row, column) * (element - matrix.inputZeroPoint), bias);
    return requantize(sum, row, matrix.requantization);
  });
}

/** A program that prints the outputs of each matrix on each of its inputs, a line each. */
function program(multiply: MatrixKernel, examples: readonly { readonly matrix: Matrix; readonly inputs: readonly Int8Array[] }[]): string {
  const functions = examples.map(({ matrix, inputs }, index) => {
    const fields = multiply.pack(matrix) ?? [];
    const block = new ParameterBlock([{ heading: "tables", fields: fields.map((field) => ({ name: field.role, field })) }]);
    const [columns, rows] = [matrix.columns, matrix.bias.length];
    const call = multiply.call({
      ...{ from: "input", inputs: `${columns}`, to: "output", outputs: `${rows}` },
      ...{ field: (role) => `tables_${index}.${role}`, scratch: "scratch.bytes" },
    });
    return `static const struct {\n${block.declaration()}\n} tables_${index} = {\n${block.initialiser()}\n};
static void example_${index}(void) {
    static const int8_t inputs[${inputs.length}][${columns}] = {${inputs.map((input) => `{${input.join(", ")}}`).join(", ")}};
    for (size_t each = 0; each < ${inputs.length}; each++) {
        int8_t input[${columns}];
        int8_t output[${rows}];
        union { int8_t bytes[${Math.max(1, multiply.scratch(columns).bytes)}]; uint32_t aligned; } scratch;
        for (size_t i = 0; i < ${columns}; i++) input[i] = inputs[each][i];
        (void)scratch;
        ${call}
        for (size_t i = 0; i < ${rows}; i++) printf("%d ", output[i]);
        printf("\\n");
    }
}`;
  });
  return [
    "#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>",
    "#define POLICY_FLASH\n#define POLICY_PARAMETERS_MAGIC 1u\n#define POLICY_LAYOUT_HASH UINT64_C(0)",
    ...inOrder([multiply.kernel]).map(({ text }) => text),
    ...functions,
    `int main(void) {\n${functions.map((_, index) => `    example_${index}();`).join("\n")}\n    return 0;\n}`,
  ].join("\n\n");
}

function runProgram(source: string): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), "scalar-kernels-"));
  try {
    writeFileSync(path.join(folder, "program.c"), source);
    const warnings = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror"];
    execFileSync("cc", ["-O1", ...warnings, "-fsanitize=address,undefined", "-fno-sanitize-recover", "program.c", "-o", "program"], {
      cwd: folder,
    });
    return execFileSync(path.join(folder, "program"), { encoding: "utf8" }).trimEnd().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(requires("cc"))("portable branches, under sanitizers", () => {
  test.each([
    { name: "paired rows, prepared input", multiply: PREPARED_INPUT },
    { name: "paired rows, sixteen at once", multiply: PLAIN_INPUT },
    { name: "rows of bytes", multiply: BYTE_INPUT },
  ])("$name: the law's outputs", ({ multiply }) => {
    const random = new Random(7);
    const examples = Array.from({ length: MATRICES }, () => {
      const matrix = randomMatrix(random);
      const element = (index: number): number => [-128, 127][index] ?? random.integer(256) - 128;
      return {
        matrix,
        inputs: Array.from({ length: INPUTS }, (_, index) => Int8Array.from({ length: matrix.columns }, () => element(index))),
      };
    });
    for (const { matrix } of examples) expect(multiply.pack(matrix)).not.toBeNull();
    const wanted = examples.flatMap(({ matrix, inputs }) => inputs.map((input) => outputsOf(matrix, input).join(" ")));
    expect(runProgram(program(multiply, examples)).map((line) => line.trimEnd())).toEqual(wanted);
  });
});

describe("packing", () => {
  const small: Matrix = {
    ...{ weights: Int8Array.of(1, 2, 3, -1, -2, -3), columns: 3, bias: Int32Array.of(0, 0), inputZeroPoint: 0 },
    requantization: { multipliers: [quantizeMultiplier(0.01)], zeroPoint: 0, minimum: -128, maximum: 127 },
  };
  const words = (multiply: MatrixKernel): unknown => multiply.pack(small)?.find(({ role }) => role === "weights")?.values;

  test("puts two rows and two columns in a word, an odd first column behind a 0", () => {
    expect(words(PREPARED_INPUT)).toEqual(Uint32Array.of(0x7f808180, 0x7d7e8382));
  });

  test("gives an 8-bit core four rows a column, an odd last column before zeros", () => {
    expect(words(BYTE_INPUT)).toEqual(Uint8Array.of(129, 127, 0, 0, 130, 126, 0, 0, 131, 125, 0, 0, 0, 0, 0, 0));
  });

  test("refuses what would leave 16 bits, multipliers above 1, and more columns than a byte counts", () => {
    const lowest: Matrix = { ...small, weights: Int8Array.of(0, -128, -128, 0, 0, 0) };
    const large: Matrix = { ...small, requantization: { ...small.requantization, multipliers: [quantizeMultiplier(1.5)] } };
    const wide: Matrix = { ...small, weights: new Int8Array(512), columns: 256 };
    expect(PREPARED_INPUT.pack(lowest)).toBeNull();
    expect(BYTE_INPUT.pack(lowest)).not.toBeNull();
    for (const multiply of [PREPARED_INPUT, PLAIN_INPUT, BYTE_INPUT]) expect(multiply.pack(large)).toBeNull();
    expect(BYTE_INPUT.pack(wide)).toBeNull();
  });
});
