// The protocol's model in, reflex_protocol.h and reflex_protocol.c out: constants, one struct a message, and the functions that
// a board needs (it reads what the host sends and writes what a board sends).

import { AssertionError, unreachable } from "../../core/assert.ts";
import type { FieldType, MessageField, MessageLayout, NameList, Protocol, RecordLayout, Transition } from "./parse.ts";

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

${printEvents(protocol.transitions)}

${protocol.records.map(printRecord).join("\n")}
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

${printTransitions(protocol.transitions)}
${[
  ...protocol.records.map((record) => printEncode(signatureOfRecord(record), record.fields)),
  ...protocol.messages
    .filter((message) => message.fields.length > 0)
    .map((message) => (message.from === "host" ? printDecode(message) : printEncode(signature(message), message.fields))),
].join("\n")}`;
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

function printEvents(transitions: readonly Transition[]): string {
  const lines = transitions.map(({ event }, index) => `    REFLEX_EVENT_${event.toUpperCase()} = ${index},`);
  return `/** What changes modes */
typedef enum {
${lines.join("\n")}
} reflex_event;

#define REFLEX_EVENT_COUNT ${transitions.length}u

/**
 * @brief What an event makes of a mode: the table Transitions of PROTOCOL.md
 * \\param[in]       event: What happened
 * \\param[in,out]   mode: Before, and after
 * \\param[out]      reason: Why, where it is something
 * @return Whether the event means anything in that mode
 */
bool reflex_transition(reflex_event event, reflex_mode* mode, reflex_reason* reason);
`;
}

/** A row an event: the reason, then the target of each mode. */
function printTransitions(transitions: readonly Transition[]): string {
  const rows = transitions.map(({ reason, targets }) => {
    const cells = targets.map((target) => (target === null ? "NOTHING" : `REFLEX_MODE_${target.toUpperCase()}`));
    return `    {REFLEX_REASON_${reason.toUpperCase()}, ${cells.join(", ")}},`;
  });
  return `#define NOTHING 0xFFu

static const REFLEX_FLASH uint8_t transitions[REFLEX_EVENT_COUNT][1u + REFLEX_MODE_COUNT] = {
${rows.join("\n")}
};

bool
reflex_transition(reflex_event event, reflex_mode* mode, reflex_reason* reason) {
    const uint8_t target = transitions[event][1u + (size_t)*mode];

    if (target == NOTHING) {
        return false;
    }
    *mode = (reflex_mode)target;
    *reason = (reflex_reason)transitions[event][0];
    return true;
}
`;
}

function printRecord(record: RecordLayout): string {
  return `/**
 * @brief Record \`${record.name}\`
 *
 * ${record.description}
 */
${printStruct(`reflex_${record.name}_record`, record.fields)}
${printSize(`${record.name}_record`, record.fields)}
${signatureOfRecord(record)};
`;
}

function signatureOfRecord({ name }: RecordLayout): string {
  return `void reflex_encode_${name}_record(const reflex_${name}_record* message, reflex_writer* payload)`;
}

function printStruct(name: string, fields: readonly MessageField[]): string {
  return `typedef struct {\n${aligned(fields.map((field) => [`    ${structType(field.type)} ${field.name};`, field.meaning]))}\n} ${name};\n`;
}

/** Each line with its comment behind it, the comments in one column. */
function aligned(lines: readonly (readonly [code: string, comment: string])[]): string {
  const width = Math.max(...lines.map(([code]) => code.length));
  return lines.map(([code, comment]) => `${code.padEnd(width)} /**< ${comment} */`).join("\n");
}

function printMessage(message: MessageLayout): string {
  const brief = ` * @brief \`${message.name}\` (${hex(message.id)}, from the ${message.from})\n`;
  const title = `/**\n${brief}${message.description === "" ? "" : ` *\n * ${message.description}\n`} */\n`;
  const size = printSize(message.name, message.fields);
  if (message.fields.length === 0) return `${title}${size}\n`;
  const struct = printStruct(`reflex_${message.name}_message`, message.fields);
  return `${title}${struct}\n${size}\n${signature(message)};\n`;
}

/** A macro for the payload's length; lengths of texts and blobs are its parameters. */
function printSize(name: string, fields: readonly MessageField[]): string {
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
  return `${definition(signature(message))} {
    reflex_reader reader = {payload, count, 0, true};

${message.fields.map(printRead).join("\n")}
    return reflex_read_all(&reader);
}
`;
}

function printEncode(head: string, fields: readonly MessageField[]): string {
  return `${definition(head)} {\n${fields.map(printWrite).join("\n")}\n}\n`;
}

/** The signature with its result type on a line of its own. */
function definition(head: string): string {
  return head.replace(" ", "\n");
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
    case "rest":
    case "data":
    case "int8data":
      return unreachableFromHost(name);
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

function unreachableFromHost(field: string): never {
  throw new AssertionError(`PROTOCOL.md: ${field}: the host sends lengths`);
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
    case "rest":
    case "data":
    case "int8data":
      return `    reflex_write_bytes(payload, message->${name}.bytes, message->${name}.count);`;
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
    case "rest":
    case "data":
      return "reflex_blob";
    case "int8data":
      return "reflex_int8s";
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
  return ["text", "blob", "int8s", "rest", "data", "int8data"].includes(type.kind);
}

/** Bytes that are always there; of a text or blob, its length. */
function fixedSize(type: FieldType): number {
  switch (type.kind) {
    case "rest":
    case "data":
    case "int8data":
      return 0;
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
