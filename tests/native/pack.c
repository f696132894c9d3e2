/* An adaptive binary range coder, after LZMA's (I. Pavlov, LZMA specification, 2015). */
#include "pack.h"

static struct {
    uint8_t* bytes; /* the first one is none of the packed */
    size_t count;
    uint64_t low;
    uint32_t range;
    uint32_t chances[256];
    uint32_t uses[256];
} coder;

/* A carry goes up through bytes that were written. */
static void
shift_out(void) {
    if (coder.low >> 32 != 0u) {
        size_t i = coder.count;

        do {
            i--;
            coder.bytes[i]++;
        } while (coder.bytes[i] == 0u);
    }
    coder.bytes[coder.count] = (uint8_t)(coder.low >> 24);
    coder.count++;
    coder.low = (coder.low & 0xFFFFFFu) << 8;
}

static void
pack_bit(uint32_t node, uint32_t bit) {
    const uint32_t uses = coder.uses[node];
    const uint32_t steps = 2u * uses + 3u + (uses > 7u ? 3u * (uses - 7u) : 0u); /* half ones */
    const uint32_t rate = 2u * 65536u / steps > 2048u ? 2u * 65536u / steps : 2048u;
    const uint32_t bound = (coder.range >> 12) * coder.chances[node];

    if (bit == 0u) {
        coder.range = bound;
        coder.chances[node] += (4096u - coder.chances[node]) * rate >> 16;
    } else {
        coder.low += bound;
        coder.range -= bound;
        coder.chances[node] -= coder.chances[node] * rate >> 16;
    }
    coder.uses[node] += uses < 15u ? 1u : 0u;
    while (coder.range < UINT32_C(1) << 24) {
        coder.range <<= 8;
        shift_out();
    }
}

size_t
pack(const uint8_t* block, size_t count, uint8_t* packed) {
    coder.bytes = packed;
    coder.count = 0;
    coder.low = 0;
    coder.range = UINT32_MAX;
    for (size_t i = 0; i < 256u; i++) {
        coder.chances[i] = 2048;
        coder.uses[i] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t node = 1;

        for (uint32_t bit = 0x80; bit != 0u; bit >>= 1) {
            const uint32_t set = (block[i] & bit) != 0u ? 1u : 0u;

            pack_bit(node, set);
            node = 2u * node + set;
        }
    }
    for (int i = 0; i < 4; i++) {
        shift_out();
    }
    while (coder.count > 0u && packed[coder.count - 1u] == 0u) {
        coder.count--; /* behind the end, zeros are read */
    }
    return coder.count;
}
