// In: episodes. Out: the files of a LeRobot v3.0 data set, which LeRobot's own dataset class loads. Source of the layout:
// huggingface/lerobot, src/lerobot/datasets/dataset_writer.py and dataset_metadata.py.

import { at } from "../../core/assert.ts";
import type { SourceTree } from "../../core/io.ts";
import { episodeLength, type Episode } from "../../artifacts/episode.ts";
import type { RobotSpec } from "../../artifacts/robot-spec.ts";
import { frameColumns, ownFeatures, type FrameColumn } from "./frame-columns.ts";
import { featureStatistics, type FeatureStatistics } from "./feature-statistics.ts";
import { LAYOUT_VERSION, PATHS, type Feature } from "./layout.ts";
import { writeParquet, type ParquetColumn } from "./parquet.ts";

/** As in LeRobot's defaults (DEFAULT_CHUNK_SIZE, DEFAULT_DATA_FILE_SIZE_IN_MB). */
const FILES_PER_CHUNK = 1000;
const FILE_MEGABYTES = 100;
const VIDEO_FILE_MEGABYTES = 200;

export interface LerobotOptions {
  /** What the robot is to do, in words. */
  readonly task: string;
  /** Bytes of a data file, before compression, about; a new one is begun beyond. */
  readonly fileBytes?: number;
}

/** One data file's episodes. */
interface DataFile {
  readonly path: string;
  readonly episodes: readonly number[];
}

/** @param episodes none of which is empty. */
export function lerobotFiles(spec: RobotSpec, episodes: readonly Episode[], options: LerobotOptions): SourceTree {
  const features = ownFeatures(spec);
  const frames = frameColumns(spec, episodes);
  const dataFiles = dividedIntoFiles(frames, episodes, options.fileBytes ?? FILE_MEGABYTES * 2 ** 20);
  return new Map<string, string | Uint8Array>([
    [PATHS.info, json(infoOf(spec, features, episodes))],
    [PATHS.statistics, json(allStatistics(frames, 0, totalTicks(episodes)))],
    [PATHS.tasks, tasksFile(options.task)],
    [PATHS.episodes, episodesFile(frames, episodes, dataFiles, options.task)],
    ...dataFiles.map(({ path, episodes: indices }): [string, Uint8Array] => [path, dataFile(frames, episodes, indices)]),
  ]);
}

function totalTicks(episodes: readonly Episode[]): number {
  return episodes.reduce((sum, episode) => sum + episodeLength(episode), 0);
}

/** The first row of each episode, and one past the last. */
function firstRows(episodes: readonly Episode[]): readonly number[] {
  const rows = [0];
  for (const episode of episodes) rows.push(at(rows, rows.length - 1) + episodeLength(episode));
  return rows;
}

function dividedIntoFiles(frames: readonly FrameColumn[], episodes: readonly Episode[], fileBytes: number): readonly DataFile[] {
  const rowBytes = frames.reduce((sum, { width }) => sum + 8 * width, 0);
  const files: number[][] = [[]];
  let used = 0;
  episodes.forEach((episode, index) => {
    const bytes = rowBytes * episodeLength(episode);
    if (used > 0 && used + bytes > fileBytes) {
      files.push([]);
      used = 0;
    }
    at(files, files.length - 1).push(index);
    used += bytes;
  });
  return files.map((indices, file) => ({ path: PATHS.data(file), episodes: indices }));
}

function infoOf(spec: RobotSpec, features: ReadonlyMap<string, Feature>, episodes: readonly Episode[]): unknown {
  return {
    codebase_version: LAYOUT_VERSION,
    fps: spec.rateHz,
    features: Object.fromEntries(
      [...features].map(([key, { dtype, shape, names, labels }]) => [
        key,
        Object.keys(labels).length === 0 ? { dtype, shape, names } : { dtype, shape, names, info: { labels } },
      ]),
    ),
    total_episodes: episodes.length,
    total_frames: totalTicks(episodes),
    total_tasks: 1,
    chunks_size: FILES_PER_CHUNK,
    data_files_size_in_mb: FILE_MEGABYTES,
    video_files_size_in_mb: VIDEO_FILE_MEGABYTES,
    data_path: "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
    video_path: null,
    robot_type: spec.name,
    splits: { train: `0:${episodes.length}` },
  };
}

