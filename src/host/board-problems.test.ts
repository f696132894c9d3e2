import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CORES,
  EMULATORS,
  ESP_CHIPS,
  FRAMEWORKS,
  RUNTIMES,
  TOOLCHAINS,
  type ArduinoSupport,
  type BareSupport,
  type Board,
  type EspIdfSupport,
  type FlashMethod,
  type PlatformioSupport,
  type Reserved,
  type UsbIdentity,
} from "../artifacts/board.ts";
import { BOARD_SCHEMA, parseBoard, type BoardProblem } from "./board-problems.ts";
import { listBoards } from "./boards.ts";
import { packageRoot } from "./package-root.ts";

const folder = path.join(packageRoot, "boards");
const boards = await listBoards(folder);

interface Schema {
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly then?: Schema;
  readonly oneOf?: readonly Schema[];
}

const schema = JSON.parse(readFileSync(path.join(folder, BOARD_SCHEMA), "utf8")) as Schema;

function at(...keys: readonly string[]): Schema {
  const found = keys.reduce<Schema | undefined>((inner, key) => (key === "[]" ? inner?.items : inner?.properties?.[key]), schema);
  if (found === undefined) throw new Error(`the schema has no ${keys.join(".")}`);
  return found;
}

function problemsOf(json: unknown, id = "virtual"): readonly BoardProblem[] {
  const parsed = parseBoard(id, typeof json === "string" ? json : JSON.stringify(json));
  return Array.isArray(parsed) ? (parsed as readonly BoardProblem[]) : [];
}

/** All keys that an object must have, as its type in artifacts/board.ts says: the compiler checks that none is missing here. */
type KeysOf<Type> = Record<keyof Type, true>;

describe("the schema", () => {
  it("is one", () => {
    expect(new Ajv2020({ discriminator: true }).validateSchema(schema)).toBe(true);
  });

  it("accepts the package's boards in an editor, which knows no discriminator", () => {
    const editor = new Ajv2020({ strict: false }).compile(schema);
    const refused = boards.filter(({ id }) => !editor(JSON.parse(readFileSync(path.join(folder, `${id}.json`), "utf8"))));
    expect(refused.map(({ id }) => id)).toEqual([]);
  });

  it.each([
    ["core", CORES, at("core")],
    ["framework", FRAMEWORKS, at("framework")],
    ["frameworks", FRAMEWORKS, { enum: Object.keys(at("frameworks").properties ?? {}) }],
    ["runtimes", RUNTIMES, at("frameworks", "arduino", "runtimes", "[]")],
    ["toolchain", TOOLCHAINS, at("frameworks", "bare", "toolchain")],
    ["emulator", [...EMULATORS, null], at("emulator")],
    ["chip", ESP_CHIPS, flashBranch("esptool").properties?.chip ?? {}],
  ])("lists for %s what the type does", (_, values, { enum: listed = [] }) => {
    expect([...listed].map(String).sort()).toEqual([...values].map(String).sort());
  });

  it.each([
    [
      "a board",
      schema,
      {
        ...({ id: true, name: true, core: true, clockHz: true, flashBytes: true, ramBytes: true, fpu: true, dsp: true } as const),
        ...({ frameworks: true, framework: true, flash: true, emulator: true, usb: true, led: true, notes: true } as const),
      } satisfies KeysOf<Board>,
    ],
    ["bare", at("frameworks", "bare"), { runtimes: true, port: true, toolchain: true, reserved: true } satisfies KeysOf<BareSupport>],
    [
      "arduino",
      at("frameworks", "arduino"),
      {
        runtimes: true,
        platform: true,
        fqbn: true,
        packageIndex: true,
        tflmLibrary: true,
        reserved: true,
      } satisfies KeysOf<ArduinoSupport>,
    ],
    ["platformio", at("frameworks", "platformio"), { platform: true, board: true, framework: true } satisfies KeysOf<PlatformioSupport>],
    ["esp-idf", at("frameworks", "esp-idf"), { runtimes: true, target: true, link: true, reserved: true } satisfies KeysOf<EspIdfSupport>],
    ["reserved", at("frameworks", "esp-idf", "reserved"), { flashBytes: true, ramBytes: true } satisfies KeysOf<Reserved>],
    ["usb", at("usb", "[]"), { vendor: true, product: true, when: true } satisfies KeysOf<UsbIdentity>],
    ["led", at("led"), { pin: true, activeLow: true } satisfies KeysOf<NonNullable<Board["led"]>>],
  ])("asks of %s for the keys of its type, and no others", (_, described, keys) => {
    expectKeys(described, Object.keys(keys));
  });

  const methods = {
    esptool: { method: true, chip: true, bootloaderAddress: true },
    uf2: { method: true, family: true, volume: true, touch: true },
    avrdude: { method: true, part: true, programmer: true, baudRate: true },
    bossac: { method: true, touch: true },
    "dfu-util": { method: true, alternate: true, touch: true },
    "arduino-cli": { method: true },
    "teensy-loader": { method: true, mcu: true },
    daplink: { method: true, volume: true, ending: true },
  } satisfies { readonly [Method in FlashMethod["method"]]: KeysOf<Extract<FlashMethod, { method: Method }>> };

  it("knows the methods of flashing, each with its keys", () => {
    expect(flashBranches().map(({ properties }) => properties?.method?.const)).toEqual(Object.keys(methods));
    for (const [method, keys] of Object.entries(methods)) expectKeys(flashBranch(method), Object.keys(keys));
  });

  it("says of each key what to write", () => {
    const silent: string[] = [];
    const walk = ({ properties = {}, items, then, oneOf = [] }: Schema, where: string): void => {
      for (const [key, inner] of Object.entries(properties)) {
        if (!(inner.description ?? "").startsWith("write ")) silent.push(`${where}.${key}`);
        walk(inner, `${where}.${key}`);
      }
      for (const inner of [items, then, ...oneOf]) if (inner !== undefined) walk(inner, where);
    };
    walk(schema, "");
    expect(silent).toEqual([]);
  });
});

