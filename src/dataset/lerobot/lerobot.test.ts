import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { valueOf } from "../../core/diagnostic.ts";
import type { SourceTree } from "../../core/io.ts";
import { episodeLength, type Episode } from "../../artifacts/episode.ts";
import type { RobotSpec } from "../../artifacts/robot-spec.ts";
import type { ImportReport } from "../bad-rows.ts";
import { arm, countingEpisode, numberField, recordedEpisode, wallFollower } from "../testing.ts";
import { lerobotFiles } from "./export-lerobot.ts";
import { importLerobot, isLerobotFolder } from "./import-lerobot.ts";
import { PATHS } from "./layout.ts";
import { writeParquet, type ParquetColumn } from "./parquet.ts";
import { folderOf } from "./testing.ts";

const TASK = { task: "go round" };
const strict = { skipBad: false };

function codes({ outcome }: ImportReport): string[] {
  return (outcome.ok ? outcome.warnings : outcome.diagnostics).map(({ code }) => code);
}

/** Everything but where it came from. */
function content(episodes: readonly Episode[]): unknown {
  return episodes.map((episode) => ({ ...episode, source: null }));
}

describe("what is exported is imported again", () => {
  it.each([wallFollower(1), wallFollower(3), arm])("random episodes: $name, $observation.0.length", async (spec) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(recordedEpisode(spec), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(1, 4000, 1e8),
        async (episodes, fileBytes) => {
          const files = lerobotFiles(spec, episodes, { ...TASK, fileBytes });
          const report = await importLerobot(spec, folderOf(files), strict);
          expect(codes(report)).toEqual([]);
          expect(content(valueOf(report.outcome))).toEqual(content(episodes));
        },
      ),
      { numRuns: 20 },
    );
  });

  it("in as many files as it takes, whole episodes in each", async () => {
    const spec = wallFollower(2);
    const episodes = [countingEpisode(spec, 30), countingEpisode(spec, 40, 7), countingEpisode(spec, 10)];
    const files = lerobotFiles(spec, episodes, { ...TASK, fileBytes: 6000 });
    expect([...files.keys()].filter((path) => path.startsWith("data/"))).toEqual([PATHS.data(0), PATHS.data(1)]);
    const meta = await rowsOf(files, PATHS.episodes);
    expect(meta.map((row) => [row["data/file_index"], row["dataset_from_index"], row["dataset_to_index"], row["length"]])).toEqual([
      [0n, 0n, 30n, 30n],
      [1n, 30n, 70n, 40n],
      [1n, 70n, 80n, 10n],
    ]);
    expect(content(valueOf((await importLerobot(spec, folderOf(files), strict)).outcome))).toEqual(content(episodes));
  });

  it("in the same bytes each time", () => {
    const files = (): unknown => [...lerobotFiles(arm, [countingEpisode(arm, 9)], TASK)];
    expect(files()).toEqual(files());
  });

  it("also where robot.ts lists labels in another order", async () => {
    const spec = wallFollower(1);
    const files = lerobotFiles(spec, [countingEpisode(spec, 4)], TASK);
    const labels = spec.action.kind === "discrete" ? spec.action.labels.toReversed() : [];
    const turned: RobotSpec = { ...spec, action: { kind: "discrete", labels, neutral: null, mirror: null } };
    const [episode] = valueOf((await importLerobot(turned, folderOf(files), strict)).outcome);
    expect([...(episode as Episode).actions]).toEqual([3, 2, 1, 0]);
  });

  it("and a reading that was a fault is one again", async () => {
    const spec = wallFollower(1);
    const episode = countingEpisode(spec, 5);
    episode.observations[2] = NaN;
    const files = lerobotFiles(spec, [episode], TASK);
    const refused = await importLerobot(spec, folderOf(files), strict);
    expect(codes(refused)).toEqual(["import-not-a-number", "import-bad-rows"]);
    const { counts, outcome } = await importLerobot(spec, folderOf(files), { skipBad: true });
    expect(counts).toMatchObject({ rows: 5, used: 4 });
    expect(valueOf(outcome).map(episodeLength)).toEqual([2, 2]);
  });
});

async function rowsOf(files: SourceTree, path: string): Promise<Record<string, unknown>[]> {
  const bytes = files.get(path) as Uint8Array;
  const slice = (start: number, end?: number): ArrayBuffer => bytes.slice(start, end).buffer;
  return parquetReadObjects({ file: { byteLength: bytes.length, slice } });
}

interface OwnSet {
  readonly features: Readonly<Record<string, unknown>>;
  readonly columns: readonly ParquetColumn[];
  readonly info?: Readonly<Record<string, unknown>>;
}

