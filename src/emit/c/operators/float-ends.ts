// QUANTIZE of float32 and DEQUANTIZE to it in plain C, without a library and without double precision.

import type { DequantizeStep, QuantizeStep } from "../../../artifacts/integer-program.ts";
import type { FieldType, Kernel, ParameterField, PrintedStep } from "../printed-step.ts";
import { CLAMP } from "./arithmetic-law.ts";
import { plainStep } from "./plain-step.ts";

const WORD: Kernel = {
  name: "word",
  needs: [],
  text: `/** An element of four bytes. Tensors may begin at any address, so that they are read and written byte by byte. */
typedef union {
    int8_t bytes[4];
    int32_t integer;
    float real;
} word;
`,
};

export const STORE_WORD: Kernel = {
  name: "store_word",
  needs: [WORD],
  text: `static void
store_word(word value, int8_t* to) {
    for (size_t i = 0; i < sizeof(value.bytes); i++) {
        to[i] = value.bytes[i];
    }
}
`,
};

const SCALE_TYPE: FieldType = { c: "affine_scale", members: ["float", "int32_t"] };

const AFFINE_SCALE: Kernel = {
  name: "affine_scale",
  needs: [],
  text: `/** real = scale * (int8 - zero_point) */
typedef struct {
    float scale;
    int32_t zero_point;
} affine_scale;
`,
};

const QUANTIZE: Kernel = {
  name: "quantize",
  needs: [WORD, AFFINE_SCALE, CLAMP],
  text: `/**
 * @brief float32 to int8: input / scale in single precision, to the nearest, halves away from zero, plus the zero point.
 *
 * What is not a number counts as 0. Beyond 256 steps the zero point cannot bring a value back into int8, so that clamping there
 * first changes nothing and keeps the conversion defined. The fraction that truncation leaves is exact.
 */
static void
quantize(const int8_t* input, int8_t* output, size_t count, const POLICY_FLASH affine_scale* law) {
    for (size_t i = 0; i < count; i++) {
        word element;
        float steps;
        float fraction;
        int32_t whole = 0;
        for (size_t byte = 0; byte < sizeof(element.bytes); byte++) {
            element.bytes[byte] = *input++;
        }
        steps = element.real / law->scale;
        if (steps >= 256.0f) {
            whole = 256;
        } else if (steps <= -256.0f) {
            whole = -256;
        } else if (steps > -256.0f) {
            whole = (int32_t)steps;
            fraction = steps - (float)whole;
            whole += (fraction >= 0.5f ? 1 : 0) - (fraction <= -0.5f ? 1 : 0);
        }
        output[i] = clamp(whole + law->zero_point, INT8_MIN, INT8_MAX);
    }
}
`,
};

const DEQUANTIZE: Kernel = {
  name: "dequantize",
  needs: [STORE_WORD, AFFINE_SCALE],
  text: `/**
 * @brief int8 to float32: scale * (input - zero_point).
 *
 * The law is a product in double precision that is rounded to single once. A scale has 24 significant bits and the difference at
 * most 8, so the double product is exact; rounding the same product once, single precision gives the same.
 */
static void
dequantize(const int8_t* input, int8_t* output, size_t count, const POLICY_FLASH affine_scale* law) {
    for (size_t i = 0; i < count; i++) {
        store_word((word){.real = law->scale * (float)(input[i] - law->zero_point)}, &output[4 * i]);
    }
}
`,
};

export function quantize({ input, output, count, scale, zeroPoint }: QuantizeStep): PrintedStep {
  return plainStep({
    description: `quantize ${count}`,
    kernels: [QUANTIZE],
    fields: [scaleField(scale, zeroPoint, "Of the integers.")],
    call: ({ buffer, field }) => [`quantize(${buffer(input)}, ${buffer(output)}, ${count}, &${field("scale")});`],
  });
}

export function dequantize({ input, output, count, scale, zeroPoint }: DequantizeStep): PrintedStep {
  return plainStep({
    description: `dequantize ${count}`,
    kernels: [DEQUANTIZE],
    fields: [scaleField(scale, zeroPoint, "Of the integers.")],
    call: ({ buffer, field }) => [`dequantize(${buffer(input)}, ${buffer(output)}, ${count}, &${field("scale")});`],
  });
}

function scaleField(scale: number, zeroPoint: number, comment: string): ParameterField {
  return { role: "scale", type: SCALE_TYPE, count: null, values: [scale, zeroPoint], perLine: 1, comment };
}