/** Of rows `start` .. `end - 1`. What an expert would have done is none of the policy's business, and may be missing. */
function allStatistics(frames: readonly FrameColumn[], start: number, end: number): Readonly<Record<string, FeatureStatistics>> {
  const counted = frames.filter(({ counts }) => counts);
  return Object.fromEntries(
    counted.map(({ name, width, values }) => [name, featureStatistics(values.subarray(start * width, end * width), width)]),
  );
}

/** A pandas table whose index is the task: its reader looks for this note (pandas' "Storing pandas DataFrame objects in Apache Parquet"). */
function tasksFile(task: string): Uint8Array {
  const column = (name: string, pandasType: string, numpyType: string): unknown => ({
    name,
    field_name: name,
    pandas_type: pandasType,
    numpy_type: numpyType,
    metadata: null,
  });
  const pandas = {
    index_columns: ["task"],
    column_indexes: [{ name: null, field_name: null, pandas_type: "unicode", numpy_type: "object", metadata: { encoding: "UTF-8" } }],
    columns: [column("task_index", "int64", "int64"), column("task", "unicode", "object")],
    creator: { library: "reflexarc", version: "1" },
    pandas_version: "2.0.0",
  };
  return writeParquet(
    [
      { name: "task_index", type: "int64", list: false, values: [0n] },
      { name: "task", type: "string", list: false, values: [task] },
    ],
    [1],
    { pandas: JSON.stringify(pandas) },
  );
}

function episodesFile(
  frames: readonly FrameColumn[],
  episodes: readonly Episode[],
  dataFiles: readonly DataFile[],
  task: string,
): Uint8Array {
  const rows = firstRows(episodes);
  const integers = (name: string, valueOf: (episode: number) => number): ParquetColumn => ({
    name,
    type: "int64",
    list: false,
    values: episodes.map((_, episode) => BigInt(valueOf(episode))),
  });
  const fileOf = (episode: number): number => dataFiles.findIndex((file) => file.episodes.includes(episode));
  const statistics = episodes.map((_, episode) => allStatistics(frames, at(rows, episode), at(rows, episode + 1)));
  const statisticsColumns = Object.entries(statistics[0] ?? {}).flatMap(([feature, measures]) =>
    Object.keys(measures).map((measure): ParquetColumn => {
      const values = statistics.map((each) => each[feature]?.[measure] ?? []);
      const name = `stats/${feature}/${measure}`;
      return measure === "count"
        ? { name, type: "int64", list: true, values: values.map((counts) => counts.map(BigInt)) }
        : { name, type: "double", list: true, values };
    }),
  );
  const columns: readonly ParquetColumn[] = [
    integers("episode_index", (episode) => episode),
    { name: "tasks", type: "string", list: true, values: episodes.map(() => [task]) },
    integers("length", (episode) => episodeLength(at(episodes, episode))),
    integers("data/chunk_index", () => 0),
    integers("data/file_index", fileOf),
    integers("dataset_from_index", (episode) => at(rows, episode)),
    integers("dataset_to_index", (episode) => at(rows, episode + 1)),
    ...statisticsColumns,
    integers("meta/episodes/chunk_index", () => 0),
    integers("meta/episodes/file_index", () => 0),
  ];
  return writeParquet(columns, [episodes.length]);
}

/** One row group an episode, as LeRobot's writer makes them: so that one episode can be read alone. */
function dataFile(frames: readonly FrameColumn[], episodes: readonly Episode[], indices: readonly number[]): Uint8Array {
  const rows = firstRows(episodes);
  const [first, last] = [at(indices, 0), at(indices, indices.length - 1)];
  const columns = frames.map((frame) => frame.column(at(rows, first), at(rows, last + 1)));
  return writeParquet(
    columns,
    indices.map((episode) => episodeLength(at(episodes, episode))),
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 4)}\n`;
}
