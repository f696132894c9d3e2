// Fully connected layers, four rows at a time: Helium's VMLADAV or WebAssembly's dot products over sixteen columns, and the same
// in portable C. The kernel also serves convolutions, whose windows are inputs to it.

import type { ConvolutionStep, FullyConnectedStep } from "../../../artifacts/integer-program.ts";
import { foldedBias, fullyConnected as plainFullyConnected } from "../operators/fully-connected.ts";
import { plainStep } from "../operators/plain-step.ts";
import type { CallNames, Kernel, ParameterField, PrintedStep } from "../printed-step.ts";
import { FOUR_SUMS, REQUANTIZE_FOUR, STORE_FOUR, ROWS_STACK_BYTES } from "./four-sums.ts";
import { allRows, BLOCK_COLUMNS, lawsField, packLaws, packRows, rangeField, weightsField } from "./tables.ts";

const FOUR_DOT_PRODUCTS: Kernel = {
  name: "vector_input",
  needs: [FOUR_SUMS],
  text: `/** Elements to multiply weights with. */
typedef struct {
    const int8_t* elements;
    size_t count;
#if defined(__wasm_simd128__)
    v128_t last; /**< Those that do not fill a block of sixteen, then zeros. */
#endif
} vector_input;

static inline vector_input
vector_input_of(const int8_t* elements, size_t count) {
    vector_input input;
    input.elements = elements;
    input.count = count;
#if defined(__wasm_simd128__)
    int8_t last[16] = {0};
    for (size_t i = 0; i < count % 16; i++) {
        last[i] = elements[count / 16 * 16 + i];
    }
    input.last = wasm_v128_load(last);
#endif
    return input;
}

#if defined(__wasm_simd128__)
/** @brief Adds the products of sixteen weights and elements, widened to 16 bits, in four parts. */
static inline v128_t
add_products(v128_t sums, v128_t low, v128_t high, const int8_t* weights) {
    const v128_t row = wasm_v128_load(weights);
    sums = wasm_i32x4_add(sums, wasm_i32x4_dot_i16x8(low, wasm_i16x8_extend_low_i8x16(row)));
    return wasm_i32x4_add(sums, wasm_i32x4_dot_i16x8(high, wasm_i16x8_extend_high_i8x16(row)));
}
#endif

/**
 * @brief bias + sum of weight * element for four rows.
 * @param group For each sixteen columns four rows of sixteen weights, zeros at the end; moves to the next four rows.
 */
static inline four_sums
four_dot_products(vector_input input, const POLICY_FLASH int32_t* biases, const POLICY_FLASH int8_t** group) {
    const POLICY_FLASH int8_t* weights = *group;
#if defined(__ARM_FEATURE_MVE)
    four_sums sums;
    int32_t a = biases[0];
    int32_t b = biases[1];
    int32_t c = biases[2];
    int32_t d = biases[3];
    /* The loop itself masks what lies beyond the last element. */
    __asm__("dlstp.8 lr, %[count]\\n"
            "1:\\n\\t"
            "vldrb.8 q0, [%[elements]], #16\\n\\t"
            "vldrb.8 q1, [%[weights]], #16\\n\\t"
            "vmladava.s8 %[a], q0, q1\\n\\t"
            "vldrb.8 q1, [%[weights]], #16\\n\\t"
            "vmladava.s8 %[b], q0, q1\\n\\t"
            "vldrb.8 q1, [%[weights]], #16\\n\\t"
            "vmladava.s8 %[c], q0, q1\\n\\t"
            "vldrb.8 q1, [%[weights]], #16\\n\\t"
            "vmladava.s8 %[d], q0, q1\\n\\t"
            "letp lr, 1b\\n\\t"
            "vmov %q[sums][2], %q[sums][0], %[a], %[c]\\n\\t"
            "vmov %q[sums][3], %q[sums][1], %[b], %[d]"
            : [elements] "+&r"(input.elements), [weights] "+&r"(weights), [a] "+&Te"(a), [b] "+&Te"(b), [c] "+&Te"(c),
              [d] "+&Te"(d), [sums] "=w"(sums)
            : [count] "r"(input.count)
            : "q0", "q1", "lr", "memory");
    *group = weights;
    return sums;
#elif defined(__wasm_simd128__)
    v128_t a = wasm_i32x4_const_splat(0);
    v128_t b = a;
    v128_t c = a;
    v128_t d = a;
    for (size_t column = 0; column < input.count; column += 16) {
        const v128_t block = input.count - column < 16 ? input.last : wasm_v128_load(&input.elements[column]);
        const v128_t low = wasm_i16x8_extend_low_i8x16(block);
        const v128_t high = wasm_i16x8_extend_high_i8x16(block);
        a = add_products(a, low, high, weights);
        b = add_products(b, low, high, &weights[16]);
        c = add_products(c, low, high, &weights[32]);
        d = add_products(d, low, high, &weights[48]);
        weights += 64;
    }
    *group = weights;
    const v128_t ab = wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 1, 4, 5), wasm_i32x4_shuffle(a, b, 2, 3, 6, 7));
    const v128_t cd = wasm_i32x4_add(wasm_i32x4_shuffle(c, d, 0, 1, 4, 5), wasm_i32x4_shuffle(c, d, 2, 3, 6, 7));
    const v128_t sums = wasm_i32x4_add(wasm_i32x4_shuffle(ab, cd, 0, 2, 4, 6), wasm_i32x4_shuffle(ab, cd, 1, 3, 5, 7));
    return wasm_i32x4_add(sums, wasm_v128_load(biases));
#else
    four_sums sums = {{biases[0], biases[1], biases[2], biases[3]}};
    for (size_t column = 0; column < input.count; column += 16) {
        for (size_t row = 0; row < 4; row++) {
            for (size_t i = 0; i < 16 && column + i < input.count; i++) {
                sums.rows[row] += weights[i] * input.elements[column + i];
            }
            weights += 16;
        }
    }
    *group = weights;
    return sums;
#endif
}
`,
};