/** A data set that somebody else made: `columns` over the frames of two episodes of two ticks. */
function foreign({ features, columns, info = {} }: OwnSet): SourceTree {
  const integers = (name: string, ...values: bigint[]): ParquetColumn => ({ name, type: "int64", list: false, values });
  const frame: ParquetColumn[] = [
    { name: "timestamp", type: "float", list: false, values: [0, 0.5, 0, 0.5] },
    integers("frame_index", 0n, 1n, 0n, 1n),
    integers("episode_index", 0n, 0n, 1n, 1n),
    integers("index", 0n, 1n, 2n, 3n),
    integers("task_index", 0n, 0n, 0n, 0n),
  ];
  const whole = { codebase_version: "v3.0", fps: 9, total_episodes: 2, total_frames: 4, features, ...info };
  return new Map<string, string | Uint8Array>([
    [PATHS.info, JSON.stringify(whole)],
    ["data/chunk-000/file-000.parquet", writeParquet([...columns, ...frame], [2, 2])],
  ]);
}

const lists = (name: string, ...values: readonly number[][]): ParquetColumn => ({ name, type: "float", list: true, values });
const numbers = (name: string, ...values: readonly number[]): ParquetColumn => ({ name, type: "float", list: false, values });
const vector = (width: number, names: unknown): unknown => ({ dtype: "float32", shape: [width], names });

const twoJoints: RobotSpec = {
  ...wallFollower(1),
  observation: [numberField(["shoulder_pan"], null, -100, 100), numberField(["elbow"], null, -100, 100)],
  action: { kind: "continuous", fields: [numberField(["shoulder_pan"], null, -100, 100)] },
};
const state = lists("observation.state", [1, 2], [3, 4], [5, 6], [7, 8]);

describe("other people's data sets", () => {
  it("by name, in any order, whatever else is there; demonstrations by an expert", async () => {
    const files = foreign({
      features: {
        "observation.state": vector(2, { motors: ["elbow", "Shoulder Pan"] }),
        "observation.images.top": { dtype: "video", shape: [480, 640, 3], names: ["height", "width", "channels"] },
        action: vector(2, ["gripper", "shoulder_pan"]),
      },
      columns: [state, lists("action", [0, 10], [0, 11], [0, 12], [0, 13])],
    });
    const report = await importLerobot(twoJoints, folderOf(files), strict);
    expect(codes(report)).toEqual(["lerobot-pictures"]);
    const [first, second] = valueOf(report.outcome);
    expect([...(first as Episode).observations, ...(second as Episode).observations]).toEqual([2, 1, 4, 3, 6, 5, 8, 7]);
    expect(first).toMatchObject({ actions: Float32Array.of(10, 11), labels: Float32Array.of(10, 11), actors: Uint8Array.of(2, 2) });
    expect(second).toMatchObject({ source: "set: episode 1", seconds: Float64Array.of(0, 0.5) });
  });

  it("by the features' keys: observation.elbow, action.shoulder_pan", async () => {
    const files = foreign({
      features: {
        "observation.elbow": vector(1, null),
        "observation.shoulder_pan": vector(1, ["pan"]),
        "action.shoulder_pan": vector(1, null),
      },
      columns: [
        numbers("observation.elbow", 2, 4, 6, 8),
        numbers("observation.shoulder_pan", 1, 3, 5, 7),
        numbers("action.shoulder_pan", 1, 1, 1, 1),
      ],
    });
    const report = await importLerobot(twoJoints, folderOf(files), strict);
    expect(codes(report)).toEqual([]);
    expect([...(valueOf(report.outcome)[0] as Episode).observations]).toEqual([1, 2, 3, 4]);
  });

  it("in order where no name is known, with a word about it", async () => {
    const files = foreign({
      features: { "observation.state": vector(2, ["motor_1", "motor_2"]), action: vector(1, null) },
      columns: [state, numbers("action", 1, 2, 3, 4)],
    });
    const report = await importLerobot(twoJoints, folderOf(files), strict);
    expect(codes(report)).toEqual(["lerobot-by-order", "lerobot-by-order"]);
    expect([...(valueOf(report.outcome)[0] as Episode).observations]).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ["another width", { "observation.state": vector(3, null), action: vector(1, null) }],
    ["some names known, not all", { "observation.state": vector(2, ["elbow", "wrist"]), action: vector(1, null) }],
    ["no action", { "observation.state": vector(2, null) }],
  ])("refuses %s, and says what it has", async (_, features) => {
    const files = foreign({ features, columns: [state, numbers("action", 1, 2, 3, 4)] });
    expect(codes(await importLerobot(twoJoints, folderOf(files), strict))).toContain("lerobot-features");
  });

  it("takes interventions for the expert's, and the rest for a policy's", async () => {
    const files = foreign({
      features: { "observation.state": vector(2, null), action: vector(1, null), intervention: { dtype: "bool", shape: [1], names: null } },
      columns: [
        state,
        numbers("action", 1, 2, 3, 4),
        { name: "intervention", type: "bool", list: false, values: [false, true, false, false] },
      ],
    });
    const [first] = valueOf((await importLerobot(twoJoints, folderOf(files), strict)).outcome);
    expect(first).toMatchObject({ actors: Uint8Array.of(1, 2), labels: Float32Array.of(NaN, 2) });
  });

  it("reads indices as positions in robot.ts with a word about it, and labels by name", async () => {
    const robot: RobotSpec = { ...wallFollower(1), observation: twoJoints.observation };
    const features = { "observation.state": vector(2, null), action: { dtype: "int64", shape: [1], names: null } };
    const numbered = foreign({
      features,
      columns: [state, { name: "action", type: "int64", list: false, values: [0n, 1n, 2n, 3n] }],
    });
    expect(codes(await importLerobot(robot, folderOf(numbered), strict))).toEqual(["lerobot-by-order", "import-label-number"]);
    const named = foreign({
      features: { ...features, action: { dtype: "string", shape: [1], names: null } },
      columns: [
        state,
        { name: "action", type: "string", list: false, values: ["Move Forward", "slight_left_turn", "move-forward", "jump"] },
      ],
    });
    const report = await importLerobot(robot, folderOf(named), { skipBad: true });
    expect(report.counts.bad["unknown-label"]).toBe(1);
    expect([...(valueOf(report.outcome)[0] as Episode).actions]).toEqual([0, 3]);
  });

  it("says what it counts differently: the rate, frames, tasks", async () => {
    const files = new Map(
      foreign({
        features: { "observation.state": vector(2, ["shoulder_pan", "elbow"]), action: vector(1, ["shoulder_pan"]) },
        columns: [state, numbers("action", 1, 2, 3, 4)],
        info: { fps: 30, total_frames: 5 },
      }),
    );
    const tasks: ParquetColumn[] = [
      { name: "task_index", type: "int64", list: false, values: [0n, 1n] },
      { name: "__index_level_0__", type: "string", list: false, values: ["pick", "place"] },
    ];
    files.set(PATHS.tasks, writeParquet(tasks, [2]));
    const report = await importLerobot(twoJoints, folderOf(files), strict);
    expect(codes(report)).toEqual(["lerobot-tasks", "lerobot-incomplete", "import-rate"]);
  });

  it.each([
    ["lerobot-version", '{"codebase_version": "v2.1", "fps": 9, "features": {}}'],
    ["lerobot-version", '{"codebase_version": "v4.0", "fps": 9, "features": {}}'],
    ["lerobot-info", "{"],
    ["lerobot-info", "[]"],
    ["lerobot-info", '{"codebase_version": "v3.0", "fps": 0, "features": {}}'],
    ["lerobot-info", '{"codebase_version": "v3.0", "fps": 9, "features": {"action": {"dtype": "float32"}}}'],
    ["lerobot-info", '{"fps": 9, "features": {}}'],
  ])("%s: %s", async (code, text) => {
    expect(codes(await importLerobot(twoJoints, folderOf(new Map([[PATHS.info, text]])), strict))).toEqual([code]);
  });

  it("knows a data set by its meta/info.json", () => {
    expect([isLerobotFolder(["meta/info.json", "x"]), isLerobotFolder(["info.json"])]).toEqual([true, false]);
  });

  it("says which column is missing, and which compression it does not know", async () => {
    const files = new Map(
      foreign({
        features: { "observation.state": vector(2, null), action: vector(1, null) },
        columns: [state],
      }),
    );
    expect(codes(await importLerobot(twoJoints, folderOf(files), strict))).toEqual(["lerobot-column"]);
    // The codec of a column stands in the footer behind its path; 1 is Snappy, 6 Zstandard.
    const whole = lerobotFiles(arm, [countingEpisode(arm, 3)], TASK);
    const data = (whole.get(PATHS.data(0)) as Uint8Array).slice();
    const text = Array.from(data, (byte) => String.fromCharCode(byte)).join("");
    data[text.lastIndexOf("task_index") + "task_index".length + 1] = 12;
    const report = await importLerobot(arm, folderOf(new Map([...whole, [PATHS.data(0), data]])), strict);
    expect(codes(report)).toEqual(["parquet-compression"]);
  });
});

