// What training consumes: ticks as the policy's input and the target, in order, in stretches that a window must not reach across.

/** Ticks ready for training. */
export interface Samples {
  readonly rows: number;
  /** Elements of one encoded observation. */
  readonly inputWidth: number;
  /** rows x inputWidth: the policy's real input (see encoding.ts), -1..1. */
  readonly inputs: Float32Array;
  /** 1 for a discrete action, else one a channel. */
  readonly targetWidth: number;
  /** rows x targetWidth: the label's index, or -1..1 across each channel's range. Whatever where the weight is 0. */
  readonly targets: Float32Array;
  /** What each row counts for, rows; 0: nobody said what is right, the row is there for those after it. */
  readonly weights: Float32Array;
  /** The first row of each uninterrupted stretch, ascending; begins with 0 where there are rows. */
  readonly starts: Uint32Array;
}

/** The first row of the stretch that each row is in; length rows. */
export function stretchStarts({ rows, starts }: Samples): Uint32Array {
  const firsts = new Uint32Array(rows);
  starts.forEach((start, index) => firsts.fill(start, start, starts[index + 1] ?? rows));
  return firsts;
}

/** Writes the inputs of the newest `ticks` rows up to `row`, oldest first, with zeros for those before `first`, the start of its stretch.
 * @param into gets ticks x inputWidth numbers from `offset` on. */
export function gatherWindow(
  { inputs, inputWidth }: Samples,
  row: number,
  first: number,
  ticks: number,
  into: Float32Array,
  offset: number,
): void {
  const from = Math.max(first, row - ticks + 1);
  const missing = (ticks - (row - from + 1)) * inputWidth;
  into.fill(0, offset, offset + missing);
  into.set(inputs.subarray(from * inputWidth, (row + 1) * inputWidth), offset + missing);
}
