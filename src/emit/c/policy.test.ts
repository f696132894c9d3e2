// What is promised of the printed files without compiling them; tests/conformance runs them.

import { describe, expect, test } from "vitest";
import { goldenCase } from "../../../tests/golden/models.ts";
import { randomGraph } from "../../../tests/random-graph.ts";
import { retrained } from "../../../tests/retrained.ts";
import { valueOf } from "../../core/diagnostic.ts";
import type { IntegerProgram } from "../../artifacts/integer-program.ts";
import { lowerGraph } from "../../lower/lower-graph.ts";
import { readTflite } from "../../tflite/read.ts";
import { emitPolicy, layoutHashOf, parameterBlockBytes, type EmitTarget } from "./policy.ts";

const TARGET: EmitTarget = { core: "host", optimize: "balanced" };
const IDENTITY = { name: "test", policyHash: "0123456789abcdef", toolVersion: "0.0.0", origin: [] };

function goldenProgram(name: "mlpA" | "convD"): IntegerProgram {
  return valueOf(lowerGraph(valueOf(readTflite(goldenCase(name).model, name))));
}

const PROGRAMS: readonly IntegerProgram[] = [
  goldenProgram("mlpA"),
  goldenProgram("convD"),
  ...Array.from({ length: 40 }, (_, seed) => lowerGraph(randomGraph(seed))).flatMap((outcome) => (outcome.ok ? [outcome.value] : [])),
];

function fileOf(program: IntegerProgram, file: "policy.h" | "policy.c", target = TARGET): string {
  const text = emitPolicy(program, IDENTITY, target).files.get(file);
  if (typeof text !== "string") throw new Error(`no ${file}`);
  return text;
}

describe("the layout's hash", () => {
  test("outlives another training, other names and another version", () => {
    PROGRAMS.forEach((program, seed) => {
      const hash = layoutHashOf(program, TARGET);
      expect(layoutHashOf(retrained(program, seed), TARGET)).toBe(hash);
      const renamed = { ...program, steps: program.steps.map((step) => ({ ...step, name: `other ${step.name}` })) };
      expect(layoutHashOf(renamed, TARGET)).toBe(hash);
      expect(fileOf(program, "policy.h")).toContain(`UINT64_C(0x${hash})`);
    });
  });

  test("tells architectures and kernels apart", () => {
    const programs = PROGRAMS.map((program) => layoutHashOf(program, TARGET));
    expect(new Set(programs).size).toBe(programs.length);
    const mlp = goldenProgram("mlpA");
    expect(layoutHashOf(mlp, { ...TARGET, optimize: "size" })).not.toBe(layoutHashOf(mlp, TARGET));
  });
});

describe("the parameter block", () => {
  test("is as long as policy.h says and begins with what code it fits", () => {
    for (const program of PROGRAMS) {
      const bytes = parameterBlockBytes(program, TARGET);
      const words = new DataView(bytes.buffer);
      expect(fileOf(program, "policy.h")).toMatch(new RegExp(`#define POLICY_PARAMETERS_BYTES +${bytes.length}\\b`));
      expect(new TextDecoder().decode(bytes.subarray(0, 3))).toBe("RXP");
      expect(words.getBigUint64(4, true).toString(16).padStart(16, "0")).toBe(layoutHashOf(program, TARGET));
      expect(bytes.length % 4).toBe(0);
    }
  });

  test("holds all that training determines: the functions and kernels of another training are the same text", () => {
    const code = (program: IntegerProgram): string => {
      const text = fileOf(program, "policy.c");
      return text.slice(0, text.indexOf("built_in = {")).replace(/\/\*\*[\s\S]*?\*\//, "") + text.slice(text.indexOf("policy_use("));
    };
    PROGRAMS.forEach((program, seed) => {
      expect(code(retrained(program, seed))).toBe(code(program));
    });
  });
});

test("a kernel stands in policy.c only when it is called", () => {
  for (const program of PROGRAMS) {
    const text = fileOf(program, "policy.c");
    if (text.includes("copy_bytes(const int8_t* from")) expect(text.split("copy_bytes(").length).toBeGreaterThan(2);
  }
});

test("the golden models' sizes", () => {
  const sizes = (name: "mlpA" | "convD"): number[] => {
    const { constantBytes, ramBytes } = emitPolicy(goldenProgram(name), IDENTITY, TARGET);
    return [constantBytes, ramBytes];
  };
  expect(sizes("mlpA")).toEqual([836, 36]);
  expect(sizes("convD")).toEqual([11420, 564]);
});
