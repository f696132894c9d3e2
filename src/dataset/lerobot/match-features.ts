// In: the features of a LeRobot data set and the channels of a robot. Out: where each channel's values come from: by name, or by order
// where no name says anything.

import { at } from "../../core/assert.ts";
import { errorDiagnostic, failure, success, warningDiagnostic, type Outcome } from "../../core/diagnostic.ts";
import type { Channel } from "../channels.ts";
import { listNames } from "../raw-table.ts";
import { featureWidth, type Feature } from "./layout.ts";

/** One element of a feature. */
export interface Source {
  readonly feature: string;
  readonly element: number;
  /** As the data set calls it, for messages. */
  readonly name: string;
  /** Where its values are indices: what they stand for; null when nobody said. */
  readonly labels: readonly string[] | null;
}

/** What LeRobot calls the two sides. */
export type Side = "observation" | "action";

/** A source for each channel. @param file for messages. */
export function matchFeatures(
  side: Side,
  features: ReadonlyMap<string, Feature>,
  channels: readonly Channel[],
  file: string,
): Outcome<readonly Source[]> {
  const usable = [...features].filter(([key, feature]) => belongsTo(side, key) && isVector(feature));
  const byName = new Map<string, Source>();
  for (const [key, feature] of usable) {
    for (const source of sourcesOf(key, feature)) {
      for (const name of namesOf(side, key, feature, source)) if (!byName.has(plain(name))) byName.set(plain(name), source);
    }
  }
  const found = channels.map(({ name }) => byName.get(plain(name)));
  const missing = channels.filter((_, index) => found[index] === undefined);
  if (missing.length === 0) return success(found as Source[]);
  if (missing.length === channels.length) {
    const ordered = inOrder(side, usable, channels.length);
    if (ordered !== null) return success(ordered, [takenInOrder(side, ordered, channels, file)]);
  }
  return failure(lacks(side, usable, missing, file));
}

/** `action` and `action.gripper`, but not `action_is_pad`. */
function belongsTo(side: Side, key: string): boolean {
  return key === side || key.startsWith(`${side}.`);
}

function isVector({ dtype, shape }: Feature): boolean {
  return dtype !== "image" && dtype !== "video" && dtype !== "language" && shape.length <= 1;
}

function sourcesOf(key: string, feature: Feature): Source[] {
  return Array.from({ length: featureWidth(feature) }, (_, element) => {
    const own = feature.names?.[element];
    const name = own ?? (feature.shape.length === 0 || featureWidth(feature) === 1 ? key : `${key}[${element}]`);
    const { labels } = feature;
    return { feature: key, element, name, labels: (own === undefined ? undefined : labels[own]) ?? labels[key] ?? null };
  });
}

/** Under which names a channel may look for it: its own, and those that the feature's key lends it. */
function namesOf(side: Side, key: string, feature: Feature, { element, name }: Source): readonly string[] {
  const tail = key === side ? "" : key.slice(side.length + 1);
  const own = feature.names?.[element] === undefined ? [] : [name];
  if (tail === "" || tail === "state") return featureWidth(feature) === 1 && tail === "" ? [...own, side] : own;
  return [...own, ...own.map((each) => `${tail}.${each}`), featureWidth(feature) === 1 ? tail : `${tail}[${element}]`];
}

/** `imu.pitch`, `imu_pitch` and `Imu Pitch` are one name; `range[3]` is `range_3`. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_|_$/g, "");
}

/** The state alone, else all vectors of the side one after another, where their widths agree. */
function inOrder(side: Side, usable: readonly (readonly [string, Feature])[], width: number): readonly Source[] | null {
  const main = usable.filter(([key]) => key === side || key === `${side}.state`);
  for (const chosen of [main, usable]) {
    const sources = chosen.flatMap(([key, feature]) => sourcesOf(key, feature));
    if (sources.length === width) return sources;
  }
  return null;
}

function takenInOrder(
  side: Side,
  sources: readonly Source[],
  channels: readonly Channel[],
  file: string,
): ReturnType<typeof warningDiagnostic> {
  const pairs = channels.map(({ name }, index) => `${at(sources, index).name} for ${name}`);
  const message = `no name of the data set's ${side} is one of robot.ts, so they are taken in order: ${listNames(pairs)}`;
  return warningDiagnostic(
    "lerobot-by-order",
    message,
    "check that they mean the same; else name the fields of robot.ts as the data set does",
    { file },
  );
}

function lacks(
  side: Side,
  usable: readonly (readonly [string, Feature])[],
  missing: readonly Channel[],
  file: string,
): ReturnType<typeof errorDiagnostic> {
  const has = usable.flatMap(([key, feature]) => sourcesOf(key, feature).map(({ name }) => name));
  const message = `the data set lacks ${listNames(missing.map(({ name }) => name))} of the ${side}; it has ${has.length === 0 ? "none" : listNames(has)}`;
  const hint = "name the fields of robot.ts as the data set does, and as many of them";
  return errorDiagnostic("lerobot-features", message, hint, { file });
}
