// Kernels of fully connected layers behind a relu, for cores with Arm's DSP extension (Cortex-M4, M7, M33), and beside them the
// same in C99. They read int16 pairs (widen.ts) and a stream of parameters (row-stream.ts), and write int16 pairs.

import { at } from "../../../core/assert.ts";
import type { Kernel } from "../printed-step.ts";
import { assemblyKernel, assemblyMacro, macroUse, unformatted, type Line } from "./assembly.ts";
import { LOWER_BYTES, SCALED, STORE_HALF, TWO_PRODUCTS } from "./half-words.ts";
import { RECTIFIED_SLOTS, type Packing } from "./row-stream.ts";

/** int16 pairs, or int8 whose rows come in fours. */
export type DenseOutput = "pairs" | "bytes";

/** How such a kernel is printed. Only the architecture of the policy may determine it. */
export interface DenseShape {
  readonly packing: Packing;
  readonly output: DenseOutput;
  /** Steps of eight columns that the code holds. */
  readonly unroll: number;
  /** Whether a row may have more steps than that; then `unroll` is a power of two. */
  readonly loops: boolean;
}

/** Registers and the loop's constants. */
export const DENSE_STACK_BYTES = 13 * 4;

export function denseName({ packing, output }: Pick<DenseShape, "packing" | "output">): string {
  return `dense_${packing}${output === "pairs" ? "" : "_bytes"}`;
}

export function denseKernel(shape: DenseShape): Kernel {
  const { packing, output, loops } = shape;
  const head = (input: string): string =>
    `${denseName(shape)}(const POLICY_FLASH uint32_t* stream, ${input}, uint32_t fours, int8_t* output)`;
  return assemblyKernel({
    name: denseName(shape),
    needs: [
      STEP[packing],
      TWO_PRODUCTS,
      ...(packing === "packed" ? [LOWER_BYTES] : []),
      SCALED,
      ...(output === "pairs" ? [STORE_HALF] : []),
    ],
    documentation: documentation(shape),
    head: head(loops ? "const int8_t* input" : "int8_t* input"),
    lines: functionLines(shape),
    macroBytes: STEP_BYTES[packing],
    portableHead: head("const int8_t* input"),
    portable: portableBody(shape),
  });
}

/** Instructions of one call, exactly. @param blocks of four rows. @param steps of eight columns. */
export function denseInstructions({ packing, output, unroll, loops }: DenseShape, blocks: number, steps: number): number {
  const step = packing === "packed" ? 27 : 21;
  const block = (packing === "packed" ? 18 : 16) + (output === "pairs" ? 0 : 1);
  const passes = loops ? 3 * Math.ceil(steps / unroll) + 1 : 0;
  return (loops ? 9 : 5) + blocks * (steps * step + block + passes) + 1;
}

function documentation({ packing, output, loops }: DenseShape): string {
  const weights =
    packing === "packed"
      ? ` * A halfword of the stream is 256 * a + b, the weights of two rows in one column. Multiplied with the inputs these
 * add up to 256 * A + B, their lower bytes alone to B.
 * Then output = (addend + upper word of sum * multiplier) >> shift, saturated.`
      : " * output = (addend + upper word of sum * multiplier) >> shift, saturated.";
  const [kind, result] = [packing === "packed" ? "packed weights" : "weights times 256", output === "pairs" ? "and out" : "in, int8 out"];
  return `/**
 * @brief Fully connected, ${kind}: int16 pairs ${output === "pairs" ? "in " : ""}${result}.
 *
${weights}${loops ? "" : "\n * The word behind the inputs is lost."}
 * @param fours Columns / 4, even.
 */`;
}

const MACRO: Readonly<Record<Packing, string>> = { packed: "PACKED_STEP", wide: "WIDE_STEP" };

/** Bytes of code: all instructions have four, but LDM of r1 to r4 has two. */
export const STEP_BYTES: Readonly<Record<Packing, number>> = { packed: 25 * 4 + 2 * 2, wide: 17 * 4 + 4 * 2 };

/** A macro, with the instruction that loads the inputs as its argument. */
export const WIDE_STEP = stepMacro("wide");
const STEP: Readonly<Record<Packing, Kernel>> = { packed: stepMacro("packed"), wide: WIDE_STEP };

/** Eight columns of four rows: inputs in r8-r11, weights in r1-r4, sums in r5, r6, r7, lr. */
function stepMacro(packing: Packing): Kernel {
  const columns = [0, 1, 2, 3];
  const [inputs, weights] = [
    ["r8", "r9", "r10", "r11"],
    ["r1", "r2", "r3", "r4"],
  ];
  const multiply = (sum: string, column: number): string => `smlad ${sum}, ${weights[column] ?? ""}, ${inputs[column] ?? ""}, ${sum}`;
  const load = "ldm.n r0!, {r1-r4}";
  const rowPair = (both: string, lower: string): string[] => [
    load,
    ...columns.flatMap((column) => [multiply(both, column), `sxtb16 ${weights[column] ?? ""}, ${weights[column] ?? ""}`]),
    ...columns.map((column) => multiply(lower, column)),
  ];
  const row = (sum: string): string[] => [load, ...columns.map((column) => multiply(sum, column))];
  const lines = packing === "packed" ? [...rowPair("r5", "r6"), ...rowPair("r7", "lr")] : ["r5", "r6", "r7", "lr"].flatMap(row);
  const macro = assemblyMacro(MACRO[packing], "load_inputs", ["load_inputs", ...lines]);
  const comment = "/* Eight columns of four rows: inputs in r8-r11, weights in r1-r4, sums in r5, r6, r7, lr. */";
  return {
    name: MACRO[packing],
    needs: [],
    codeBytes: 0,
    text: `#if defined(__ARM_FEATURE_DSP)\n${comment}\n${unformatted(macro)}\n#endif\n`,
  };
}

