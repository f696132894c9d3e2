// What training consumes: normalised inputs and targets, row by row, in groups that a split must not tear apart.

/** Rows ready for a training engine. */
export interface Samples {
  readonly rows: number;
  readonly inputWidth: number;
  /** rows x inputWidth, fractions of the clip range (0..1). */
  readonly inputs: Float32Array;
  /** 1 for a discrete action, else one a channel. */
  readonly targetWidth: number;
  /** rows x targetWidth: the label's index, or -1..1 across each channel's range. */
  readonly targets: Float32Array;
}