export const FULLY_CONNECTED_BY_FOUR: Kernel = {
  name: "fully_connected_by_four",
  needs: [FOUR_DOT_PRODUCTS, REQUANTIZE_FOUR, STORE_FOUR],
  text: `/**
 * @brief For each window of \`inputs\` elements, \`stride\` apart: output[row] = requantize(bias of the row + sum of weights[row][column]
 *        * element[column]), the outputs of one window after those of another.
 */
static void
fully_connected_by_four(const int8_t* input, size_t windows, size_t stride, size_t inputs, int8_t* output,
                        size_t outputs, const POLICY_FLASH output_range* range, const POLICY_FLASH int32_t* laws,
                        const POLICY_FLASH int8_t* weights) {
    const output_range to = *range;
    for (; windows > 0; windows--) {
        const vector_input window = vector_input_of(input, inputs);
        const POLICY_FLASH int32_t* law = laws;
        const POLICY_FLASH int8_t* group = weights;
        size_t rows = outputs;
        for (;;) {
            const four_sums sums = requantize_four(four_dot_products(window, law, &group), law, to);
            if (rows <= 4) {
                store_some(sums, output, rows);
                break;
            }
            store_four(sums, output);
            law += 12;
            output += 4;
            rows -= 4;
        }
        input += stride;
        output += rows;
    }
}
`,
};

export function fullyConnected(step: FullyConnectedStep): PrintedStep {
  const { batches, inputs, outputs } = step;
  return plainStep({
    description: plainFullyConnected(step).description,
    kernels: [FULLY_CONNECTED_BY_FOUR],
    fields: rowFields(step, outputs, inputs),
    stackBytes: ROWS_STACK_BYTES,
    call: ({ buffer, field }) => [rowsCall(buffer(step.input), batches, inputs, inputs, buffer(step.output), outputs, field)],
  });
}

/** The fields of a layer of rows that `rowsCall` names. */
export function rowFields(step: FullyConnectedStep | ConvolutionStep, rows: number, columns: number): ParameterField[] {
  return [
    rangeField(step.requantization),
    lawsField(packLaws(foldedBias(step, columns), step.requantization, allRows(rows))),
    weightsField(packRows(step.weights, rows, columns), BLOCK_COLUMNS, `${rows} rows, by four, x ${columns} columns, by sixteen.`),
  ];
}

/** A call of the kernel. @param stride from one window to the next. */
export function rowsCall(
  ...[from, windows, stride, inputs, to, outputs, field]: [string, number, number, number, string, number, CallNames["field"]]
): string {
  const tables = `&${field("range")}, ${field("laws")}, ${field("weights")}`;
  return `fully_connected_by_four(${from}, ${windows}, ${stride}, ${inputs}, ${to}, ${outputs}, ${tables});`;
}
