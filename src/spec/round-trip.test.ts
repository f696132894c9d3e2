// Any correct robot, printed as a robot.ts and parsed, is what it was.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ActionSpec, Architecture, Field, FieldMirror, HeadSpec, Interval, NumberField, RobotSpec } from "../artifacts/robot-spec.ts";
import { policyExpression } from "./policy-text.ts";
import { robotSource, specOf } from "./testing.ts";

describe("any correct robot", () => {
  const interval = fc
    .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1, max: 1e6, noNaN: true }))
    .map(([minimum, width]): Interval => ({ minimum: minimum + 0, maximum: minimum + width }));
  const labels = fc.uniqueArray(fc.stringMatching(/^[a-f]{1,4}(-[a-f0-9]{1,3}){0,2}$/), {
    minLength: 1,
    maxLength: 6,
    selector: (label) => label.replaceAll("-", ""),
  });
  const details = fc.record({
    range: interval,
    clipped: fc.boolean(),
    length: fc.option(fc.integer({ min: 1, max: 60 })),
    unit: fc.constantFrom("", "m", "rad/s", "°C"),
    description: fc.constantFrom("", "Far away.", "2 * 3 / 4 at 5"),
  });
  const observed = (path: readonly string[]): fc.Arbitrary<NumberField> =>
    details.map(({ range, clipped, length, unit, description }) => {
      const middle = (range.minimum + range.maximum) / 2;
      return {
        kind: "number",
        path,
        length,
        range,
        clip: clipped ? { minimum: middle, maximum: range.maximum } : range,
        unit,
        neutral: null,
        slewPerSecond: null,
        mirror: null,
        description,
      };
    });
  /** A slew that takes a thousandth of a second at least is fast enough at any rate. */
  const acted = (path: readonly string[]): fc.Arbitrary<NumberField> =>
    fc
      .tuple(observed(path), fc.option(fc.constantFrom(0, 0.25, 1)), fc.option(fc.integer({ min: 1001, max: 1e6 })))
      .map(([one, share, slew]): NumberField => {
        const { minimum, maximum } = one.range;
        const neutral = share === null ? null : share === 1 ? maximum : minimum + share * (maximum - minimum);
        return { ...one, neutral, slewPerSecond: slew === null ? null : slew * (maximum - minimum) };
      });
  const field = (path: readonly string[]): fc.Arbitrary<Field> =>
    fc.oneof(
      observed(path),
      labels.map((list): Field => ({ kind: "choice", path, labels: list, description: "" })),
    );
  /** Paths that don't collide: `f0`, `f1.g.h`, ... */
  const paths = fc
    .array(fc.constantFrom([], ["g"], ["g", "h"]), { minLength: 1, maxLength: 8 })
    .map((tails) => tails.map((tail, index) => [`f${index}`, ...tail]));
  const list = <Element>(each: (path: readonly string[]) => fc.Arbitrary<Element>): fc.Arbitrary<Element[]> =>
    paths.chain((all) => fc.tuple(...all.map(each)));
  const unlearnt: fc.Arbitrary<Omit<RobotSpec, "policy">> = fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,2}$/),
    rateHz: fc.integer({ min: 1, max: 1000 }),
    observation: list(field),
    action: fc.oneof(
      fc.tuple(labels, fc.boolean()).map(([each, named]): ActionSpec => ({
        kind: "discrete",
        labels: each,
        neutral: named ? (each.at(-1) ?? null) : null,
        mirror: null,
      })),
      list(acted).map((fields): ActionSpec => ({ kind: "continuous", fields })),
    ),
    safety: fc.record({
      autonomous: fc.boolean(),
      linkTimeoutMs: fc.integer({ min: 100, max: 60_000 }),
      staleTicks: fc.integer({ min: 0, max: 100 }),
    }),
  });

  const robot: fc.Arbitrary<RobotSpec> = fc
    .tuple(unlearnt, fc.boolean())
    .map(([each, mirrored]) => (mirrored ? withMirror(each) : each))
    .chain((each) => policyFor(each).map(({ spec, ...policy }) => ({ ...spec, policy })));

  it("parses to what it was written from", () => {
    fc.assert(
      fc.property(robot, (spec) => {
        expect(specOf(printRobot(spec))).toEqual(spec);
      }),
      { numRuns: 60 },
    );
  });
});

function printRobot(spec: RobotSpec): string {
  const neutral = spec.action.kind === "discrete" ? spec.action.neutral : null;
  const mirror = spec.action.kind === "discrete" ? spec.action.mirror : null;
  const pairs = mirror === null ? "" : ` @mirror ${mirror.map((pair) => pair.join(" = ")).join(",")}`;
  const action =
    spec.action.kind === "discrete"
      ? `type Action = ${printLabels(spec.action.labels)};`
      : `interface Action {\n${spec.action.fields.map(printField).join("\n")}\n}`;
  return robotSource({
    observation: `export interface Observation {\n${spec.observation.map(printField).join("\n")}\n}`,
    action: `/**${neutral === null ? "" : ` @neutral ${neutral}`}${pairs} */\nexport ${action}`,
    definition: `export default defineRobot({ name: "${spec.name}", rateHz: ${spec.rateHz}, policy: ${policyExpression(spec.policy)}, ${JSON.stringify(spec.safety).slice(1)});`,
  });
}

function printField(field: Field): string {
  const [last = "", ...parents] = [...field.path].reverse();
  const leaf =
    field.kind === "choice"
      ? `${last}: ${printLabels(field.labels)};`
      : `${printTags(field)}\n${last}: ${field.length === null ? "number" : `Vec<${field.length}>`};`;
  return parents.reduce((inner, name) => `${name}: {\n${inner}\n};`, leaf);
}

