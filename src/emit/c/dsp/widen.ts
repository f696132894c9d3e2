// int16 pairs: the form in which activations lie between DSP kernels, and the kernel that makes it from int8. Also the portable
// stand-ins for the DSP instructions that the kernels' C99 branches share.

import type { Form, Kernel } from "../printed-step.ts";

/** One int16 an element, of each four in the order 0, 2, 1, 3 (what SXTB16 makes of four bytes); the last eight are padded with
 * anything. A word behind them belongs to the kernel that reads them. */
export const PAIRS: Form = { name: "int16 pairs", bytes: (elements) => 16 * Math.ceil(elements / 8) + 4, alignment: 4 };

/** The C99 branches of kernels. Words are unsigned, so that sums may wrap. */
export const HALF_WORDS: Kernel = {
  name: "half_words",
  needs: [],
  text: `#if !defined(__ARM_FEATURE_DSP)
/** @brief The lower half of a word as a signed number. */
static int32_t
low_half(uint32_t word) {
    return (int32_t)((word & 0xffffu) ^ 0x8000u) - 0x8000;
}

/** @brief The lower bytes of both halves, each as a signed half: SXTB16. */
static uint32_t
lower_bytes(uint32_t word) {
    return (((word & 0x00ff00ffu) ^ 0x00800080u) + 0xff80ff80u) - (((word & 0x80u) ^ 0x80u) << 9);
}

/** @brief The halves of a word times two stored halves, added: SMLAD. */
static uint32_t
two_products(uint32_t word, const int8_t* pair) {
    const int32_t first = (uint8_t)pair[0] + pair[1] * 256;
    const int32_t second = (uint8_t)pair[2] + pair[3] * 256;
    return (uint32_t)(low_half(word) * first) + (uint32_t)(low_half(word >> 16) * second);
}

/** @brief (addend + upper word of sum * multiplier) >> shift, as an int8: SMMLA, SSAT. */
static int32_t
scaled(uint32_t sum, uint32_t multiplier, uint32_t addend, int shift) {
    const int32_t high = (int32_t)(((int64_t)(int32_t)sum * (int32_t)multiplier) >> 32);
    const int32_t value = (int32_t)((uint32_t)high + addend) >> shift;
    return value < -128 ? -128 : value > 127 ? 127 : value;
}

static void
store_half(int8_t* place, int32_t value) {
    place[0] = (int8_t)value;
    place[1] = value < 0 ? -1 : 0;
}
#endif
`,
};
