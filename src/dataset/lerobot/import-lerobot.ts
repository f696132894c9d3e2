// In: a LeRobot v3 data set. Out: its episodes, with an account of every tick that cannot be used. Pictures are passed over.

import { errorDiagnostic, failure, success, warningDiagnostic, type Diagnostic, type Outcome } from "../../core/diagnostic.ts";
import type { Episode } from "../../artifacts/episode.ts";
import type { RobotSpec } from "../../artifacts/robot-spec.ts";
import { BadRows, type ImportOptions, type ImportReport } from "../bad-rows.ts";
import { judgeTicks } from "../judge-ticks.ts";
import { listNames } from "../raw-table.ts";
import { FrameReader } from "./frames.ts";
import { PATHS, parseInfo, type LerobotInfo } from "./layout.ts";
import { readParquet } from "./parquet.ts";

/** The files of a data set, wherever they lie. */
export interface DatasetFolder {
  /** As the user calls it. */
  readonly name: string;
  /** Of every file below it, relative, with forward slashes. */
  readonly paths: readonly string[];
  read(path: string): Promise<Uint8Array>;
}

/** Whether a folder with these files is a LeRobot data set, of whatever version. */
export function isLerobotFolder(paths: readonly string[]): boolean {
  return paths.includes(PATHS.info);
}

export async function importLerobot(spec: RobotSpec, folder: DatasetFolder, options: ImportOptions): Promise<ImportReport> {
  const outcome = await readLerobot(spec, folder);
  if (!outcome.ok) return { ...new BadRows(folder.name).report(0, 0, options.skipBad, [], []), outcome };
  return judgeTicks(spec, folder.name, outcome.value, options.skipBad, outcome.warnings);
}

/** The episodes as they stand there; what is no possible value is NaN or -1. */
async function readLerobot(spec: RobotSpec, folder: DatasetFolder): Promise<Outcome<readonly Episode[]>> {
  const place = (path: string): string => `${folder.name}/${path}`;
  const info = parseInfo(place(PATHS.info), new TextDecoder().decode(await folder.read(PATHS.info)));
  if (!info.ok) return info;
  const frames = FrameReader.open(spec, info.value.features, folder.name);
  if (!frames.ok) return frames;
  const files = folder.paths.filter((path) => path.startsWith(PATHS.dataFolder) && path.endsWith(".parquet")).sort();
  for (const path of files) {
    const table = await readParquet(place(path), await folder.read(path), (column) => frames.value.needs(column));
    if (!table.ok) return table;
    const problem = frames.value.take(table.value, place(path));
    if (problem !== null) return failure(problem);
  }
  const tasks = await readTasks(folder);
  if (!tasks.ok) return tasks;
  const { episodes, ticks, labelsByNumber } = frames.value.finish(spec.rateHz);
  return success(episodes, [
    ...frames.warnings,
    ...tasks.warnings,
    ...differences(spec, info.value, folder.name, { episodes: episodes.length, ticks, labelsByNumber, tasks: tasks.value }),
  ]);
}

/** What the robot is told in words: as many as there are rows in meta/tasks.parquet. */
async function readTasks(folder: DatasetFolder): Promise<Outcome<readonly string[]>> {
  if (!folder.paths.includes(PATHS.tasks)) return success([]);
  const table = await readParquet(`${folder.name}/${PATHS.tasks}`, await folder.read(PATHS.tasks), (column) => column !== "task_index");
  if (!table.ok) return table;
  // pandas calls the index by its name or, where it has none, by `__index_level_0__`.
  const [column] = [...table.value.columns.values()];
  return success((column ?? []).map(String));
}

interface Found {
  readonly episodes: number;
  readonly ticks: number;
  readonly labelsByNumber: number;
  readonly tasks: readonly string[];
}

/** What the data set has and a policy here does not see, and where it disagrees with itself or with robot.ts. */
function differences(spec: RobotSpec, info: LerobotInfo, file: string, found: Found): Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const warn = (code: string, message: string, hint: string): void => {
    warnings.push(warningDiagnostic(code, message, hint, { file }));
  };
  const pictures = [...info.features].filter(([, { dtype }]) => dtype === "video" || dtype === "image").map(([key]) => key);
  if (pictures.length > 0)
    warn("lerobot-pictures", `pictures are passed over: ${listNames(pictures)}`, "nothing to do; policies here see numbers");
  if (found.tasks.length > 1) {
    const message = `the data set has ${found.tasks.length} tasks (${listNames(
      found.tasks.map((task) => JSON.stringify(task)),
      3,
    )}), which a policy here is not told`;
    warn("lerobot-tasks", message, "import the episodes of one task, or give the robot an observation that tells them apart");
  }
  if (found.ticks !== info.totalFrames || found.episodes !== info.totalEpisodes) {
    const message = `meta/info.json counts ${info.totalEpisodes} episodes of ${info.totalFrames} ticks; the files hold ${found.episodes} of ${found.ticks}`;
    warn("lerobot-incomplete", message, "copy the data set again, if something is missing");
  }
  if (Math.abs(info.fps / spec.rateHz - 1) > 0.1) {
    warn("import-rate", `the data set has ${info.fps} ticks a second, but robot.ts says ${spec.rateHz}`, "correct rateHz");
  }
  if (found.labelsByNumber > 0) {
    const message = `${found.labelsByNumber} labels are given as numbers, read as positions in robot.ts counted from 0`;
    warn("import-label-number", message, "check that the data set counts them in this order");
  }
  return warnings;
}

/** The error for a folder that is no data set. */
export function notLerobot(name: string): Diagnostic {
  const hint = "give the folder that holds meta/ and data/, or files: .csv, .jsonl, .mcap";
  return errorDiagnostic("import-folder", `${name} is a folder without ${PATHS.info}: no LeRobot data set`, hint);
}