function flashBranches(): readonly Schema[] {
  return at("flash").then?.oneOf ?? [];
}

function flashBranch(method: string): Schema {
  return flashBranches().find(({ properties }) => properties?.method?.const === method) ?? {};
}

function expectKeys({ required = [], properties = {}, additionalProperties }: Schema, keys: readonly string[]): void {
  expect([...required].sort()).toEqual([...keys].sort());
  expect(
    Object.keys(properties)
      .filter((key) => key !== "$schema")
      .sort(),
  ).toEqual([...keys].sort());
  expect(additionalProperties).toBe(false);
}

describe("what is wrong with a board", () => {
  const uno = JSON.parse(readFileSync(path.join(folder, "uno.json"), "utf8")) as Record<string, unknown> & Board;

  it.each([
    ["a missing key", { ...uno, clockHz: undefined }, `"clockHz" is missing`, "write the clock as the framework sets it, in hertz"],
    ["a text for a number", { ...uno, ramBytes: "2 KB" }, `"ramBytes" is "2 KB": it must be integer`, "write the bytes of RAM"],
    ["a slip in a key", { ...uno, falsh: null }, `"falsh" is no key of a board`, `did you mean "flash"?`],
    [
      "a key of nobody",
      { ...uno, led: { pin: 13, activeLow: false, colour: "red" } },
      `"led.colour" is no key`,
      "take it out; there are pin",
    ],
    ["another core", { ...uno, core: "cortex-m3" }, `"core" is "cortex-m3", which is none of "wasm32"`, "write the processor core"],
    [
      "another way of flashing",
      { ...uno, flash: { method: "jtag" } },
      `"flash.method" is "jtag"`,
      `write {"method": ...} with one of esptool`,
    ],
    ["no way of flashing", { ...uno, flash: {} }, `"flash.method" is missing`, `write {"method": ...} with one of esptool`],
    [
      "a key of another way",
      { ...uno, flash: { ...uno.flash, touch: true } },
      `"flash.touch" is no key of a board`,
      "take it out; there are method, part, programmer, baudRate",
    ],
    ["a half way", { ...uno, flash: { method: "bossac" } }, `"flash.touch" is missing`, "write true when opening the port at 1200 baud"],
    ["a light that is a number", { ...uno, led: 13 }, `"led" is 13: it must be object,null`, "write the pin of a light"],
    [
      "capital digits",
      { ...uno, usb: [{ ...uno.usb[0], product: "0X43" }] },
      `"usb[0].product" is "0X43"`,
      "write four hexadecimal digits",
    ],
    ["another file's name", { ...uno, id: "due" }, `"id" is "due"`, `write "uno", the file's name`],
    [
      "another default",
      { ...uno, framework: "esp-idf" },
      `"framework" is "esp-idf", which is none`,
      "write one of bare, arduino, platformio",
    ],
    ["no identity of the bootloader", { ...uno, usb: [uno.usb[0]] }, `"usb" has no identity of the bootloader`, "add {"],
    [
      "another core's board",
      { ...uno, frameworks: { ...uno.frameworks, arduino: { ...uno.frameworks.arduino, fqbn: "esp32:esp32:esp32" } } },
      `"frameworks.arduino.fqbn" is "esp32:esp32:esp32"`,
      `write one that begins with "arduino:avr:", its platform`,
    ],
    [
      "a framework that takes all",
      {
        ...uno,
        frameworks: { ...uno.frameworks, arduino: { ...uno.frameworks.arduino, reserved: { flashBytes: 0, ramBytes: 2048 } } },
      },
      `"frameworks.arduino.reserved.ramBytes" is 2048`,
      `write less than "ramBytes", which is 2048`,
    ],
    [
      "a runtime without its library",
      { ...uno, frameworks: { ...uno.frameworks, arduino: { ...uno.frameworks.arduino, runtimes: ["c", "tflm"] } } },
      `"frameworks.arduino.tflmLibrary" and "runtimes" don't agree`,
      "write both",
    ],
    [
      "PlatformIO without its framework",
      { ...uno, frameworks: { bare: uno.frameworks.bare, platformio: uno.frameworks.platformio } },
      `"frameworks.platformio.framework" is "arduino", which is none of "frameworks"`,
      `add "arduino" to "frameworks", or write another`,
    ],
    ["a list", [uno], "the file is [{", "One board a file"],
  ])("is told in one sentence, with what to write: %s", (_, json, message, hint) => {
    const problems = problemsOf(json, "uno");
    expect(problems).toHaveLength(1);
    expect(problems[0]?.[0]).toContain(message);
    expect(problems[0]?.[1]).toContain(hint);
  });

  it("includes keys that are there twice, which JSON.parse() lets pass", () => {
    const twice = (text: string): readonly string[] => problemsOf(text, "uno").map(([message]) => message);
    const text = JSON.stringify(uno);
    expect(twice(text.replace('"ramBytes":2048', '"ramBytes":1024,"ramBytes":2048'))).toEqual(['"ramBytes" is there twice']);
    expect(twice(text.replace('"pin":13', '"pin":12,"pin":13'))).toEqual(['"led.pin" is there twice']);
    expect(twice(text.replace('"notes":"', '"notes":"{\\"id\\": 1, \\"id\\": 2} '))).toEqual([]);
  });

  /** Paths to all values of a file, the root left out. */
  function paths(json: unknown): readonly (readonly (string | number)[])[] {
    if (typeof json !== "object" || json === null) return [];
    const keys = Array.isArray(json) ? json.map((_, index) => index) : Object.keys(json);
    return keys.flatMap((key) => [[key], ...paths((json as Record<string | number, unknown>)[key]).map((rest) => [key, ...rest])]);
  }

  function changed(json: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
    if (key === undefined) return value;
    const copy = (Array.isArray(json) ? [...(json as unknown[])] : { ...(json as object) }) as Record<string | number, unknown>;
    if (rest.length === 0 && value === undefined) Reflect.deleteProperty(copy, key);
    else copy[key] = changed(copy[key], rest, value);
    return copy;
  }

  it.each(boards.map(({ id }) => id))("names whatever key of %s is taken out or spoilt, with a hint", (id) => {
    const json = JSON.parse(readFileSync(path.join(folder, `${id}.json`), "utf8")) as unknown;
    const passed: string[] = [];
    for (const place of paths(json)) {
      const key = String(place.findLast((each) => typeof each === "string"));
      const inList = typeof place.at(-1) === "number";
      const optional = place[0] === "$schema" || (place[0] === "frameworks" && place.length === 2);
      for (const [how, value] of [
        ["taken out", undefined],
        ["spoilt", { spoilt: true }],
      ] as const) {
        if (how === "taken out" && (inList || optional)) continue;
        const problems = problemsOf(changed(json, place, value), id);
        const named = problems.some(([message, hint]) => message.includes(key) && hint.length > 5);
        if (!named) passed.push(`${place.join(".")} ${how}: ${JSON.stringify(problems)}`);
      }
    }
    expect(passed).toEqual([]);
  });

  it("is found in any JSON and any text, without a crash", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.jsonValue().map((value) => JSON.stringify({ ...uno, flash: value, led: value })),
        ),
        (text) => {
          for (const [message, hint] of problemsOf(text, "uno")) {
            expect(message.length).toBeGreaterThan(5);
            expect(hint.length).toBeGreaterThan(5);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
