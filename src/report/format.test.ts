import { expect, test } from "vitest";
import { formatNumber, formatValue, percent, withUnit } from "./format.ts";
import { element, escapeText, join } from "./markup.ts";

test.each([
  [0, 2, "0.00"],
  [-0.001, 2, "0.00"],
  [-1.5, 1, "\u22121.5"],
  [9999, 0, "9999"],
  [1234567.25, 1, "1\u202f234\u202f567.3"],
  [1e9, 0, "1e9"],
  [-2e-7, 3, "\u22122e-7"],
  [NaN, 0, "\u2013"],
  [-Infinity, 0, "\u2013"],
])("%d with %d decimals is %s", (value, decimals, expected) => {
  expect(formatNumber(value, decimals)).toBe(expected);
});

test.each([
  [100, "100"],
  [97.25, "97.3"],
  [0.40416, "0.404"],
  [2.5, "2.5"],
  [5660.4, "5660"],
  [0, "0"],
  [0.00123456, "0.00123"],
  [NaN, "\u2013"],
])("about three digits of %d are %s", (value, expected) => {
  expect(formatValue(value)).toBe(expected);
});

test("a missing value has neither unit nor percent", () => {
  expect(withUnit(formatValue(NaN), "%")).toBe("\u2013");
  expect(percent(NaN)).toBe("\u2013");
  expect(percent(0.9344)).toBe("93.4 %");
});

test("text is escaped wherever it goes in, markup is not escaped twice", () => {
  expect(escapeText(`<a href="x">&'\u0007`)).toBe("&#60;a href=&#34;x&#34;&#62;&#38;&#39;\ufffd");
  expect(element("p", { title: `"<&` }, "<b>", element("b", {}, "&")).markup).toBe(
    `<p title="&#34;&#60;&#38;">&#60;b&#62;<b>&#38;</b></p>`,
  );
  expect(join(["a", element("i", { width: -0.04 })], "<").markup).toBe(`a<<i width="0"></i>`);
});
