// The protocol's model in, reflex_protocol.h and reflex_protocol.c out: constants, one struct a message, and the functions that
// a board needs (it reads what the host sends and writes what a board sends).

import { unreachable } from "../../core/assert.ts";
import type { FieldType, MessageField, MessageLayout, NameList, Protocol } from "./parse.ts";

const ORIGIN = "Generated from firmware/PROTOCOL.md by `npm run protocol`: do not edit";

export function printProtocolHeader(protocol: Protocol): string {
  return `/**
 * @file reflex_protocol.h
 * @brief The messages of the link. ${ORIGIN}
 */
#ifndef REFLEX_PROTOCOL_H
#define REFLEX_PROTOCOL_H

#include "reflex_bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

${aligned(protocol.limits.map(({ name, value, meaning }) => [`#define REFLEX_${name.toUpperCase()} ${value}u`, meaning]))}

${protocol.lists.map(printList).join("\n\n")}

${protocol.messages.map(({ name, id }) => `#define REFLEX_ID_${name.toUpperCase()} ${hex(id)}u`).join("\n")}

${protocol.messages.map(printMessage).join("\n")}
#ifdef __cplusplus
}
#endif

#endif /* REFLEX_PROTOCOL_H */
`;
}

export function printProtocolSource(protocol: Protocol): string {
  return `/**
 * @file reflex_protocol.c
 * @brief Messages into and out of payloads. ${ORIGIN}
 */
#include "reflex_protocol.h"

${protocol.messages
  .filter((message) => message.fields.length > 0)
  .map((message) => (message.from === "host" ? printDecode(message) : printEncode(message)))
  .join("\n")}`;
}

function hex(id: number): string {
  return `0x${id.toString(16).padStart(2, "0").toUpperCase()}`;
}

function printList({ kind, name, entries }: NameList): string {
  const constant = (entry: string): string => `REFLEX_${name}_${entry}`.toUpperCase();
  if (kind === "bits") {
    return aligned(entries.map((entry) => [`#define ${constant(entry.name)} ${entry.value}u`, entry.meaning]));
  }
  const lines = aligned(entries.map((entry) => [`    ${constant(entry.name)} = ${entry.value},`, entry.meaning]));
  return `typedef enum {\n${lines}\n} reflex_${name};\n\n#define ${constant("count")} ${entries.length}u`;
}

/** Each line with its comment behind it, the comments in one column. */
function aligned(lines: readonly (readonly [code: string, comment: string])[]): string {
  const width = Math.max(...lines.map(([code]) => code.length));
  return lines.map(([code, comment]) => `${code.padEnd(width)} /**< ${comment} */`).join("\n");
}

function printMessage(message: MessageLayout): string {
  const brief = ` * @brief \`${message.name}\` (${hex(message.id)}, from the ${message.from})\n`;
  const title = `/**\n${brief}${message.description === "" ? "" : ` *\n * ${message.description}\n`} */\n`;
  const size = printSize(message);
  if (message.fields.length === 0) return `${title}${size}\n`;
  const fields = aligned(message.fields.map((field) => [`    ${structType(field.type)} ${field.name};`, field.meaning]));
  const struct = `typedef struct {\n${fields}\n} reflex_${message.name}_message;\n`;
  return `${title}${struct}\n${size}\n${signature(message)};\n`;
}

/** A macro for the payload's length; lengths of texts and blobs are its parameters. */
function printSize({ name, fields }: MessageLayout): string {
  const variable = fields.filter(({ type }) => isVariable(type)).map((field) => field.name);
  const fixed = fields.reduce((sum, { type }) => sum + fixedSize(type), 0);
  const parameters = variable.length === 0 ? "" : `(${variable.join(", ")})`;
  const sum = [`${fixed}u`, ...variable.map((each) => `(${each})`)].join(" + ");
  return `#define REFLEX_${name.toUpperCase()}_BYTES${parameters} ${variable.length === 0 ? sum : `(${sum})`}`;
}

function signature({ name, from }: MessageLayout): string {
  return from === "host"
    ? `bool reflex_decode_${name}(const uint8_t* payload, size_t count, reflex_${name}_message* message)`
    : `void reflex_encode_${name}(const reflex_${name}_message* message, reflex_writer* payload)`;
}

function printDecode(message: MessageLayout): string {
  return `${definition(message)} {
    reflex_reader reader = {payload, count, 0, true};

${message.fields.map(printRead).join("\n")}
    return reflex_read_all(&reader);
}
`;
}

function printEncode(message: MessageLayout): string {
  return `${definition(message)} {\n${message.fields.map(printWrite).join("\n")}\n}\n`;
}

/** The signature with its result type on a line of its own. */
function definition(message: MessageLayout): string {
  return signature(message).replace(" ", "\n");
}

function printRead({ name, type }: MessageField): string {
  switch (type.kind) {
    case "values": {
      const { name: list } = type.list;
      return `    message->${name} = (reflex_${list})reflex_read_value(&reader, REFLEX_${list.toUpperCase()}_COUNT);`;
    }
    case "text":
    case "blob":
    case "int8s": {
      const count = `    message->${name}.count = reflex_read_${type.kind === "text" ? "u8" : "u16"}(&reader);`;
      return `${count}\n    message->${name}.bytes = reflex_read_bytes(&reader, message->${name}.count);`;
    }
    case "bits":
      return `    message->${name} = reflex_read_u8(&reader);`;
    case "u8":
    case "u16":
    case "u32":
    case "u64":
      return `    message->${name} = reflex_read_${type.kind}(&reader);`;
    default:
      return unreachable(type);
  }
}

function printWrite({ name, type }: MessageField): string {
  switch (type.kind) {
    case "values":
      return `    reflex_write_u8(payload, (uint8_t)message->${name});`;
    case "bits":
      return `    reflex_write_u8(payload, message->${name});`;
    case "text":
    case "blob":
    case "int8s": {
      const count = `    reflex_write_${type.kind === "text" ? "u8" : "u16"}(payload, message->${name}.count);`;
      return `${count}\n    reflex_write_bytes(payload, message->${name}.bytes, message->${name}.count);`;
    }
    case "u8":
    case "u16":
    case "u32":
    case "u64":
      return `    reflex_write_${type.kind}(payload, message->${name});`;
    default:
      return unreachable(type);
  }
}

function structType(type: FieldType): string {
  switch (type.kind) {
    case "values":
      return `reflex_${type.list.name}`;
    case "bits":
      return "uint8_t";
    case "text":
    case "blob":
    case "int8s":
      return `reflex_${type.kind}`;
    case "u8":
    case "u16":
    case "u32":
    case "u64":
      return `uint${type.kind.slice(1)}_t`;
    default:
      return unreachable(type);
  }
}

function isVariable(type: FieldType): boolean {
  return type.kind === "text" || type.kind === "blob" || type.kind === "int8s";
}

/** Bytes that are always there; of a text or blob, its length. */
function fixedSize(type: FieldType): number {
  switch (type.kind) {
    case "u8":
    case "values":
    case "bits":
    case "text":
      return 1;
    case "u16":
    case "blob":
    case "int8s":
      return 2;
    case "u32":
      return 4;
    case "u64":
      return 8;
    default:
      return unreachable(type);
  }
}