function printTags({ description, unit, range, clip, neutral, slewPerSecond, mirror }: NumberField): string {
  const unitTag = unit === "" ? "" : `@unit ${unit} `;
  const clipTag = clip === range ? "" : `@clip ${clip.minimum} ${clip.maximum} `;
  const neutralTag = neutral === null ? "" : `@neutral ${neutral} `;
  const slewTag = slewPerSecond === null ? "" : `@slew ${slewPerSecond} `;
  return `/** ${description} ${unitTag}@range ${range.minimum} ${range.maximum} ${clipTag}${neutralTag}${slewTag}${printMirror(mirror)}*/`;
}

function printLabels(labels: readonly string[]): string {
  return labels.map((label) => JSON.stringify(label)).join(" | ");
}

function printMirror(mirror: FieldMirror | null): string {
  switch (mirror?.kind) {
    case undefined:
      return "";
    case "negate":
      return "@mirror negate ";
    case "swap":
      return `@mirror swap ${mirror.path.join(".")} `;
    case "reverse":
      return `@mirror reverse ${mirror.axis} `;
  }
}

/** The same with a mirror image: numbers change places with others like them, vectors are reversed, labels make pairs. */
function withMirror(spec: Omit<RobotSpec, "policy">): Omit<RobotSpec, "policy"> {
  const { action } = spec;
  if (action.kind === "continuous")
    return { ...spec, observation: mirrored(spec.observation), action: { ...action, fields: mirrored(action.fields) } };
  const [left, right] = action.labels;
  return {
    ...spec,
    observation: mirrored(spec.observation),
    action: { ...action, mirror: left === undefined || right === undefined ? [] : [[left, right]] },
  };
}

function mirrored<Each extends Field>(fields: readonly Each[]): readonly Each[] {
  const around: Interval = { minimum: -2, maximum: 2 };
  return fields.flatMap((field): readonly Each[] => {
    if (field.kind === "choice") return [field];
    if (field.length !== null) return [{ ...field, mirror: { kind: "reverse", axis: (field.length - 1) / 2 } }];
    const twin = field.path.map((name, index) => (index === 0 ? `${name}Twin` : name));
    const even = { ...field, path: field.path.map((name, index) => (index === 0 ? `${name}Even` : name)), range: around, clip: around };
    return [
      { ...field, mirror: { kind: "swap", path: twin } },
      { ...field, path: twin, mirror: { kind: "swap", path: field.path } },
      { ...even, neutral: null, slewPerSecond: null, mirror: { kind: "negate" } },
    ];
  });
}

/** Any policy for a robot, which gets an image to look at where the policy needs one. */
function policyFor(spec: Omit<RobotSpec, "policy">): fc.Arbitrary<RobotSpec["policy"] & { readonly spec: Omit<RobotSpec, "policy"> }> {
  const hidden = fc.array(fc.integer({ min: 1, max: 512 }), { maxLength: 8 });
  const common = { hidden, activation: fc.constantFrom("relu" as const, "tanh" as const) };
  const convolution = fc.record({
    filters: fc.integer({ min: 1, max: 128 }),
    ticks: fc.integer({ min: 1, max: 4 }),
    stride: fc.constantFrom(1, 2),
  });
  const side = fc.integer({ min: 8, max: 64 });
  const architecture: fc.Arbitrary<Architecture> = fc.oneof(
    fc.record({ kind: fc.constant("mlp" as const), history: fc.integer({ min: 1, max: 64 }), ...common }),
    fc.record({
      kind: fc.constant("temporal" as const),
      // Three convolutions of stride 2 over 4 ticks see 22.
      window: fc.integer({ min: 22, max: 128 }),
      convolutions: fc.array(convolution, { minLength: 1, maxLength: 3 }),
      ...common,
    }),
    fc.record({
      kind: fc.constant("vision" as const),
      image: fc.constant(["eye", "pixels"]),
      ...{ height: side, width: side },
      filters: fc.array(fc.integer({ min: 1, max: 128 }), { minLength: 1, maxLength: 6 }),
      ...common,
    }),
    fc.record({ kind: fc.constant("gru" as const), units: fc.integer({ min: 1, max: 256 }), ...common }),
  );
  const plain: fc.Arbitrary<HeadSpec> = fc.constant({ kind: "plain" });
  const mixture = fc.integer({ min: 2, max: 16 }).map((bins): HeadSpec => ({ kind: "mixture", bins }));
  const head = spec.action.kind === "discrete" ? plain : fc.oneof(plain, fc.constant<HeadSpec>({ kind: "gaussian" }), mixture);
  return fc.tuple(architecture, head, fc.integer({ min: 1, max: 8 }), fc.boolean()).map(([each, said, members, shared]) => {
    const shares = shared && members > 1 && (each.kind !== "mlp" || each.hidden.length > 1);
    const ensemble = { members, trunk: shares ? ("shared" as const) : ("none" as const) };
    const observation = each.kind === "vision" ? [...spec.observation, imageField(each.image, each.height * each.width)] : spec.observation;
    return { architecture: each, head: said, ensemble, spec: { ...spec, observation } };
  });
}

function imageField(path: readonly string[], length: number): NumberField {
  const range = { minimum: 0, maximum: 255 };
  const mirror = { kind: "reverse", axis: (length - 1) / 2 } as const;
  return { kind: "number", path, length, range, clip: range, unit: "", neutral: null, slewPerSecond: null, mirror, description: "" };
}
