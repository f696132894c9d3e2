// In: numbers. Out: a line of text that shows them, for terminals.

const LEVELS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** One character a value, from the lowest, at `minimum`, to the highest, at `maximum`; a space where a value is missing. */
export function sparkline(values: readonly number[], minimum: number, maximum: number): string {
  return values
    .map((value) => {
      if (!Number.isFinite(value)) return " ";
      const fraction = maximum > minimum ? (value - minimum) / (maximum - minimum) : 0;
      return LEVELS[Math.min(LEVELS.length - 1, Math.max(0, Math.floor(fraction * LEVELS.length)))];
    })
    .join("");
}
