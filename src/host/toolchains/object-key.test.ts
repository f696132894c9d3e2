import { describe, expect, it } from "vitest";
import type { BuildRequest } from "../../core/io.ts";
import { objectKey } from "./object-key.ts";

const SOURCES = {
  "src/a.c": '#include "a.h"\n#include <system.h>\nint a;\n',
  "src/a.h": '#  include "deep.h"\n',
  "include/deep.h": "int deep;\n",
  "include/other.h": "int other;\n",
  "src/b.c": '#include "other.h"\n',
};

function keyOf(unit: string, changes: Readonly<Record<string, string>> = {}, options: readonly string[] = ["-O2"]): string {
  const request: BuildRequest = {
    sources: new Map(Object.entries({ ...SOURCES, ...changes })),
    units: ["src/a.c", "src/b.c"],
    includes: ["include"],
    defines: [],
  };
  return objectKey(unit, request, options);
}

describe("the key of an object", () => {
  it.each([
    ["its text", { "src/a.c": "int b;\n" }],
    ["a header beside it", { "src/a.h": "" }],
    ["a header that a header includes", { "include/deep.h": "int deeper;\n" }],
    ["a header that now comes before", { "src/deep.h": "" }],
  ])("changes with %s", (_what, changes) => {
    expect(keyOf("src/a.c", changes)).not.toBe(keyOf("src/a.c"));
  });

  it("changes with the options and the unit's name", () => {
    expect(keyOf("src/a.c", {}, ["-O3"])).not.toBe(keyOf("src/a.c"));
    expect(keyOf("src/c.c", { "src/c.c": SOURCES["src/b.c"] })).not.toBe(keyOf("src/b.c"));
  });

  it("stays the same whatever else changes", () => {
    expect(keyOf("src/a.c", { "src/b.c": "", "include/other.h": "" })).toBe(keyOf("src/a.c"));
  });

  it("changes with everything when a header is named by a macro", () => {
    const macro = { "src/a.h": "#include HEADER\n" };
    expect(keyOf("src/a.c", { ...macro, "include/other.h": "" })).not.toBe(keyOf("src/a.c", macro));
  });
});
