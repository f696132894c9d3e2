// The printed policy: its operators, its model's bytes, its arena, and by which header Arduino finds its library.

import { describe, expect, test } from "vitest";
import { goldenCase } from "../../../tests/golden/models.ts";
import { lowerGraph } from "../../lower/lower-graph.ts";
import { valueOf } from "../../core/diagnostic.ts";
import { readTflite } from "../../tflite/read.ts";
import { boundArena, neededBytes } from "./arena.ts";
import { ARDUINO_TFLM_HEADERS, emitTflmPolicy, type TflmTarget } from "./policy.ts";

const model = goldenCase("convD").model;
const graph = valueOf(readTflite(model, "convD"));
const HERE: TflmTarget = { kernels: "reference", library: null, memory: { kind: "none" }, arenaUsedBytes: null };

const emitted = (target: Partial<TflmTarget>): ReturnType<typeof emitTflmPolicy> => {
  const identity = { name: "conv", policyHash: "0123456789abcdef", toolVersion: "0.0.0", origin: [] };
  return emitTflmPolicy(graph, valueOf(lowerGraph(graph)), model, identity, { ...HERE, ...target });
};

describe("the files", () => {
  const policy = emitted({});
  const text = (path: string): string => String(policy.files.get(path));

  test("hold the model, byte by byte", () => {
    const table = text("policy_model.cpp").split("= {")[1] ?? "";
    expect(Uint8Array.from(table.match(/0x[0-9a-f]{2}/g) ?? [], Number)).toEqual(model);
    expect(policy.constantBytes).toBe(model.length);
  });

  test("register exactly the operators of the model", () => {
    expect(text("policy.cpp").match(/resolver\.Add\w+/g)).toEqual([
      "resolver.AddConv2D",
      "resolver.AddReshape",
      "resolver.AddFullyConnected",
    ]);
    expect(text("policy.cpp")).toContain("MicroMutableOpResolver<3>");
  });

  test("say what they were made from and how large they are", () => {
    expect(text("policy.cpp")).toContain(`${policy.ramBytes} on a 32-bit core`);
    for (const path of policy.files.keys()) expect(text(path)).toContain("hash 0123456789abcdef");
  });
});

test.each([...ARDUINO_TFLM_HEADERS])("Arduino finds %s by its header", (library, header) => {
  expect(String(emitted({ library }).files.get("policy.cpp"))).toContain(`#include <${header}>`);
});

test("no other library is named elsewhere", () => {
  expect(String(emitted({}).files.get("policy.cpp"))).not.toMatch(/Chirale|MicroTFLite/);
});

describe("the arena", () => {
  const counted = neededBytes(boundArena(graph, "reference"), 4);

  test("is what was counted, and a margin", () => {
    expect(emitted({}).arena).toEqual({ bytes: Math.ceil(Math.floor(counted * 1.1) / 16) * 16, neededBytes: counted, measuredBytes: null });
  });

  test("shrinks with a measurement that is less, down to what is noted before the first inference, and says so", () => {
    const policy = emitted({ kernels: "esp-nn-s3", arenaUsedBytes: 1 });
    expect(policy.arena?.neededBytes).toBeLessThan(emitted({ kernels: "esp-nn-s3" }).arena?.neededBytes ?? 0);
    expect(policy.arena?.measuredBytes).toBe(1);
    expect(String(policy.files.get("policy.cpp"))).toContain("MEASURED_BYTES");
    expect(emitted({ arenaUsedBytes: 1 }).arena?.neededBytes).toBeLessThanOrEqual(counted);
  });

  test("does not grow with one that is more", () => {
    const policy = emitted({ arenaUsedBytes: 1e6 });
    expect(policy.arena?.neededBytes).toBe(counted);
    expect(String(policy.files.get("policy.cpp"))).not.toContain("MEASURED_BYTES");
  });
});
