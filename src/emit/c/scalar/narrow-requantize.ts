// The C text that brings sums to int8 by their narrow laws (narrow-law.ts), for all cores that can't multiply to 64 bits.

import type { FieldType, Kernel } from "../printed-step.ts";

export const NARROW_LAW_TYPE: FieldType = { c: "narrow_law", members: ["uint32_t", "uint32_t", "uint32_t", "uint32_t"] };

export const NARROW_LAW_BYTES = 16;

export const NARROW_LAW: Kernel = {
  name: "narrow_law",
  needs: [],
  text: `/** A line that rises from one int8 to the next where TensorFlow Lite's requantization does, checked sum by sum where it changes. */
typedef struct {
    uint32_t range;  /**< It holds for sums from 0 to this. */
    uint32_t high;   /**< Slope, in 2^-24, */
    uint32_t low;    /**< and 12 more bits of it. */
    uint32_t offset; /**< In 2^-24, with the zero point in it. */
} narrow_law;
`,
};

export const NARROW_REQUANTIZE: Kernel = {
  name: "narrow_requantize",
  needs: [NARROW_LAW],
  text: `/**
 * @brief The int8 that a sum stands for, clamped as the layer is.
 * @param above How far behind its law that for sums above its range stands; 0: the last output is theirs.
 */
static inline int8_t
narrow_requantize(uint32_t sum, const POLICY_FLASH narrow_law* law, size_t above) {
    if (sum > law->range) {
        if (sum >> 31 != 0U) {
            sum = 0U;
        } else {
            law += above;
            sum = sum < law->range ? sum : law->range;
        }
    }
    return (int8_t)((sum * law->high + (sum * law->low >> 12) + law->offset) >> 24);
}
`,
};
