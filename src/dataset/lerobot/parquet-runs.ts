// In: levels or dictionary indices of a Parquet page, in runs. Out: the values, to a visitor, or an Error. It bounds the work of
// whoever reads them next: hyparquet repeats a value as often as a run says, however many there should be.

/** Bits of a value, at most: no dictionary has more entries, and a value and a byte fit into an int32. */
const WIDEST = 24;

/** Values beyond the last that fill its bit-packed run, at most: 63 groups of 8, the longest that parquet-java writes. */
const PADDING = 504;

/**
 * Source: Parquet's Encodings.md, "Run Length Encoding / Bit-Packing Hybrid".
 * @param offset where the first run begins. @param width bits of a value. @param count values there should be.
 * @param visit takes each value, with how often it is repeated.
 * @throws Error when a run is longer than what is left of `count`, or beyond the end of `bytes`.
 */
export function walkRuns(
  bytes: Uint8Array,
  offset: number,
  width: number,
  count: number,
  visit: (value: number, times: number) => void,
): void {
  if (width > WIDEST) throw new Error(`values of ${width} bits`);
  let [position, left] = [offset, count];
  const next = (): number => {
    const byte = bytes[position++];
    if (byte === undefined) throw new Error(`${left} of ${count} values are missing`);
    return byte;
  };
  while (left > 0) {
    let header = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = next();
      header += (byte & 127) * 2 ** shift;
      more = byte >= 128;
      if (more && shift >= 28) throw new Error("a run whose length has no end");
    }
    const packed = header % 2 === 1;
    const length = Math.floor(header / 2) * (packed ? 8 : 1);
    if (length > left + (packed ? PADDING : 0)) throw new Error(`a run of ${length} values where ${left} are left`);
    if (packed) {
      const end = position + (length / 8) * width;
      const times = Math.min(length, left);
      let [pending, bits] = [0, 0];
      for (let index = 0; index < times; index++) {
        for (; bits < width; bits += 8) pending |= next() << bits;
        visit(pending & ((1 << width) - 1), 1);
        pending >>>= width;
        bits -= width;
      }
      position = end;
      left -= times;
    } else {
      let value = 0;
      for (let bits = 0; bits < width; bits += 8) value |= next() << bits;
      visit(value, length);
      left -= length;
    }
  }
}
