import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { findPlant, PLANTS } from "./plants.ts";
import { ARCS_SPEC, rangeField, RING_SPEC } from "./testing.ts";
import { WALL_FOLLOWER_LABELS } from "./wall-follower-expert.ts";

function diagnosticOf(spec: RobotSpec, name?: string): Diagnostic | undefined {
  const outcome = findPlant(spec, name);
  return outcome.ok ? undefined : outcome.diagnostics[0];
}

describe("findPlant", () => {
  it("finds the wall follower for both kinds of robot, by name and without", () => {
    for (const spec of [RING_SPEC, ARCS_SPEC]) {
      for (const name of [undefined, "wall-follower"])
        expect(findPlant(spec, name)).toMatchObject({ ok: true, value: { name: "wall-follower" } });
    }
  });

  it("lists the plants when the name is unknown", () => {
    expect(diagnosticOf(RING_SPEC, "wall-folower")).toMatchObject({
      code: "plant-unknown",
      hint: expect.stringContaining("wall-follower") as string,
    });
  });

  it("says why the named plant, or any, does not fit", () => {
    const spec: RobotSpec = { ...RING_SPEC, observation: [rangeField("tilt", 3)] };
    expect(diagnosticOf(spec, "wall-follower")).toMatchObject({
      code: "plant-mismatch",
      hint: expect.stringContaining("does not fit ring") as string,
    });
    expect(diagnosticOf(spec)).toMatchObject({ code: "plant-none-fits", message: expect.stringContaining("tilt[0]") as string });
  });
});

describe("the wall follower fits", () => {
  const mismatch = (change: Partial<RobotSpec>): string | null => {
    const plant = PLANTS.find((each) => each.name === "wall-follower");
    return plant === undefined ? "no such plant" : plant.mismatch({ ...RING_SPEC, ...change });
  };

  it("any 24 channels", () => {
    expect(mismatch({ observation: [rangeField("a", 20), rangeField("b", null), rangeField("c", 3)] })).toBeNull();
  });

  it("not a robot with other labels, or one label twice", () => {
    expect(mismatch({ action: { kind: "discrete", labels: ["left", "right"], neutral: null, mirror: null } })).toContain("left, right");
    expect(mismatch({ action: { kind: "discrete", labels: [...WALL_FOLLOWER_LABELS, "stop"], neutral: null, mirror: null } })).toContain(
      "stop",
    );
    const twice = WALL_FOLLOWER_LABELS.map((label) => (label === "slight-left-turn" ? "move-forward" : label));
    expect(mismatch({ action: { kind: "discrete", labels: twice, neutral: null, mirror: null } })).not.toBeNull();
  });

  it("not a continuous robot, one that senses in centimetres, or one that ticks too slowly", () => {
    expect(mismatch({ action: { kind: "continuous", fields: [rangeField("speed", null)] } })).toContain("continuous");
    expect(mismatch({ observation: [{ ...rangeField("range", 24), unit: "cm" }] })).toContain("metres");
    expect(mismatch({ rateHz: 2 })).toContain("2");
  });

  it("not four channels that are not the four minima", () => {
    expect(mismatch({ observation: ["front", "left", "right", "top"].map((name) => rangeField(name, null)) })).toContain("top");
    expect(mismatch({ observation: ["front", "front2", "right", "back"].map((name) => rangeField(name, null)) })).not.toBeNull();
  });
});
