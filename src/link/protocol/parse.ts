// PROTOCOL.md in, its tables as a model out: the limits, the lists of values and bits, the transitions, the records, the messages. Prose is skipped. The file
// is ours, so a table that makes no sense is a bug and an assertion.

import { assert, at } from "../../core/assert.ts";

export interface NamedNumber {
  /** snake_case. */
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
}

/** Names that stand for the numbers of a u8: one of them, or a set of bits. */
export interface NameList {
  readonly kind: "values" | "bits";
  readonly name: string;
  readonly entries: readonly NamedNumber[];
}

export type FieldType =
  | { readonly kind: "u8" | "u16" | "u32" | "u64" | "text" | "blob" | "int8s" | "rest" | "data" | "int8data" }
  | { readonly kind: "values" | "bits"; readonly list: NameList };

export interface MessageField {
  readonly name: string;
  readonly type: FieldType;
  readonly meaning: string;
}

export interface MessageLayout {
  readonly name: string;
  readonly id: number;
  readonly from: "host" | "board";
  /** The prose between heading and table. */
  readonly description: string;
  readonly fields: readonly MessageField[];
}

/** What travels inside a message, several of them. Its fields without a length come last. */
export interface RecordLayout {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly MessageField[];
}

/** What an event makes of each mode, in the order of the list `mode`; null: nothing. */
export interface Transition {
  readonly event: string;
  readonly targets: readonly (string | null)[];
  readonly reason: string;
}

export interface Protocol {
  readonly limits: readonly NamedNumber[];
  readonly lists: readonly NameList[];
  readonly transitions: readonly Transition[];
  readonly records: readonly RecordLayout[];
  readonly messages: readonly MessageLayout[];
}

const PLAIN_TYPES = ["u8", "u16", "u32", "u64", "text", "blob", "int8s", "rest", "data", "int8data"] as const;

interface Section {
  readonly heading: string;
  readonly description: string;
  readonly rows: readonly (readonly string[])[];
}

/** @param markdown the text of PROTOCOL.md */
export function parseProtocol(markdown: string): Protocol {
  const chapters = new Map(split(markdown, "## ").map(({ heading, body }) => [heading, body]));
  const chapter = (name: string): string => {
    const body = chapters.get(name);
    assert(body !== undefined, `PROTOCOL.md has no chapter ${name}`);
    return body;
  };
  const lists = [
    ...sections(chapter("Values")).map((section) => parseList("values", section)),
    ...sections(chapter("Bits")).map((section) => parseList("bits", section)),
  ];
  const messages = sections(chapter("Messages")).map((section) => parseMessage(section, lists));
  assert(new Set(messages.map((each) => each.id)).size === messages.length, "PROTOCOL.md uses a message id twice");
  const limits = tableRows(chapter("Limits")).map(([name, value, meaning]) => namedNumber(value, name, meaning));
  const transitions = parseTransitions(chapter("Transitions"), lists);
  const records = sections(chapter("Records")).map(({ heading, description, rows }) => ({
    ...{ name: heading, description },
    fields: parseFields(heading, rows, lists),
  }));
  return { limits, lists, transitions, records, messages };
}

function split(markdown: string, mark: string): { heading: string; body: string }[] {
  return `\n${markdown}`
    .split(`\n${mark}`)
    .slice(1)
    .map((part) => {
      const [heading, ...lines] = part.split("\n");
      return { heading: heading?.trim() ?? "", body: lines.join("\n") };
    });
}

function sections(chapter: string): Section[] {
  return split(chapter, "### ").map(({ heading, body }) => ({ heading, description: prose(body), rows: tableRows(body) }));
}

function prose(body: string): string {
  return body
    .split("\n")
    .filter((line) => !line.startsWith("|"))
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}

/** Cells of the table's rows, without its two lines of heading. */
function tableRows(body: string): string[][] {
  return body
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function namedNumber(value: string | undefined, name: string | undefined, meaning: string | undefined): NamedNumber {
  assert(name !== undefined && /^[a-z][a-z0-9_]*$/.test(name), `PROTOCOL.md: "${name}" is no snake_case name`);
  assert(value !== undefined && /^\d+$/.test(value), `PROTOCOL.md: ${name} has no decimal value`);
  assert(meaning !== undefined && meaning !== "", `PROTOCOL.md: ${name} has no meaning`);
  return { name, value: Number(value), meaning };
}

function parseList(kind: "values" | "bits", section: Section): NameList {
  const entries = section.rows.map(([value, name, meaning]) => namedNumber(value, name, meaning));
  entries.forEach((entry, index) => {
    assert(entry.value === (kind === "bits" ? 2 ** index : index), `PROTOCOL.md: ${section.heading}.${entry.name} is out of order`);
  });
  return { kind, name: section.heading, entries };
}

function parseMessage(section: Section, lists: readonly NameList[]): MessageLayout {
  const heading = /^([a-z_]+) \(0x([0-9a-f]{2}), from the (host|board)\)$/.exec(section.heading);
  assert(heading !== null, `PROTOCOL.md: "${section.heading}" is no heading of a message`);
  const id = Number.parseInt(at(heading, 2), 16);
  const from = heading[3] === "host" ? "host" : "board";
  assert(from === "board" ? id >= 0x80 : id < 0x80, `PROTOCOL.md: the highest bit of ${section.heading} is wrong`);
  return { name: at(heading, 1), id, from, description: section.description, fields: parseFields(section.heading, section.rows, lists) };
}

function parseFields(heading: string, rows: Section["rows"], lists: readonly NameList[]): MessageField[] {
  return rows.map(([name, type, meaning]) => {
    assert(name !== undefined && type !== undefined && meaning !== undefined, `PROTOCOL.md: ${heading} has a short row`);
    return { name, type: parseType(type, lists), meaning };
  });
}

function parseTransitions(chapter: string, lists: readonly NameList[]): Transition[] {
  const namesOf = (list: string): string[] => lists.find(({ name }) => name === list)?.entries.map(({ name }) => name) ?? [];
  const [modes, reasons] = [namesOf("mode"), namesOf("reason")];
  const [head = ""] = chapter.split("\n").filter((line) => line.startsWith("|"));
  assert(head === `| event | ${modes.join(" | ")} | reason |`, "PROTOCOL.md: the transitions have a column a mode");
  return tableRows(chapter).map((row) => {
    const [event = "", ...targets] = row.slice(0, -1);
    const reason = row.at(-1) ?? "";
    assert(/^[a-z_]+$/.test(event) && targets.length === modes.length, `PROTOCOL.md: transition ${event} has a short row`);
    assert(reasons.includes(reason), `PROTOCOL.md: transition ${event} has no known reason`);
    assert(
      targets.every((target) => target === "-" || modes.includes(target)),
      `PROTOCOL.md: transition ${event} ends in no known mode`,
    );
    return { event, targets: targets.map((target) => (target === "-" ? null : target)), reason };
  });
}

function parseType(name: string, lists: readonly NameList[]): FieldType {
  const plain = PLAIN_TYPES.find((each) => each === name);
  if (plain !== undefined) return { kind: plain };
  const list = lists.find((each) => each.name === name);
  assert(list !== undefined, `PROTOCOL.md: unknown type ${name}`);
  return { kind: list.kind, list };
}
