// The C text that prepares an input for the kernel of paired rows, once for all rows.

import type { Kernel } from "../printed-step.ts";

/** sizeof(column_pair): the scratch for two elements of an input. */
export const COLUMN_PAIR_BYTES = 12;

export const COLUMN_PAIR: Kernel = {
  name: "column_pair",
  needs: [],
  text: `#if defined(__ARM_ARCH_6M__)
#define POLICY_THUMB_1
#endif

/** Two elements of an input, as a word w of the weights of two rows wants them: w * first + v * second + centre is the sum of the
 * first row's two products, plus 2^15, plus 2^16 times that of the second row's. v are the odd bytes of w, one a halfword; in
 * Thumb-1, which has an instruction for it, w with the bytes of each halfword swapped. */
typedef struct {
    uint32_t first;
    uint32_t second;
    uint32_t centre; /**< Takes away what 128 too much in each weight brings in. */
} column_pair;

static inline column_pair
column_pair_of(uint32_t even, uint32_t odd) {
    column_pair pair;
#ifdef POLICY_THUMB_1
    pair.first = (even - (odd << 8)) * 0x10001U;
    pair.second = (odd - (even << 8)) * 0x10001U;
#else
    pair.first = even;
    pair.second = odd - (even << 8);
#endif
    pair.centre = 0x8000U - (even + odd) * 0x800080U;
    return pair;
}
`,
};

export const PAIR_COLUMNS: Kernel = {
  name: "pair_columns",
  needs: [COLUMN_PAIR],
  text: `/** @brief All pairs of an input. Of an odd number of elements the first is paired with a 0 before it. */
static void
pair_columns(const int8_t* input, const int8_t* input_end, column_pair* pairs) {
    uint32_t even = (input_end - input) % 2 == 0 ? (uint32_t)*input++ : 0U;
    for (;;) {
        *pairs++ = column_pair_of(even, (uint32_t)*input++);
        if (input == input_end) {
            return;
        }
        even = (uint32_t)*input++;
    }
}
`,
};

/** Portable; not for the tables' form in Thumb-1. */
export const PAIRED_SUMS: Kernel = {
  name: "paired_sums",
  needs: [COLUMN_PAIR],
  text: `#ifndef POLICY_THUMB_1
/** Of two rows, together: both = first + 2^16 * second, and second by itself. */
typedef struct {
    uint32_t both;
    uint32_t second;
} paired_sums;

/** @brief Adds the products of two columns. */
static inline void
add_columns(paired_sums* sums, uint32_t weights, const column_pair* pair) {
    const uint32_t odd_weights = (weights >> 8) & 0xFF00FFU;
    const uint32_t products = weights * pair->first + odd_weights * pair->second + pair->centre;
    sums->both += products;
    sums->second += (uint32_t)((int32_t)products >> 16);
}
#endif
`,
};
