// Between flat vectors and the JSON messages of a recording, which have the nested form of robot.ts: `{"imu":{"pitch":0.5}}`, a
// choice as its label. Also the JSON Schema of such messages, so that Foxglove and other MCAP tools can plot them.

import { assert, at } from "../core/assert.ts";
import { fieldWidth, NO_ACTION, type Field } from "../artifacts/robot-spec.ts";

/** The label of a choice that was not made: actuators off. */
const NO_LABEL = "(none)";

/** Prints and reads the messages of some fields. */
export class MessageFormat {
  private readonly fields: readonly Field[];
  /** Field and literal text before each channel, in the order of the JSON text; the text after the last one. */
  private readonly parts: readonly { readonly channel: number; readonly before: string }[];
  private readonly end: string;
  private readonly fieldOf: readonly Field[];

  constructor(fields: readonly Field[]) {
    this.fields = fields;
    this.fieldOf = fields.flatMap((field) => Array.from({ length: fieldWidth(field) }, () => field));
    // A message in which channel numbers stand for values, taken apart at those numbers.
    let channel = 0;
    const marks = new Map(fields.map((field) => [field, Array.from({ length: fieldWidth(field) }, () => `\0${channel++}`)]));
    const marksOf = (field: Field): readonly string[] => marks.get(field) ?? [];
    const example = nest<unknown>(
      fields,
      0,
      (field) => (isVector(field) ? marksOf(field) : at(marksOf(field), 0)),
      (children) => children,
    );
    const pieces = JSON.stringify(example).split(/"\\u0000(\d+)"/);
    this.parts = Array.from({ length: channel }, (_, part) => ({
      before: at(pieces, 2 * part),
      channel: Number(at(pieces, 2 * part + 1)),
    }));
    this.end = at(pieces, pieces.length - 1);
  }

  /** Numbers in a flat vector. */
  get width(): number {
    return this.fieldOf.length;
  }

  /** Bytes that no message falls below: a digit for every channel. */
  get smallestMessage(): number {
    return this.parts.reduce((sum, { before }) => sum + before.length + 1, this.end.length);
  }

  /** JSON text of the flat vector at `offset`; what is no finite number becomes null. */
  print(values: ArrayLike<number>, offset = 0): string {
    let text = "";
    for (const { before, channel } of this.parts) {
      const field = this.fieldOf[channel] as Field;
      const value = values[offset + channel] as number;
      text += before + (field.kind === "choice" ? JSON.stringify(field.labels[value] ?? NO_LABEL) : numberText(value));
    }
    return text + this.end;
  }

  /** The flat vector of a message: NaN for what is missing, -1 for an unknown label, NO_ACTION for none. */
  read(message: unknown, into: Float32Array, offset: number): void {
    let channel = offset;
    for (const field of this.fields) {
      let value = message;
      for (const name of field.path) value = property(value, name);
      const elements: readonly unknown[] = isVector(field) ? (Array.isArray(value) ? value : []) : [value];
      for (let element = 0; element < fieldWidth(field); element++) into[channel++] = readValue(field, elements[element]);
    }
  }

  /** JSON Schema of a message. */
  schema(title: string, description: string): Record<string, unknown> {
    const root = nest<Record<string, unknown>>(this.fields, 0, valueSchema, (properties) => ({
      type: "object",
      properties,
      required: Object.keys(properties),
    }));
    return { $schema: "https://json-schema.org/draft/2020-12/schema", title, description, ...root };
  }
}

function isVector(field: Field): boolean {
  return field.kind === "number" && field.length !== null;
}

/** Folds fields into the tree that their paths describe, in the order of first mention. */
function nest<Node>(
  fields: readonly Field[],
  depth: number,
  leaf: (field: Field) => Node,
  branch: (children: Record<string, Node>) => Node,
): Node {
  const children: Record<string, Node> = {};
  for (const name of new Set(fields.map((field) => at(field.path, depth)))) {
    const inside = fields.filter((field) => field.path[depth] === name);
    const first = at(inside, 0);
    assert(inside.length === 1 || inside.every((field) => field.path.length > depth + 1), `two fields are called ${name}`);
    children[name] = first.path.length === depth + 1 ? leaf(first) : nest(inside, depth + 1, leaf, branch);
  }
  return branch(children);
}

/** A text that is the same single-precision number: six decimals where they suffice, else nine digits, which always do. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return "null";
  const single = Math.fround(value);
  const short = Math.round(single * 1e6) / 1e6;
  return String(Math.fround(short) === single ? short : Number(single.toPrecision(9)));
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function readValue(field: Field, value: unknown): number {
  if (field.kind === "number") return typeof value === "number" ? value : NaN;
  if (typeof value !== "string") return NaN;
  return value === NO_LABEL ? NO_ACTION : field.labels.indexOf(value);
}

function valueSchema(field: Field): Record<string, unknown> {
  if (field.kind === "choice") return { type: "string", enum: [...field.labels, NO_LABEL], description: field.description };
  const description = [field.description, field.unit === "" ? "" : `[${field.unit}]`].filter((part) => part !== "").join(" ");
  const number = { type: "number", minimum: field.range.minimum, maximum: field.range.maximum };
  if (field.length === null) return { ...number, description };
  return { type: "array", items: number, minItems: field.length, maxItems: field.length, description };
}