/** Each block enters the steps in the middle of the steps, of which as many are done as the row has. */
function functionLines({ packing, output, unroll, loops }: DenseShape): readonly Line[] {
  const [upper, lower] = RECTIFIED_SLOTS[packing].map(({ shift }) => shift);
  const advancing = macroUse(MACRO[packing], "ldm.w r12!, {r8-r11}");
  return [
    ...(loops
      ? ([
          ["add.w r12, r1, r2, lsl #3", "end of the inputs"],
          "push.w {r1-r12, lr}",
          "subs r2, #2",
          [`and.w r2, r2, #${2 * unroll - 2}`, "columns of the first pass, less eight"],
          "adds r2, #2",
          `movs r5, #${STEP_BYTES[packing] / 2}`,
          ["adr.w r4, 2f + 1", "odd: Thumb code"],
          "mls r2, r2, r5, r4",
          ["str.n r2, [sp, #4]", "where to enter"],
        ] as const)
      : ([
          ["str.w r3, [r1, r2, lsl #3]", "the outputs' address, behind the inputs"],
          `movs r3, #${STEP_BYTES[packing] / 2}`,
          ["adr.w r12, 2f + 1", "odd: Thumb code"],
          ["mls r2, r2, r3, r12", "where to enter"],
          "push.w {r1, r2, r4-r11, lr}",
        ] as const)),
    ["ldm.w r0!, {r5-r7, lr}", "biases"],
    ["ldm.w sp, {r12, pc}", "inputs, entry"],
    ".balign 4",
    "1:",
    ...Array.from({ length: unroll - 1 }, () => advancing),
    loops ? advancing : macroUse(MACRO[packing], "ldm.w r12, {r8-r12}"),
    "2:",
    ...(loops ? (["ldr.n r1, [sp, #44]", "cmp r12, r1", "bne.w 1b", "ldr.w r12, [sp, #8]"] as const) : []),
    ["ldm.w r0!, {r1-r4, r8, r9}", "the outputs' place, four multipliers, the addend"],
    ...(packing === "packed" ? ["sub.w r5, r5, r6", "sub.w r7, r7, lr"] : []),
    "smmla r5, r5, r2, r9",
    "smmla r6, r6, r3, r9",
    "smmla r7, r7, r4, r9",
    "smmla lr, lr, r8, r9",
    `ssat r5, #8, r5, asr #${upper}`,
    `ssat r6, #8, r6, asr #${lower}`,
    `ssat r7, #8, r7, asr #${upper}`,
    `ssat lr, #8, lr, asr #${lower}`,
    ...(output === "pairs"
      ? ["pkhbt r6, r6, r5, lsl #16", "pkhbt r7, lr, r7, lsl #16", "add r12, r1", "strd r6, r7, [r12]"]
      : ["bfi r6, lr, #8, #8", "bfi r6, r5, #16, #8", "bfi r6, r7, #24, #8", "str.w r6, [r12, r1]"]),
    "cbnz r1, 4f",
    loops ? "pop.w {r1-r12, pc}" : "pop.w {r1, r2, r4-r11, pc}",
    "4:",
    ["ldm.w r0!, {r5-r7, lr}", "biases"],
    ["ldm.w sp, {r12, pc}", "inputs, entry"],
  ];
}

function portableBody({ packing, output }: DenseShape): string {
  const [upper, lower] = RECTIFIED_SLOTS[packing].map(({ shift }) => shift);
  const step =
    packing === "packed"
      ? `            for (uint32_t i = 0; i < 8; i++, stream++) {
                const int8_t* pair = &input[16 * step + 4 * (i % 4)];
                sums[i / 4 * 2] += two_products(*stream, pair);
                sums[i / 4 * 2 + 1] += two_products(lower_bytes(*stream), pair);
            }`
      : `            for (uint32_t i = 0; i < 16; i++, stream++) {
                sums[i / 4] += two_products(*stream, &input[16 * step + 4 * (i % 4)]);
            }`;
  const results = [
    `scaled(sums[1], stream[2], stream[5], ${lower})`,
    `scaled(sums[3], stream[4], stream[5], ${lower})`,
    `scaled(sums[0], stream[1], stream[5], ${upper})`,
    `scaled(sums[2], stream[3], stream[5], ${upper})`,
  ]
    .map((value, row) =>
      output === "pairs"
        ? `        store_half(&output[place + ${at([0, 4, 2, 6], row)}], ${value});`
        : `        output[place + ${row}] = ${value};`,
    )
    .join("\n");
  return `
    uint32_t place;
    do {
        uint32_t sums[4] = {stream[0], stream[1], stream[2], stream[3]};
        stream += 4;
        for (uint32_t step = 0; step < fours / 2; step++) {
${step}
        }
${packing === "packed" ? "        sums[0] -= sums[1];\n        sums[2] -= sums[3];\n" : ""}        place = stream[0];
${results}
        stream += 6;
    } while (place != 0);
`;
}
