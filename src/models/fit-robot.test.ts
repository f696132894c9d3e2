import { describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { valueOf, type Outcome } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { mlpPolicy } from "../artifacts/testing.ts";
import { verifyNetwork, type FloatNetwork } from "../artifacts/network.ts";
import { DEFAULT_SAFETY, type ActionSpec, type NumberField, type RobotSpec } from "../artifacts/robot-spec.ts";
import { createFloatInterpreter } from "../quantize/float-interpreter.ts";
import { fitNetwork, type Fitted, type Scalings } from "./fit-robot.ts";
import { NetworkBuilder } from "./network-builder.ts";
import { withScaledStates } from "./scale-states.ts";
import { simplified } from "./simplify.ts";

const UNSAID: Scalings = { inputs: null, outputs: null };

function field(name: string, length: number | null, minimum: number, maximum: number): NumberField {
  const range = { minimum: minimum - 1, maximum: maximum + 1 };
  return {
    ...{ kind: "number", path: [name], length, range, clip: { minimum, maximum }, unit: "", neutral: null },
    ...{ slewPerSecond: null, mirror: null, description: "" },
  };
}

/** Two fields with ranges of their own and a choice: five inputs. */
function robot(action: ActionSpec, history = 1): RobotSpec {
  const policy = mlpPolicy([4]);
  return {
    name: "test",
    rateHz: 10,
    observation: [
      field("range", 2, 0, 4),
      field("pitch", null, -2, 6),
      { kind: "choice", path: ["grip"], labels: ["open", "shut"], description: "" },
    ],
    action,
    policy: { ...policy, architecture: { kind: "mlp", hidden: [4], history, activation: "relu" } },
    safety: DEFAULT_SAFETY,
  };
}

const LABELS: ActionSpec = { kind: "discrete", labels: ["left", "straight", "right"], neutral: null, mirror: null };
const SPEEDS: ActionSpec = { kind: "continuous", fields: [field("left", null, -1, 3), field("right", null, 0, 10)] };

function parameter(builder: NetworkBuilder, shape: readonly number[], seed: number): number {
  const random = new Random(seed);
  return builder.parameter(
    "p",
    shape,
    Float32Array.from({ length: shape.reduce((one, other) => one * other, 1) }, () => random.uniform(-1, 1)),
  );
}

/** A fully connected layer over an input of this shape, then `end`. */
function dense(
  shape: readonly number[],
  outputs: number,
  end: (builder: NetworkBuilder, id: number) => number = (_builder, id) => id,
): FloatNetwork {
  const builder = new NetworkBuilder();
  builder.scope = "dense";
  const input = builder.input("input", shape);
  const flat = builder.reshape(input, [1, shape.reduce((one, other) => one * other, 1)]);
  const inputs = at(builder.shape(flat), 1);
  const layer = builder.fullyConnected(flat, parameter(builder, [outputs, inputs], 1), parameter(builder, [outputs], 2));
  return builder.finish([input], [end(builder, layer)]);
}

const run = (network: FloatNetwork, ...inputs: readonly (readonly number[])[]): readonly (readonly number[])[] =>
  createFloatInterpreter(network)
    .infer(inputs.map((each) => Float32Array.from(each)))
    .map((each) => [...each]);

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => {
    expect(value).toBeCloseTo(at(expected, index), 5);
  });
}

const kinds = ({ operators }: FloatNetwork): readonly string[] => operators.map(({ kind }) => kind);
const fit = (network: FloatNetwork, spec: RobotSpec, scalings = UNSAID): Fitted<FloatNetwork> => {
  const fitted = valueOf(fitNetwork(simplified(network), spec, scalings, "model.json"));
  verifyNetwork(fitted.model);
  return fitted;
};
const problems = (outcome: Outcome<unknown>): string =>
  outcome.ok ? "" : outcome.diagnostics.map(({ message, hint }) => `${message}; ${hint}`).join("\n");

/** Of v = q * 2 / 255: fractions of the clip range, as encoding.ts has them. */
const fractionOf = (v: number): number => ((v * 255) / 2 + 128) / 255;
const V = [-0.5, 0.75, 0.25, -256 / 255, 254 / 255];
const PHYSICAL = [4 * fractionOf(-0.5), 4 * fractionOf(0.75), -2 + 8 * fractionOf(0.25), 0, 1];

