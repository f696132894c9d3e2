import { describe, expect, it } from "vitest";
import { forwardLayers } from "../artifacts/network.ts";
import type { PolicySpec } from "../artifacts/robot-spec.ts";
import { at } from "../core/assert.ts";
import { Random } from "../core/random.ts";
import { centreInputs, foldCentring, hasShape, initialNetwork, unfoldCentring } from "./initialise.ts";

const spec: PolicySpec = { kind: "mlp", hidden: [6, 4], activation: "tanh" };

describe("initialNetwork", () => {
  it("has the spec's shape, a linear output and weights within the limits", () => {
    const network = initialNetwork(spec, 3, 2, new Random(1));
    expect(hasShape(network, spec, 3, 2)).toBe(true);
    expect(hasShape(network, { ...spec, activation: "relu" }, 3, 2)).toBe(false);
    expect(hasShape(network, { ...spec, hidden: [6] }, 3, 2)).toBe(false);
    expect(network.layers.map((layer) => layer.activation)).toEqual(["tanh", "tanh", "linear"]);
    const largest = Math.max(...at(network.layers, 0).weights.map(Math.abs));
    expect(largest).toBeLessThan(Math.sqrt(6 / 9));
    expect(largest).toBeGreaterThan(Math.sqrt(6 / 9) / 2);
  });

  it("depends on the seed alone", () => {
    expect(initialNetwork(spec, 3, 2, new Random(1))).toEqual(initialNetwork(spec, 3, 2, new Random(1)));
    expect(initialNetwork(spec, 3, 2, new Random(1))).not.toEqual(initialNetwork(spec, 3, 2, new Random(2)));
  });
});

describe("centring", () => {
  const network = initialNetwork(spec, 3, 2, new Random(7));
  const fractions = Float32Array.of(0, 0.3, 1);

  it("folds into the first layer: the same outputs from fractions as from centred inputs", () => {
    const expected = at(forwardLayers(network, centreInputs(fractions)), 2);
    const folded = at(forwardLayers(foldCentring(network), fractions), 2);
    expected.forEach((value, index) => {
      expect(folded[index]).toBeCloseTo(value, 6);
    });
  });

  it("unfolds again", () => {
    const restored = at(unfoldCentring(foldCentring(network)).layers, 0);
    expect(restored.weights).toEqual(at(network.layers, 0).weights);
    restored.bias.forEach((value, index) => {
      expect(value).toBeCloseTo(at(at(network.layers, 0).bias, index), 6);
    });
  });
});
