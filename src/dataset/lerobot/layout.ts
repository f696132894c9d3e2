// Where things lie in a LeRobot v3.0 data set, and what its meta/info.json says. Source: huggingface/lerobot,
// src/lerobot/datasets/utils.py, dataset_metadata.py and feature_utils.py.

import { errorDiagnostic, failure, success, type Outcome } from "../../core/diagnostic.ts";

export const LAYOUT_VERSION = "v3.0";

export const PATHS = {
  info: "meta/info.json",
  statistics: "meta/stats.json",
  tasks: "meta/tasks.parquet",
  /** Where the first files go; LeRobot reads all `*\/*.parquet` of a folder, in the order of their names. */
  episodes: "meta/episodes/chunk-000/file-000.parquet",
  episodesFolder: "meta/episodes/",
  dataFolder: "data/",
  data: (file: number): string => `data/chunk-000/file-${String(file).padStart(3, "0")}.parquet`,
} as const;

/** Columns that every data set has besides its own. */
export const FRAME_FEATURES = ["timestamp", "frame_index", "episode_index", "index", "task_index"] as const;

/** One column of the data, as meta/info.json describes it. */
export interface Feature {
  /** A numpy name, "string", "image" or "video". */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of its elements; null where nobody named them. */
  readonly names: readonly string[] | null;
  /** Whose values are indices: labels by the element's name. Ours alone. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

export interface LerobotInfo {
  readonly fps: number;
  readonly robotType: string | null;
  readonly totalEpisodes: number;
  readonly totalFrames: number;
  readonly features: ReadonlyMap<string, Feature>;
}

/** @param name of the file, for messages. */
export function parseInfo(name: string, text: string): Outcome<LerobotInfo> {
  const invalid = (message: string): Outcome<LerobotInfo> =>
    failure(errorDiagnostic("lerobot-info", message, "copy the data set again, or write it anew", { file: name }));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return invalid(`meta/info.json is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(json)) return invalid("meta/info.json is not an object");
  const { codebase_version: version, fps, features } = json;
  if (typeof version !== "string") return invalid("meta/info.json has no codebase_version");
  if (!/^v3\.\d+$/.test(version)) return otherVersion(name, version);
  if (typeof fps !== "number" || !(fps > 0)) return invalid("meta/info.json has no positive fps");
  if (!isObject(features)) return invalid("meta/info.json has no features");
  const parsed = new Map<string, Feature>();
  for (const [key, value] of Object.entries(features)) {
    const feature = parseFeature(value);
    if (feature === null) return invalid(`meta/info.json: the feature ${JSON.stringify(key)} has no dtype and shape`);
    parsed.set(key, feature);
  }
  return success({
    fps,
    robotType: typeof json["robot_type"] === "string" ? json["robot_type"] : null,
    totalEpisodes: count(json["total_episodes"]),
    totalFrames: count(json["total_frames"]),
    features: parsed,
  });
}

function otherVersion(name: string, version: string): Outcome<LerobotInfo> {
  const hint = version.startsWith("v2")
    ? "convert it with LeRobot: `python -m lerobot.scripts.convert_dataset_v21_to_v30 --repo-id=...`"
    : "write it with a LeRobot that makes v3.0";
  return failure(errorDiagnostic("lerobot-version", `the data set has layout ${version}; what can be read is v3`, hint, { file: name }));
}

function parseFeature(value: unknown): Feature | null {
  if (!isObject(value)) return null;
  const { dtype, shape, names, info } = value;
  if (typeof dtype !== "string" || !Array.isArray(shape) || !shape.every((each) => Number.isInteger(each) && each >= 0)) return null;
  return { dtype, shape: shape as number[], names: flatNames(names), labels: isObject(info) ? labelsOf(info["labels"]) : {} };
}

/** Names come as a list, or as lists by kind: `{"motors": ["shoulder", "elbow"]}`. */
function flatNames(names: unknown): readonly string[] | null {
  const flat = isObject(names) ? Object.values(names).flat() : names;
  return Array.isArray(flat) && flat.every((each) => typeof each === "string") ? flat : null;
}

function labelsOf(value: unknown): Feature["labels"] {
  if (!isObject(value)) return {};
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string[]] => Array.isArray(entry[1]) && entry[1].every((each) => typeof each === "string"),
  );
  return Object.fromEntries(entries);
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : 0;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Elements of a feature: 1 for a scalar, which LeRobot stores without a list. */
export function featureWidth({ shape }: Feature): number {
  return shape.reduce((product, each) => product * each, 1);
}
