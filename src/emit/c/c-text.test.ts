import fc from "fast-check";
import { expect, test } from "vitest";
import {
  commentText,
  floatLiteral,
  lowerCase,
  stringLiteral,
  UniqueNames,
  upperCase,
  withComments,
  wrapCells,
  wrapStatement,
} from "./c-text.ts";

test("a float literal reads back as the same number, and is as short as can be", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const literal = floatLiteral(value);
      expect(literal).toMatch(/^-?\d+(\.\d+)?(e[+-]?\d+)?f$/);
      expect(Math.fround(Number(literal.slice(0, -1)))).toBe(value === 0 ? 0 : value);
    }),
  );
  expect([0.1, 3, -1.5, 1e20].map((value) => floatLiteral(Math.fround(value)))).toEqual([
    "0.1f",
    "3.0f",
    "-1.5f",
    "100000000000000000000.0f",
  ]);
});

test("no text can end a comment, a line or a string", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const comment = commentText(text);
      expect(comment).not.toMatch(/\*\/|\/\*|[\r\n\\]/);
      expect(stringLiteral(text)).toMatch(/^"(?:[ !#->@-[\]-~]|\\[0-7]{3})*"$/);
    }),
  );
});

test("identifiers are C's, and never collide", () => {
  const names = new UniqueNames();
  expect(["layer1/weights", "layer1 weights", "7", "*/"].map((text) => names.claim(upperCase(text)))).toEqual([
    "LAYER1_WEIGHTS",
    "LAYER1_WEIGHTS_2",
    "N_7",
    "N_",
  ]);
});

test("names that are taken already are left alone", () => {
  const names = new UniqueNames(["int", "layer"]);
  expect(["int", "Layer", "layer1"].map((text) => names.claim(lowerCase(text)))).toEqual(["int_2", "layer_2", "layer1"]);
});

test("tables have so many cells a line, wrapped where it is long", () => {
  expect(wrapCells(["1", "-2", "3"], 2, "  ")).toEqual(["  1, -2,", "  3,"]);
  const lines = wrapCells(Array<string>(100).fill("-1234567"), 100, "        ");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(112);
  expect(lines.join(" ").match(/-1234567,/g)).toHaveLength(100);
});

test("comments stand below one another, run by run", () => {
  const lines = [["int a;", "/* one */"], ["int long_name;", "/* two */"], ["", ""], ["int b;", "/* three */"]] as const; // prettier-ignore
  expect(withComments(lines)).toEqual(["int a;         /* one */", "int long_name; /* two */", "", "int b; /* three */"]);
});

test("a long call is broken between its arguments, which stand below one another", () => {
  const name = "n".repeat(40);
  const [first = "", second = "", ...rest] = wrapStatement(`    call(${[name, name, name].join(", ")});`);
  expect(first).toBe(`    call(${name}, ${name},`);
  expect(second).toBe(`         ${name});`);
  expect(rest).toEqual([]);
  expect(wrapStatement("    call(a, b);")).toEqual(["    call(a, b);"]);
});
