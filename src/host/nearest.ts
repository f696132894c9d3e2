// A name that nobody knows in, the known ones that it may be a slip of out: for "did you mean".

/** Those that contain it, or are at most two letters away from it; nothing is near an empty name. */
export function nearest(name: string, known: readonly string[]): readonly string[] {
  const lower = name.toLowerCase();
  if (lower === "") return [];
  return known.filter((each) => each.toLowerCase().includes(lower) || editDistance(each.toLowerCase(), lower) <= 2);
}

/** Levenshtein's distance: letters to insert, delete or replace. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, replaced));
    }
    row = next;
  }
  return row[right.length] as number;
}