describe("what is sensed", () => {
  test.each([
    ["physical", PHYSICAL],
    ["unit", V.map(fractionOf)],
    ["centred", V.map((v) => 2 * fractionOf(v) - 1)],
  ] as const)("%s, disappears into the first layer", (inputs, seen) => {
    const model = dense([1, 5], 3);
    const fitted = fit(model, robot(LABELS), { inputs, outputs: null });
    expect(kinds(fitted.model)).toEqual(["fully-connected"]);
    expectClose(at(run(fitted.model, V), 0), at(run(model, seen), 0));
  });

  test("is physical where nobody says otherwise", () => {
    expect(fit(dense([1, 5], 3), robot(LABELS)).inputs).toBe("physical");
  });

  test("over a window disappears into a convolution without padding; with padding it stays", () => {
    const once = { height: 1, width: 1 };
    const window = (padding: "same" | "valid"): FloatNetwork => {
      const builder = new NetworkBuilder();
      builder.scope = "conv";
      const input = builder.input("input", [1, 4, 5]);
      const image = builder.reshape(input, [1, 1, 4, 5]);
      const conv = builder.convolution(image, parameter(builder, [2, 1, 3, 5], 3), null, { padding, stride: once, dilation: once });
      const flat = builder.reshape(conv, [1, padding === "same" ? 8 : 4]);
      return builder.finish([input], [builder.fullyConnected(flat, parameter(builder, [3, padding === "same" ? 8 : 4], 4), null)]);
    };
    for (const padding of ["valid", "same"] as const) {
      const fitted = fit(window(padding), robot(LABELS));
      expect(fitted.form.memory).toEqual({ kind: "window", ticks: 4 });
      expect(at(fitted.model.tensors, at(fitted.model.inputs, 0)).shape).toEqual([1, 1, 4, 5]);
      expect(kinds(fitted.model).slice(0, 3)).toEqual(
        padding === "valid" ? ["conv-2d", "reshape", "fully-connected"] : ["mul", "add", "conv-2d"],
      );
      const rows = [V, V, V, V].flat();
      expectClose(at(run(fitted.model, rows), 0), at(run(window(padding), [PHYSICAL, PHYSICAL, PHYSICAL, PHYSICAL].flat()), 0));
    }
  });

  test("in one row is a window if robot.ts says so", () => {
    const model = dense([1, 15], 3);
    expect(fit(model, robot(LABELS, 3)).form.memory).toEqual({ kind: "window", ticks: 3 });
    expect(problems(fitNetwork(model, robot(LABELS), UNSAID, "m"))).toMatch(
      /takes "input" \[1, 15\], and the robot senses 5 numbers \(range 2, pitch 1, grip 2\); .* history: 3/,
    );
  });

  test("of another width is refused in the names of both", () => {
    expect(problems(fitNetwork(dense([1, 6], 3), robot(LABELS), UNSAID, "m"))).toMatch(/\[1, 6\].* senses 5 numbers/);
    expect(problems(fitNetwork(dense([1, 5], 4), robot(LABELS), UNSAID, "m"))).toMatch(/\[1, 4\].* has 3 labels \(left, straight, right\)/);
    expect(problems(fitNetwork(dense([1, 5], 4), robot(SPEEDS), UNSAID, "m"))).toMatch(/\[1, 4\].* has 2 numbers \(left 1, right 1\)/);
  });
});