describe("damaged files", () => {
  const spec = wallFollower(2);
  const files = lerobotFiles(spec, [countingEpisode(spec, 40), countingEpisode(spec, 25, 3)], TASK);
  const damaged = (path: string, damage: (bytes: Uint8Array) => Uint8Array): SourceTree => {
    const content = files.get(path) as string | Uint8Array;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
    return new Map([...files, [path, damage(bytes)]]);
  };
  const paths = [PATHS.info, PATHS.tasks, PATHS.data(0)];

  it("are told by diagnostics wherever they are cut off", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (path, share) => {
        const cut = damaged(path, (bytes) => bytes.slice(0, Math.floor(share * (bytes.length - 1))));
        const { outcome } = await importLerobot(spec, folderOf(cut), strict);
        expect(outcome.ok).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it("are told by diagnostics, or harmless, whatever bytes are changed; never an exception", async () => {
    const change = fc.record({ at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), bits: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.array(change, { minLength: 1, maxLength: 3 }), async (path, changes) => {
        const flipped = damaged(path, (bytes) => {
          for (const { at, bits } of changes) {
            const position = Math.floor(at * bytes.length);
            bytes[position] = (bytes[position] as number) ^ bits;
          }
          return bytes;
        });
        const { counts } = await importLerobot(spec, folderOf(flipped), { skipBad: true });
        expect(counts.used).toBeLessThanOrEqual(65);
      }),
      { numRuns: 400 },
    );
  });
});
