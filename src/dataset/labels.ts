// In: a label as someone wrote it. Out: its index in the spec. `Move-Forward`, `move_forward` and `move forward` are one label.

/** Labels with their index, compared without regard to case and to which of - _ space joins the words. */
export class LabelIndex {
  private readonly indexes: ReadonlyMap<string, number>;

  constructor(labels: readonly string[]) {
    this.indexes = new Map(labels.map((label, index) => [plain(label), index]));
  }

  /** The label's index; undefined for an unknown one. */
  find(text: string): number | undefined {
    return this.indexes.get(plain(text));
  }
}

function plain(label: string): string {
  return label
    .trim()
    .toLowerCase()
    .replaceAll(/[-_\s]+/g, " ");
}
