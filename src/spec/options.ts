// The options of a call in robot.ts: an object's source in, numbers, lists and texts that make sense out. Null stands for one that was wrong,
// after saying so.

import { Node, type Expression } from "ts-morph";
import { constantNumber, followConstant, objectEntries } from "./constant-values.ts";
import { shorten } from "./field-types.ts";
import type { Problems } from "./problems.ts";

const MAXIMUM_HIDDEN_LAYERS = 8;
const MAXIMUM_HIDDEN_WIDTH = 512;

/** A whole number and where it may lie. */
export interface WholeNumber {
  readonly minimum: number;
  readonly maximum: number;
  /** What it counts, for the hint: `the ticks that it sees`. */
  readonly meaning: string;
}

/** The keys and values of one object, and who it belongs to. */
export class Options {
  readonly problems: Problems;
  /** For messages: `mlp`, `the ensemble`. */
  readonly owner: string;
  /** What to point at when a key is missing. */
  private readonly where: Node;
  private readonly entries: ReadonlyMap<string, Expression>;

  private constructor(owner: string, where: Node, entries: ReadonlyMap<string, Expression>, problems: Problems) {
    this.owner = owner;
    this.where = where;
    this.entries = entries;
    this.problems = problems;
  }

  /** Of an object that is written out; none at all where `node` is undefined. @param example for the hint: `{ activation: "tanh" }`. */
  static read(
    owner: string,
    call: Node,
    node: Node | undefined,
    keys: readonly string[],
    example: string,
    problems: Problems,
  ): Options | null {
    if (node === undefined) return new Options(owner, call, new Map(), problems);
    const object = Node.isExpression(node) ? followConstant(node) : undefined;
    if (Node.isObjectLiteralExpression(object)) {
      return new Options(owner, node, objectEntries(object, keys, owner, problems), problems);
    }
    problems.error(
      "spec-not-literal",
      node,
      `the options of ${owner} can't be read without running the file`,
      `write them out: ${example}`,
    );
    return null;
  }

  get(key: string): Expression | undefined {
    return this.entries.get(key);
  }

  /** The value of a key that must be there. */
  require<Value>(key: string, example: string, read: (value: Expression) => Value | null): Value | null {
    const value = this.entries.get(key);
    if (value !== undefined) return read(value);
    this.problems.error("spec-missing-key", this.where, `${this.owner} has no ${key}`, `add ${key}: ${example}`);
    return null;
  }

  /** The value of a key, or `usual` where it is not there. */
  optional<Value>(key: string, usual: Value, read: (value: Expression) => Value | null): Value | null {
    const value = this.entries.get(key);
    return value === undefined ? usual : read(value);
  }
}

/** A whole number, or null after saying what is wrong. */
export function readWhole(code: string, node: Node, { minimum, maximum, meaning }: WholeNumber, problems: Problems): number | null {
  const value = Node.isExpression(node) ? constantNumber(node) : null;
  if (value !== null && Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  problems.error(code, node, `${shorten(node.getText())} is no whole number from ${minimum} to ${maximum}`, `write ${meaning}`);
  return null;
}

/** The elements of a list that is written out, each read by `read`. @param what for messages: `filters of vision`. */
export function readList<Value>(
  code: string,
  node: Node,
  what: string,
  example: string,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
  read: (element: Expression) => Value | null,
  problems: Problems,
): readonly Value[] | null {
  const list = Node.isExpression(node) ? followConstant(node) : undefined;
  if (!Node.isArrayLiteralExpression(list)) {
    problems.error(code, node, `the ${what} are no list`, `write them out: ${example}`);
    return null;
  }
  const elements = list.getElements();
  const fits = elements.length >= minimum && elements.length <= maximum;
  if (!fits) {
    const hint = elements.length < minimum ? `write them out: ${example}` : `keep it to ${maximum}; wide layers do more than many`;
    problems.error(code, list, `there are ${elements.length} ${what}`, hint);
  }
  const values = elements.map(read);
  const known = values.filter((value) => value !== null);
  return fits && known.length === values.length ? known : null;
}

/** Widths of fully connected layers; may be empty. */
export function readHidden(node: Node, owner: string, problems: Problems): readonly number[] | null {
  const width = { minimum: 1, maximum: MAXIMUM_HIDDEN_WIDTH, meaning: "the width of a layer" };
  const layers = { minimum: 0, maximum: MAXIMUM_HIDDEN_LAYERS };
  const read = (element: Expression): number | null => readWhole("spec-hidden-layers", element, width, problems);
  return readList("spec-hidden-layers", node, `hidden widths of ${owner}`, "[32, 16]", layers, read, problems);
}
