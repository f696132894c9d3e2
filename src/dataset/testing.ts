// Robots and random episodes for the tests of this folder.

import fc from "fast-check";
import { ACTORS, type Episode } from "../artifacts/episode.ts";
import { actionWidth, DEFAULT_SAFETY, NO_ACTION, observationWidth, type NumberField, type RobotSpec } from "../artifacts/robot-spec.ts";
import { mlpPolicy } from "../artifacts/testing.ts";
import type { RecordingOrigin } from "./recording-format.ts";

export function numberField(path: readonly string[], length: number | null, minimum: number, maximum: number): NumberField {
  const range = { minimum, maximum };
  return {
    kind: "number",
    path,
    length,
    range,
    clip: range,
    unit: "m",
    neutral: null,
    slewPerSecond: null,
    mirror: null,
    description: `The ${path.join(" ")}.`,
  };
}

/** As the wall-following robot, with as many rangefinders as asked for. */
export function wallFollower(ranges: number): RobotSpec {
  return {
    name: "wall-follower",
    rateHz: 9,
    observation: [numberField(["range"], ranges, 0, 5.1)],
    action: {
      kind: "discrete",
      labels: ["move-forward", "slight-right-turn", "sharp-right-turn", "slight-left-turn"],
      neutral: null,
      mirror: null,
    },
    policy: mlpPolicy([16]),
    safety: DEFAULT_SAFETY,
  };
}

/** Everything that a spec can hold: nested fields (and not side by side), a vector, a choice, a continuous action. */
export const arm: RobotSpec = {
  name: "arm",
  rateHz: 50,
  observation: [
    numberField(["imu", "pitch"], null, -4, 4),
    numberField(["joints"], 3, -2, 2),
    numberField(["imu", "gyro"], 2, -100, 100),
    { kind: "choice", path: ["grip"], labels: ["open", "closed-firmly"], description: "The gripper." },
  ],
  action: { kind: "continuous", fields: [numberField(["drive", "speed"], null, -1, 1), numberField(["joints"], 2, -2, 2)] },
  policy: mlpPolicy([16], "tanh"),
  safety: DEFAULT_SAFETY,
};

export const origin: RecordingOrigin = {
  toolVersion: "1.2.3",
  schemaRevision: 4,
  seed: 5,
  source: "a test",
  notes: { operator: "somebody" },
};

/** A single-precision number within a range, without -0. */
function single(minimum: number, maximum: number): fc.Arbitrary<number> {
  const [min, max] = [Math.fround(minimum), Math.fround(maximum)];
  return fc.float({ min, max, noNaN: true }).map((value) => value + 0);
}

/** A possible flat observation and action. */
export function tickValues(spec: RobotSpec): fc.Arbitrary<{ observation: number[]; action: number[] }> {
  const values = (fields: RobotSpec["observation"]): fc.Arbitrary<number[]> =>
    fc
      .tuple(
        ...fields.map((field) =>
          field.kind === "choice"
            ? fc.integer({ min: 0, max: field.labels.length - 1 }).map((index) => [index])
            : fc.array(single(field.range.minimum, field.range.maximum), { minLength: field.length ?? 1, maxLength: field.length ?? 1 }),
        ),
      )
      .map((parts) => parts.flat());
  const action =
    spec.action.kind === "continuous"
      ? values(spec.action.fields)
      : fc.integer({ min: 0, max: spec.action.labels.length - 1 }).map((index) => [index]);
  return fc.record({ observation: values(spec.observation), action });
}

/** An episode of possible values that follows the spec's rate; some ticks have no label, some no action. */
export function recordedEpisode(spec: RobotSpec): fc.Arbitrary<Episode> {
  const tick = fc.record({
    values: tickValues(spec),
    label: fc.constantFrom("none", "same", "off"),
    actor: fc.integer({ min: 0, max: ACTORS.length - 1 }),
  });
  return fc.array(tick, { minLength: 1, maxLength: 30 }).map((ticks) => ({
    source: "drive",
    seconds: Float64Array.from(ticks, (_, index) => index / spec.rateHz),
    observations: Float32Array.from(ticks.flatMap(({ values }) => values.observation)),
    actions: Float32Array.from(
      ticks.flatMap(({ values, actor }) => (actor === 0 && spec.action.kind === "discrete" ? [NO_ACTION] : values.action)),
    ),
    labels: Float32Array.from(
      ticks.flatMap(({ values, label }) =>
        label === "none" ? values.action.map(() => NaN) : label === "off" && spec.action.kind === "discrete" ? [NO_ACTION] : values.action,
      ),
    ),
    actors: Uint8Array.from(ticks, ({ actor }) => actor),
  }));
}

/** An episode of `ticks` ticks in which every number counts on: fit to see which ticks a piece holds. */
export function countingEpisode(spec: RobotSpec, ticks: number, first = 0, source = "count"): Episode {
  const observed = observationWidth(spec);
  const acted = actionWidth(spec);
  const actions = Float32Array.from({ length: ticks * acted }, (_, index) => (first + Math.floor(index / acted)) % 4);
  return {
    source,
    seconds: Float64Array.from({ length: ticks }, (_, tick) => (first + tick) / spec.rateHz),
    observations: Float32Array.from({ length: ticks * observed }, (_, index) => (first + Math.floor(index / observed)) / 1000),
    actions,
    labels: actions.slice(),
    actors: new Uint8Array(ticks).fill(2),
  };
}
