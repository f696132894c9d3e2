// The protocol's model in, messages.generated.ts out: constants, one interface a message, their union, and both directions
// between a message and its payload.

import { unreachable } from "../../core/assert.ts";
import type { FieldType, MessageField, MessageLayout, NameList, Protocol, RecordLayout, Transition } from "./parse.ts";

export function printMessages(protocol: Protocol): string {
  const { limits, lists, transitions, records, messages } = protocol;
  return `// Generated from firmware/PROTOCOL.md by \`npm run protocol\`: do not edit. The messages of the link as a discriminated union, and
// both directions between a message and the payload of its frame.

import { unreachable } from "../core/assert.ts";
import type { Hash64 } from "../core/hash.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

${limits.map(({ name, value, meaning }) => `/** ${meaning}. */\nexport const ${name.toUpperCase()} = ${value};`).join("\n")}

${lists.map(printList).join("\n\n")}

${printTransitions(transitions)}

${records.map(printRecord).join("\n\n")}

${messages.map(printInterface).join("\n\n")}

export type Message =
${messages.map(({ name }) => `  | ${typeName(name)}`).join("\n")};

export const MESSAGE_IDS: Readonly<Record<Message["kind"], number>> = {
${messages.map(({ name, id }) => `  ${quoted(kebab(name))}: 0x${id.toString(16).padStart(2, "0")},`).join("\n")}
};

/** A payload as a message, or why it is none. */
export type Decoded = { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly reason: string };

/** The payload of a message's frame. */
export function encodeMessage(message: Message): Uint8Array {
  const writer = new ByteWriter();
  switch (message.kind) {
${messages.map(printEncode).join("\n")}
    default:
      unreachable(message);
  }
  return writer.finish();
}

export function decodeMessage(id: number, payload: Uint8Array): Decoded {
  const reader = new ByteReader(payload);
  const message = readMessage(id, reader);
  if (message === null) return { ok: false, reason: \`no message has the id \${id}\` };
  const problem = reader.finish();
  return problem === null ? { ok: true, message } : { ok: false, reason: \`\${message.kind}: \${problem}\` };
}

function readMessage(id: number, reader: ByteReader): Message | null {
  switch (id) {
${messages.map(printDecode).join("\n")}
    default:
      return null;
  }
}
`;
}

function words(snake: string): string[] {
  return snake.split("_");
}

function kebab(snake: string): string {
  return words(snake).join("-");
}

