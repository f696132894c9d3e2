// The arithmetic that all kernels share, as C text: how a sum in one scale becomes int8 in another, bit for bit as TensorFlow
// Lite Micro's reference kernels do it (tensorflow/lite/kernels/internal/common.h, gemmlowp fixedpoint/fixedpoint.h).

import { at } from "../../../core/assert.ts";
import type { QuantizedMultiplier } from "../../../core/fixed-point.ts";
import type { Requantization } from "../../../artifacts/integer-program.ts";
import type { FieldType, Kernel, ParameterField } from "../printed-step.ts";

export const DOUBLING_HIGH_MULTIPLY: Kernel = {
  name: "doubling_high_multiply",
  needs: [],
  text: `/**
 * @brief value * multiplier / 2^31, to the nearest, ties up: gemmlowp's SaturatingRoundingDoublingHighMul.
 *
 * Never called with INT32_MIN twice, the only product that would saturate. Right shifts of negative numbers are arithmetic on
 * every compiler that this targets.
 */
static int32_t
doubling_high_multiply(int32_t value, int32_t multiplier) {
#ifdef POLICY_NARROW_MULTIPLY
    /* The 64-bit product from four of 16 bits: high * 2^32 + middle * 2^16 + what is too low to matter. */
    const int16_t value_high = (int16_t)(value >> 16);
    const int16_t multiplier_high = (int16_t)(multiplier >> 16);
    const uint16_t value_low = (uint16_t)((uint32_t)value & 0xFFFFu);
    const uint16_t multiplier_low = (uint16_t)((uint32_t)multiplier & 0xFFFFu);
    const uint32_t low = (uint32_t)value_low * multiplier_low;
    const int32_t cross = (int32_t)value_high * (int32_t)multiplier_low + (int32_t)(low >> 16);
    const int32_t middle = (int32_t)multiplier_high * (int32_t)value_low + (int32_t)((uint32_t)cross & 0xFFFFu);
    const int32_t high = (int32_t)value_high * multiplier_high + (cross >> 16) + (middle >> 16);
    return high * 2 + ((((middle >> 14) & 3) + 1) >> 1);
#else
    return (int32_t)(((int64_t)value * multiplier + (INT64_C(1) << 30)) >> 31);
#endif
}
`,
};

export const RESCALE: Kernel = {
  name: "rescale",
  needs: [DOUBLING_HIGH_MULTIPLY],
  text: `/**
 * @brief value * multiplier * 2^(shift - 31): TensorFlow Lite's MultiplyByQuantizedMultiplier, which rounds twice.
 *
 * The second rounding, of a right shift, sends ties away from zero. That a left shift stays within int32 was proven when this
 * file was generated.
 */
static int32_t
rescale(int32_t value, int32_t multiplier, int shift) {
    int32_t high;
    if (shift >= 0) {
        return doubling_high_multiply(value * (int32_t)(UINT32_C(1) << shift), multiplier);
    }
    high = doubling_high_multiply(value, multiplier);
    high -= high < 0 ? 1 : 0;
    return ((high >> (-1 - shift)) + 1) >> 1;
}
`,
};

export const CLAMP: Kernel = {
  name: "clamp",
  needs: [],
  text: `static int8_t
clamp(int32_t value, int8_t minimum, int8_t maximum) {
    return (int8_t)(value < minimum ? minimum : value > maximum ? maximum : value);
}
`,
};

const OUTPUT_LAW_TYPE: FieldType = {
  c: "output_law",
  members: ["int32_t", "int32_t", "int8_t", "int8_t", "int8_t", "int8_t"],
};

const LAW_COLUMNS = "Bias, multiplier, shift, zero point, minimum, maximum.";

const OUTPUT_LAW: Kernel = {
  name: "output_law",
  needs: [],
  text: `/** What makes an int8 of a sum: bias, scale, zero point, range. */
typedef struct {
    int32_t bias;       /**< What the sum begins with. */
    int32_t multiplier; /**< Of the sum, in 2^-31. */
    int8_t shift;       /**< Then by this power of two; negative: to the right. */
    int8_t zero_point;  /**< Added at the end. */
    int8_t minimum;
    int8_t maximum;
} output_law;
`,
};

export const REQUANTIZE: Kernel = {
  name: "requantize",
  needs: [OUTPUT_LAW, RESCALE, CLAMP],
  text: `/** @brief A sum in the output's scale, zero point and range. */
static int8_t
requantize(int32_t sum, const POLICY_FLASH output_law* law) {
    return clamp(rescale(sum, law->multiplier, law->shift) + law->zero_point, law->minimum, law->maximum);
}
`,
};

/** One output_law a row; where one multiplier serves all rows, each has a copy of it. @param biases with the input's zero point
 * folded in. */
export function outputLaws(role: string, biases: ArrayLike<number>, requantization: Requantization, comment: string): ParameterField {
  const values = lawValues(biases, requantization);
  return { role, type: OUTPUT_LAW_TYPE, count: biases.length, values, perLine: 1, comment, note: LAW_COLUMNS };
}

/** The only output_law of a step. */
export function outputLaw(role: string, bias: number, requantization: Requantization, comment: string): ParameterField {
  return { role, type: OUTPUT_LAW_TYPE, count: null, values: lawValues([bias], requantization), perLine: 1, comment, note: LAW_COLUMNS };
}

function lawValues(biases: ArrayLike<number>, { multipliers, zeroPoint, minimum, maximum }: Requantization): number[] {
  return Array.from(biases).flatMap((bias, row) => {
    const { mantissa, shift } = at(multipliers, multipliers.length === 1 ? 0 : row);
    return [bias, mantissa, shift, zeroPoint, minimum, maximum];
  });
}

/** The real number that a multiplier stands for, for comments. */
export function realMultiplier({ mantissa, shift }: QuantizedMultiplier): string {
  return (mantissa * 2 ** (shift - 31)).toPrecision(6);
}
