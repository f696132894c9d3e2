import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_SAFETY, NO_ACTION, type Field, type NumberField, type RobotSpec } from "../artifacts/robot-spec.ts";
import { mlpPolicy } from "../artifacts/testing.ts";
import { actionFromWire, actionToWire, actionWireBytes, observationFromWire, observationToWire, observationWireBytes } from "./wire.ts";

const number = (name: string, length: number | null): NumberField => ({
  kind: "number",
  path: [name],
  length,
  range: { minimum: -1, maximum: 1 },
  clip: { minimum: -1, maximum: 1 },
  unit: "",
  neutral: null,
  slewPerSecond: null,
  mirror: null,
  description: "",
});
const choice: Field = { kind: "choice", path: ["surface"], labels: ["floor", "carpet"], description: "" };
const robot = (action: RobotSpec["action"]): RobotSpec => ({
  name: "crawler",
  rateHz: 10,
  observation: [number("range", 2), choice, number("heading", null)],
  action,
  policy: mlpPolicy([4]),
  safety: DEFAULT_SAFETY,
});
const continuous = robot({ kind: "continuous", fields: [number("left", null), number("right", null)] });
const discrete = robot({ kind: "discrete", labels: ["go", "stop"], neutral: null, mirror: null });

describe("wire form", () => {
  it("packs fields in the order of the spec", () => {
    const blob = observationToWire(continuous, [1, -2, 1, 0.5]);
    expect([...blob]).toEqual([0, 0, 128, 63, 0, 0, 0, 192, 1, 0, 0, 0, 63]);
    expect(blob.length).toBe(observationWireBytes(continuous));
  });

  it("keeps every float32, also what is no number", () => {
    const values = fc.tuple(fc.float(), fc.float(), fc.constantFrom(0, 1), fc.float());
    fc.assert(
      fc.property(values, (flat) => {
        expect(observationFromWire(continuous, observationToWire(continuous, flat))).toEqual(Float32Array.from(flat));
      }),
    );
  });

  it("keeps actions of both kinds", () => {
    expect(actionFromWire(continuous, actionToWire(continuous, [0.25, -1]))).toEqual(Float32Array.of(0.25, -1));
    expect(actionFromWire(discrete, actionToWire(discrete, [1]))).toEqual(Float32Array.of(1));
    expect([...actionToWire(discrete, [NO_ACTION])]).toEqual([255]);
    expect(actionWireBytes(continuous)).toBe(8);
    expect(actionWireBytes(discrete)).toBe(1);
  });

  it.each([NaN, -1, 1.5, 300])("sends the label %d as one that no robot knows", (label) => {
    expect(observationToWire(continuous, [0, 0, label, 0])[8]).toBe(255);
  });

  it("refuses a blob of another length", () => {
    expect(observationFromWire(continuous, new Uint8Array(12))).toBeNull();
    expect(actionFromWire(discrete, new Uint8Array())).toBeNull();
  });

  it("reads a blob that lies inside a larger buffer", () => {
    const blob = actionToWire(continuous, [0.25, -1]);
    expect(actionFromWire(continuous, Uint8Array.of(9, 9, 9, ...blob).subarray(3))).toEqual(Float32Array.of(0.25, -1));
  });
});
