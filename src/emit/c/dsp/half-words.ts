// What the DSP instructions do, in C99, for the portable branches of kernels. Words are unsigned, so that sums may wrap as
// the core's do; bytes are read one by one, so that no buffer is seen through another type.

import type { Kernel } from "../printed-step.ts";

function portable(name: string, needs: readonly Kernel[], text: string): Kernel {
  return { name, needs, text: `#if !defined(__ARM_FEATURE_DSP)\n${text}#endif\n`, codeBytes: 0 };
}

export const LOW_HALF = portable(
  "low_half",
  [],
  `/** @brief The lower half of a word as a signed number. */
static int32_t
low_half(uint32_t word) {
    return (int32_t)((word & 0xffffu) ^ 0x8000u) - 0x8000;
}
`,
);

export const TWO_PRODUCTS = portable(
  "two_products",
  [LOW_HALF],
  `/** @brief The halves of a word times two int16 in memory, added: SMLAD. */
static uint32_t
two_products(uint32_t word, const int8_t* pair) {
    const int32_t first = pair[1] * 256 + (uint8_t)pair[0];
    const int32_t second = pair[3] * 256 + (uint8_t)pair[2];
    return (uint32_t)(low_half(word) * first) + (uint32_t)(low_half(word >> 16) * second);
}
`,
);

export const LOWER_BYTES = portable(
  "lower_bytes",
  [],
  `/** @brief The lower bytes of both halves as signed halves: SXTB16. */
static uint32_t
lower_bytes(uint32_t word) {
    const uint32_t low = ((word & 0xffu) ^ 0x80u) - 0x80u;
    const uint32_t high = ((word >> 16 & 0xffu) ^ 0x80u) - 0x80u;
    return (low & 0xffffu) | high << 16;
}
`,
);

export const SCALED = portable(
  "scaled",
  [],
  `/** @brief (addend + upper word of sum * multiplier) >> shift, saturated to an int8: SMMLA, SSAT. */
static int8_t
scaled(uint32_t sum, uint32_t multiplier, uint32_t addend, int shift) {
    const int32_t high = (int32_t)(((int64_t)(int32_t)sum * (int32_t)multiplier) >> 32);
    const int32_t value = (int32_t)((uint32_t)high + addend) >> shift;
    return (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
}
`,
);

export const STORE_HALF = portable(
  "store_half",
  [],
  `/** @brief An int8 as an int16 in memory. */
static void
store_half(int8_t* place, int8_t value) {
    place[0] = value;
    place[1] = value < 0 ? -1 : 0;
}
`,
);
