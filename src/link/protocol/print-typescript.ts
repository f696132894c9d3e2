// The protocol's model in, messages.generated.ts out: constants, one interface a message, their union, and both directions
// between a message and its payload.

import { unreachable } from "../../core/assert.ts";
import type { FieldType, MessageField, MessageLayout, NameList, Protocol } from "./parse.ts";

export function printMessages(protocol: Protocol): string {
  const { limits, lists, messages } = protocol;
  return `// Generated from firmware/PROTOCOL.md by \`npm run protocol\`: do not edit. The messages of the link as a discriminated union, and
// both directions between a message and the payload of its frame.

import { unreachable } from "../core/assert.ts";
import type { Hash64 } from "../core/hash.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

${limits.map(({ name, value, meaning }) => `/** ${meaning}. */\nexport const ${name.toUpperCase()} = ${value};`).join("\n")}

${lists.map(printList).join("\n\n")}

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

function printInterface(message: MessageLayout): string {
  const fields = message.fields.map(({ name, type, meaning }) => `  /** ${meaning}. */\n  readonly ${camel(name)}: ${fieldType(type)};`);
  const body = [`  readonly kind: ${quoted(kebab(message.name))};`, ...fields].join("\n");
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
      return "Uint8Array";
    case "int8s":
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
  const writes = message.fields.map(({ name, type }) => {
    const list = "list" in type ? `${listName(type.list)}, ` : "";
    return `      writer.${type.kind === "values" ? "value" : type.kind}(${list}message.${camel(name)});`;
  });
  return [`    case ${quoted(kebab(message.name))}:`, ...writes, "      break;"].join("\n");
}

/** Fields are read in the order of the object literal, which is the order on the wire. */
function printDecode(message: MessageLayout): string {
  const head = `    case 0x${message.id.toString(16).padStart(2, "0")}:\n      return`;
  if (message.fields.length === 0) return `${head} { kind: ${quoted(kebab(message.name))} };`;
  const reads = message.fields.map((field) => `        ${camel(field.name)}: ${readExpression(field)},`);
  return `${head} {\n        kind: ${quoted(kebab(message.name))},\n${reads.join("\n")}\n      };`;
}

function readExpression({ type }: MessageField): string {
  return `reader.${type.kind === "values" ? "value" : type.kind}(${"list" in type ? listName(type.list) : ""})`;
}