describe("what is said", () => {
  test("loses softmax and sigmoid where labels are meant", () => {
    const model = dense([1, 5], 3, (builder, id) => builder.softmax(id));
    const fitted = fit(model, robot(LABELS));
    expect(kinds(fitted.model)).toEqual(["fully-connected"]);
    expect(fitted.outputs).toBeNull();
    const [logits, probabilities] = [at(run(fitted.model, V), 0), at(run(model, PHYSICAL), 0)];
    expect(logits.indexOf(Math.max(...logits))).toBe(probabilities.indexOf(Math.max(...probabilities)));
  });

  test.each([true, false])("by one number speaks for two labels (sigmoid: %s)", (sigmoid) => {
    const two: ActionSpec = { kind: "discrete", labels: ["stop", "go"], neutral: "stop", mirror: null };
    const model = dense([1, 5], 1, (builder, id) => (sigmoid ? builder.elementwise("logistic", id) : id));
    const fitted = fit(model, robot(two));
    for (const last of [-1, -0.3, 0, 0.4, 1]) {
      const v = [...V.slice(0, 2), last, ...V.slice(3)];
      const seen = [...PHYSICAL.slice(0, 2), -2 + 8 * fractionOf(last), 0, 1];
      const [stop = 0, go = 0] = at(run(fitted.model, v), 0);
      expect(go > stop).toBe(at(at(run(model, seen), 0), 0) > 0.5);
    }
  });

  test.each([
    ["physical", (y: number) => y, ["fully-connected"]],
    ["unit", (y: number) => 1 / (1 + Math.exp(-y)), ["fully-connected", "logistic", "mul", "add"]],
    ["centred", Math.tanh, ["fully-connected", "tanh"]],
  ] as const)("%s is recognised by its activation and scaled to -1..1", (outputs, bend, expected) => {
    const activation = { physical: null, unit: "logistic", centred: "tanh" } as const;
    const kind = activation[outputs];
    const model = dense([1, 5], 2, (builder, id) => (kind === null ? id : builder.elementwise(kind, id)));
    const fitted = fit(model, robot(SPEEDS));
    expect(fitted.outputs).toBe(outputs);
    expect(kinds(fitted.model)).toEqual(expected);
    const sums = at(run(dense([1, 5], 2), PHYSICAL), 0);
    const scaled = sums.map((sum, channel) => {
      if (outputs === "physical") return channel === 0 ? (sum - 1) / 2 : (sum - 5) / 5;
      return outputs === "unit" ? 2 * bend(sum) - 1 : bend(sum);
    });
    expectClose(at(run(fitted.model, V), 0), scaled);
  });
});

describe("what is kept from tick to tick", () => {
  /** state' = 3 * state + sum of the inputs; says its two halves. The state stands first, in and out. */
  function remembering(extraOutput = false): FloatNetwork {
    const builder = new NetworkBuilder();
    builder.scope = "state";
    const state = builder.input("memory", [1, 1, 2]);
    const input = builder.input("input", [1, 1, 5]);
    const flat = builder.reshape(input, [1, 5]);
    const sum = builder.fullyConnected(flat, builder.parameter("ones", [2, 5], new Float32Array(10).fill(1)), null);
    const next = builder.arithmetic("add", builder.affine(builder.reshape(state, [1, 2]), [3], [0]), sum);
    const said = builder.fullyConnected(next, parameter(builder, [3, 2], 8), null);
    return builder.finish([state, input], [builder.reshape(next, [1, 1, 2]), said, ...(extraOutput ? [sum] : [])]);
  }

  test("goes in and comes out behind the observation and the action, in rows", () => {
    const { model, form } = fit(remembering(), robot(LABELS), { inputs: "unit", outputs: null });
    expect(form.memory).toEqual({ kind: "state", elements: [2] });
    expect(model.inputs.map((id) => at(model.tensors, id).shape)).toEqual([
      [1, 5],
      [1, 2],
    ]);
    const seen = V.map(fractionOf).reduce((sum, each) => sum + each, 0);
    expectClose(at(run(model, V, [1, 2]), 1), [3 + seen, 6 + seen]);
  });

  test("can be divided, so that it stays within -1..1", () => {
    const { model } = fit(remembering(), robot(LABELS));
    const divided = withScaledStates(model, [16]);
    verifyNetwork(divided);
    const [plain, small] = [run(model, V, [1.5, -2]), run(divided, V, [1.5 / 16, -2 / 16])];
    expectClose(at(small, 0), at(plain, 0));
    expectClose(
      at(small, 1),
      at(plain, 1).map((value) => value / 16),
    );
  });

  test("must come out as it goes in", () => {
    expect(problems(fitNetwork(remembering(true), robot(LABELS), UNSAID, "m"))).toMatch(
      /besides what is sensed the model takes "memory" \[1, 1, 2\]/,
    );
  });
});
