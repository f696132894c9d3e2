// Assertions: a broken one is a bug in reflexarc, never a user's mistake.

export class AssertionError extends Error {
  constructor(message: string) {
    super(`bug in reflexarc: ${message}`);
    this.name = "AssertionError";
  }
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The element at `index`, which must exist. */
export function at<Element>(list: ArrayLike<Element>, index: number): Element {
  const element = list[index];
  if (element === undefined) throw new AssertionError(`index ${index} outside 0..${list.length - 1}`);
  return element;
}

/** Closes an exhaustive switch over a discriminated union. */
export function unreachable(value: never): never {
  throw new AssertionError(`unexpected case ${JSON.stringify(value)}`);
}