function pascal(snake: string): string {
  return words(snake)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

function camel(snake: string): string {
  const name = pascal(snake);
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}

function typeName(message: string): string {
  return `${pascal(message)}Message`;
}

function listName(list: NameList): string {
  return `${list.name.toUpperCase()}S`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function printList(list: NameList): string {
  const entries = list.entries.map(({ name, meaning }) => `  /** ${meaning}. */\n  ${quoted(kebab(name))},`);
  const how = list.kind === "values" ? "Its index is its value on the wire" : "Its index is its bit on the wire";
  const type = `export type ${pascal(list.name)} = (typeof ${listName(list)})[number];`;
  return `/** ${how}. */\nexport const ${listName(list)} = [\n${entries.join("\n")}\n] as const;\n${type}`;
}

function printTransitions(transitions: readonly Transition[]): string {
  const rows = transitions.map(({ event, targets, reason }) => {
    const cells = targets.map((target) => (target === null ? "null" : quoted(kebab(target))));
    return `  ${quoted(kebab(event))}: { targets: [${cells.join(", ")}], reason: ${quoted(kebab(reason))} },`;
  });
  return `/** What an event makes of each mode, in the order of MODES; null: nothing. */
export const TRANSITIONS = {
${rows.join("\n")}
} as const satisfies Readonly<Record<string, { readonly targets: readonly (Mode | null)[]; readonly reason: Reason }>>;
export type Event = keyof typeof TRANSITIONS;`;
}

function printFields(fields: readonly MessageField[]): string[] {
  return fields.map(({ name, type, meaning }) => `  /** ${meaning}. */\n  readonly ${camel(name)}: ${fieldType(type)};`);
}

function hasLength({ type }: MessageField): boolean {
  return type.kind !== "data" && type.kind !== "int8data";
}

/** A record's interface, the lengths of its fields that say none themselves, and both directions. */
function printRecord({ name, description, fields }: RecordLayout): string {
  const type = `${pascal(name)}Record`;
  const sized = fields.filter((field) => !hasLength(field));
  const sizes = sized.map((field) => `  readonly ${camel(field.name)}Bytes: number;`);
  const reads = fields.map((field) => `      ${camel(field.name)}: ${readExpression(field)},`);
  const writes = fields.map((field) => `    ${writeStatement("record", field)}`);
  return `/** ${description} */
export interface ${type} {
${printFields(fields).join("\n")}
}

/** Lengths that \`hello\` tells. */
export interface ${type}Sizes {
${sizes.join("\n")}
}

/** Records one behind the other. @returns null when the bytes are no whole number of valid records. */
export function decode${type}s(bytes: Uint8Array, sizes: ${type}Sizes): readonly ${type}[] | null {
  const reader = new ByteReader(bytes);
  const records: ${type}[] = [];
  while (reader.left > 0) {
    records.push({
${reads.join("\n")}
    });
    if (reader.failed) return null;
  }
  return records;
}

export function encode${type}s(records: readonly ${type}[]): Uint8Array {
  const writer = new ByteWriter();
  for (const record of records) {
${writes.join("\n")}
  }
  return writer.finish();
}`;
}

function printInterface(message: MessageLayout): string {
  const body = [`  readonly kind: ${quoted(kebab(message.name))};`, ...printFields(message.fields)].join("\n");
  const intro = [`From the ${message.from}.`, message.description].filter((text) => text !== "").join(" ");
  return `/** ${intro} */\nexport interface ${typeName(message.name)} {\n${body}\n}`;
}

function fieldType(type: FieldType): string {
  switch (type.kind) {
    case "u8":
    case "u16":
    case "u32":
      return "number";
    case "u64":
      return "Hash64";
    case "text":
      return "string";
    case "blob":
    case "rest":
    case "data":
      return "Uint8Array";
    case "int8s":
    case "int8data":
      return "Int8Array";
    case "values":
      return pascal(type.list.name);
    case "bits":
      return `readonly ${pascal(type.list.name)}[]`;
    default:
      return unreachable(type);
  }
}

function printEncode(message: MessageLayout): string {
  const writes = message.fields.map((field) => `      ${writeStatement("message", field)}`);
  return [`    case ${quoted(kebab(message.name))}:`, ...writes, "      break;"].join("\n");
}

/** Fields are read in the order of the object literal, which is the order on the wire. */
function printDecode(message: MessageLayout): string {
  const head = `    case 0x${message.id.toString(16).padStart(2, "0")}:\n      return`;
  if (message.fields.length === 0) return `${head} { kind: ${quoted(kebab(message.name))} };`;
  const reads = message.fields.map((field) => `        ${camel(field.name)}: ${readExpression(field)},`);
  return `${head} {\n        kind: ${quoted(kebab(message.name))},\n${reads.join("\n")}\n      };`;
}

function writeStatement(subject: string, { name, type }: MessageField): string {
  const list = "list" in type ? `${listName(type.list)}, ` : "";
  return `writer.${type.kind === "values" ? "value" : type.kind}(${list}${subject}.${camel(name)});`;
}

function readExpression({ name, type }: MessageField): string {
  if (type.kind === "data" || type.kind === "int8data") return `reader.${type.kind}(sizes.${camel(name)}Bytes)`;
  return `reader.${type.kind === "values" ? "value" : type.kind}(${"list" in type ? listName(type.list) : ""})`;
}
