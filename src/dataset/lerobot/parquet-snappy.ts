// In: a page as Snappy packed it, and its size. Out: the page, or an Error. Ours, because hyparquet's follows a damaged length
// backwards; each element here moves forward, and the sum of what they make is bounded by the size.

/**
 * Source: google/snappy, format_description.txt.
 * @param size bytes that come out.
 * @throws Error when exactly that does not come out.
 */
export function unpackSnappy(packed: Uint8Array, size: number): Uint8Array {
  const page = new Uint8Array(size);
  let offset = 0;
  let made = 0;
  /** A number of some bytes, the lowest first. */
  const number = (bytes: number): number => {
    if (offset + bytes > packed.length) throw new Error("a Snappy element without its end");
    let value = 0;
    for (let index = 0; index < bytes; index++) value += (packed[offset++] as number) * 256 ** index;
    return value;
  };
  const copy = (length: number, back: number): void => {
    if (back === 0 || back > made) throw new Error(`a Snappy copy from ${back} bytes before, of ${made}`);
    if (length > size - made) throw new Error(`a Snappy page of more than ${size} bytes`);
    // Byte by byte: a copy may reach into what it makes.
    for (let index = 0; index < length; index++, made++) page[made] = page[made - back] as number;
  };
  // The size stands in front, too, in groups of 7 bits.
  while (offset < packed.length && number(1) >= 128);
  while (offset < packed.length) {
    const tag = number(1);
    const upper = tag >> 2;
    switch (tag & 3) {
      case 0: {
        const length = 1 + (upper < 60 ? upper : number(upper - 59));
        if (length > packed.length - offset || length > size - made) throw new Error(`a Snappy literal of ${length} bytes`);
        page.set(packed.subarray(offset, offset + length), made);
        offset += length;
        made += length;
        break;
      }
      case 1:
        copy(4 + (upper & 7), (upper >> 3) * 256 + number(1));
        break;
      case 2:
        copy(1 + upper, number(2));
        break;
      default:
        copy(1 + upper, number(4));
    }
  }
  if (made !== size) throw new Error(`a Snappy page of ${made} bytes instead of ${size}`);
  return page;
}
