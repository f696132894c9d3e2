// The text of a board file in, what is wrong with it out: each problem names the key and says what to write instead, in the words of
// boards/board.schema.json.

import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import type { Board } from "../artifacts/board.ts";
import { nearest } from "./nearest.ts";
import { packageRoot } from "./package-root.ts";

export const BOARD_SCHEMA = "board.schema.json";

/** What is wrong, and what to do about it: one sentence each. */
export type BoardProblem = readonly [message: string, hint: string];

const COMPARE = "compare it with boards/virtual.json";

/** What a file says, or what is wrong with it. `id`: the file's name without .json. */
export function parseBoard(id: string, text: string): Board | readonly BoardProblem[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return [[`${id}.json is not JSON: ${(error as SyntaxError).message}`, COMPARE]];
  }
  const twice = repeatedKeys(text).map((key): BoardProblem => [`${key} is there twice`, "take one of them out"]);
  const validate = validator();
  if (!validate(json)) return [...twice, ...(validate.errors ?? []).filter(({ keyword }) => keyword !== "if").map(describe)];
  const problems = [...twice, ...contradictions(id, json as Board)];
  return problems.length === 0 ? (json as Board) : problems;
}

let compiled: ValidateFunction | null = null;

function validator(): ValidateFunction {
  if (compiled !== null) return compiled;
  const schema = JSON.parse(readFileSync(path.join(packageRoot, "boards", BOARD_SCHEMA), "utf8")) as object;
  // Every command that needs boards pays for this: the schema itself is checked by a test, and validates little.
  const cheaply = { meta: false, validateSchema: false, code: { optimize: false } } as const;
  compiled = new Ajv2020({ allErrors: true, verbose: true, discriminator: true, ...cheaply }).compile(schema);
  return compiled;
}

/** What a schema can't say: that two keys agree. */
function contradictions(id: string, board: Board): readonly BoardProblem[] {
  const { framework, frameworks, flash, usb } = board;
  const { arduino, platformio } = frameworks;
  const problems: BoardProblem[] = [];
  if (board.id !== id) problems.push([`"id" is "${board.id}"`, `write "${id}", the file's name`]);
  if (frameworks[framework] === undefined)
    problems.push([`"framework" is "${framework}", which is none of "frameworks"`, `write one of ${Object.keys(frameworks).join(", ")}`]);
  if (platformio !== undefined && frameworks[platformio.framework] === undefined)
    problems.push([
      `"frameworks.platformio.framework" is "${platformio.framework}", which is none of "frameworks"`,
      `add "${platformio.framework}" to "frameworks", or write another`,
    ]);
  if (arduino !== undefined && !arduino.fqbn.startsWith(`${arduino.platform}:`))
    problems.push([`"frameworks.arduino.fqbn" is "${arduino.fqbn}"`, `write one that begins with "${arduino.platform}:", its platform`]);
  if (arduino !== undefined && arduino.runtimes.includes("tflm") !== (arduino.tflmLibrary !== null))
    problems.push([
      `"frameworks.arduino.tflmLibrary" and "runtimes" don't agree`,
      `write both the library and "tflm" among "runtimes", or neither`,
    ]);
  for (const [name, { reserved }] of Object.entries({ arduino, "esp-idf": frameworks["esp-idf"] }).flatMap(([key, support]) =>
    support === undefined ? [] : [[key, support] as const],
  ))
    for (const memory of ["flashBytes", "ramBytes"] as const)
      if (reserved[memory] >= board[memory])
        problems.push([
          `"frameworks.${name}.reserved.${memory}" is ${reserved[memory]}`,
          `write less than "${memory}", which is ${board[memory]}`,
        ]);
  for (const when of flash === null ? [] : (["running", "bootloader"] as const))
    if (!usb.some((identity) => identity.when === when))
      problems.push([
        `"usb" has no identity of the ${when === "running" ? "program" : "bootloader"}`,
        `add {"vendor": ..., "product": ..., "when": "${when}"}, as \`lsusb\` shows it`,
      ]);
  return problems;
}

function describe({ instancePath, keyword, params, parentSchema, data, message }: ErrorObject): BoardProblem {
  const schema = (parentSchema ?? {}) as Described;
  const hint = schema.description ?? COMPARE;
  switch (keyword) {
    case "required": {
      const { missingProperty: key } = params as { missingProperty: string };
      return [`${named(instancePath, key)} is missing`, schema.properties?.[key]?.description ?? hint];
    }
    case "additionalProperties": {
      const { additionalProperty: key } = params as { additionalProperty: string };
      return [`${named(instancePath, key)} is no key of a board`, advice(key, Object.keys(schema.properties ?? {}))];
    }
    case "discriminator": {
      const { tag, tagValue } = params as { tag: string; tagValue?: unknown };
      return [`${named(instancePath, tag)} is ${tagValue === undefined ? "missing" : shown(tagValue)}`, hint];
    }
    case "enum": {
      const values = (params as { allowedValues: readonly unknown[] }).allowedValues.map(shown).join(", ");
      return [`${named(instancePath)} is ${shown(data)}, which is none of ${values}`, hint];
    }
    default:
      return [`${named(instancePath)} is ${shown(data)}: it ${message ?? "is wrong"}`, hint];
  }
}

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
}

/** JSON pointer and a further key -> `"usb[0].vendor"`. */
function named(pointer: string, ...more: readonly string[]): string {
  const keys = pointer.split("/").slice(1).map(unescapePointer);
  const dotted = [...keys, ...more].map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join("");
  return dotted === "" ? "the file" : `"${dotted.replace(/^\./, "")}"`;
}

function unescapePointer(key: string): string {
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}

const LONGEST_SHOWN = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}...`;
}

function advice(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  return near.length > 0 ? `did you mean ${near.map(shown).join(" or ")}?` : `take it out; there are ${known.join(", ")}`;
}

/** Of a text that is JSON: the keys that an object has twice. JSON.parse() takes the last one and says nothing. */
function repeatedKeys(text: string): readonly string[] {
  const open: { readonly keys: Set<string> | null; here: string }[] = [];
  const repeated: string[] = [];
  for (const [token, key] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    const inner = open.at(-1);
    if (token === "{") open.push({ keys: new Set(), here: "" });
    else if (token === "[") open.push({ keys: null, here: "" });
    else if (token === "}" || token === "]") open.pop();
    else if (key !== undefined && inner?.keys) {
      inner.here = JSON.parse(key) as string;
      if (inner.keys.has(inner.here))
        repeated.push(
          `"${open
            .map(({ here }) => here)
            .filter((each) => each !== "")
            .join(".")}"`,
        );
      inner.keys.add(inner.here);
    }
  }
  return repeated;
}
