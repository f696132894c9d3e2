/* Packs a block as src/link/pack-parameters.ts does, for reflex_unpack.c to take apart. */
#ifndef PACK_H
#define PACK_H

#include <stddef.h>
#include <stdint.h>

/* @param packed has room for count + count / 8 + 16. Returns how many bytes it took. */
size_t pack(const uint8_t* block, size_t count, uint8_t* packed);

#endif
