// Where TensorFlow Lite Micro is looked for, and what is said where it isn't. What runs with it: tests/conformance/tflm.test.ts.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../../core/diagnostic.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { runWithTflm, tflmRoot } from "./tflm-root.ts";

const LIBRARY = "libtensorflow-microlite.a";

describe("the checkout", () => {
  test("is none where TFLM_ROOT is not set", () => {
    expect(tflmRoot({})).toBeNull();
    expect(tflmRoot({ TFLM_ROOT: "" })).toBeNull();
  });

  test("has its library in gen/*/lib, or where TFLM_LIBRARY says", async () => {
    await withTemporaryFolder((folder) => {
      expect(() => tflmRoot({ TFLM_ROOT: folder })).toThrow(DiagnosticError);
      const made = path.join(folder, "gen", "some_target", "lib");
      mkdirSync(made, { recursive: true });
      expect(() => tflmRoot({ TFLM_ROOT: folder })).toThrow(LIBRARY);
      writeFileSync(path.join(made, LIBRARY), "");
      expect(tflmRoot({ TFLM_ROOT: folder })).toMatchObject({ library: path.join(made, LIBRARY) });
      writeFileSync(path.join(folder, "mine.a"), "");
      expect(tflmRoot({ TFLM_ROOT: folder, TFLM_LIBRARY: path.join(folder, "mine.a") })).toMatchObject({
        library: path.join(folder, "mine.a"),
      });
      return Promise.resolve();
    });
  });
});

test("a program that does not build is the checkout's trouble, with the compiler's first words", async () => {
  const request = { sources: new Map([["main.cpp", "#error no such thing\n"]]), units: ["main.cpp"], includes: ["."], defines: [] };
  await expect(runWithTflm(request, { flags: [], library: "none.a" })).rejects.toThrow(/no such thing/);
});
