// Visits the places of a tensor in the order of its indices, the last one fastest.

/** Calls `visit` for each index below `sizes`, with one element offset a list of strides. */
export function walk(sizes: readonly number[], strides: readonly (readonly number[])[], visit: (...offsets: number[]) => void): void {
  const step = (dimension: number, offsets: readonly number[]): void => {
    const size = sizes[dimension];
    if (size === undefined) {
      visit(...offsets);
      return;
    }
    for (let index = 0; index < size; index++) {
      step(
        dimension + 1,
        offsets.map((offset, list) => offset + index * (strides[list]?.[dimension] ?? 0)),
      );
    }
  };
  step(
    0,
    strides.map(() => 0),
  );
}
