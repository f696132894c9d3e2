import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { valueOf } from "../../src/core/diagnostic.ts";
import { ACTORS, type Episode } from "../../src/artifacts/episode.ts";
import { NO_ACTION, type RobotSpec } from "../../src/artifacts/robot-spec.ts";
import { openDatasetFolder } from "../../src/cli/dataset-folder.ts";
import { lerobotFiles } from "../../src/dataset/lerobot/export-lerobot.ts";
import { importLerobot } from "../../src/dataset/lerobot/import-lerobot.ts";
import { arm, countingEpisode, numberField, wallFollower } from "../../src/dataset/testing.ts";
import { writeTree } from "../../src/host/files.ts";
import { peersAreMissing, runPeer } from "./peers.ts";

/** What lerobot_read.py prints, as far as it is looked at here. */
interface Contents {
  readonly unknown_info: readonly string[];
  readonly counts: readonly number[];
  readonly task: string;
  readonly task_index: number;
  readonly episodes: readonly Readonly<Record<string, unknown>>[];
  readonly types: Readonly<Record<string, string>>;
  readonly statistics: Readonly<Record<string, unknown>>;
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
}

async function inFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), "reflexarc-peers-"));
  try {
    return await use(path.join(folder, "set"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function readAsLerobotDoes(spec: RobotSpec, episodes: readonly Episode[], fileBytes?: number): Promise<Contents> {
  return inFolder(async (folder) => {
    await writeTree(folder, lerobotFiles(spec, episodes, { task: "follow the wall", ...(fileBytes === undefined ? {} : { fileBytes }) }));
    return JSON.parse(await runPeer("lerobot_read.py", folder)) as Contents;
  });
}

const wellFormed = {
  row_groups: 1,
  index: true,
  episode_index: true,
  frame_index: true,
  timestamp: true,
  done: true,
  tasks: ["follow the wall"],
};

describe.skipIf(peersAreMissing())("data sets that we write, read as LeRobot does:", () => {
  test("a discrete action, corrections, in two data files", async () => {
    const spec = wallFollower(3);
    const corrected = countingEpisode(spec, 4);
    corrected.actors.set([1, 2, 1, 0].map((actor) => actor));
    corrected.actions.set([1, 2, 3, NO_ACTION]);
    corrected.labels.set([NaN, 2, 0, NaN]);
    const contents = await readAsLerobotDoes(spec, [countingEpisode(spec, 30), corrected], 4000);
    expect(contents).toMatchObject({ unknown_info: [], counts: [2, 34, 1, 2, 34, 1], task: "follow the wall", task_index: 0 });
    expect(contents.episodes).toMatchObject([
      { ...wellFormed, length: 30, rows_alone: 30 },
      { ...wellFormed, length: 4, rows_alone: 4 },
    ]);
    expect(contents.types["observation.state"]).toMatch(/float32.*length=3/);
    expect(contents.types).toMatchObject({ action: "Value('float32')", timestamp: "Value('float32')", intervention: "Value('bool')" });
    expect(contents.rows["action"]?.slice(30)).toEqual([1, 2, 3, NO_ACTION]);
    expect(contents.rows["expert_action"]?.slice(30)).toEqual([null, 2, 0, null]);
    expect(contents.rows["intervention"]?.slice(29)).toEqual([false, false, true, false, false]);
    expect(contents.rows["actor"]?.slice(29)).toEqual([2, 1, 2, 1, 0]);
    expect(contents.rows["observation.state"]?.[2]).toEqual([2, 2, 2].map((tick) => Math.fround(tick / 1000)));
  });

  test("a continuous action, statistics as numpy counts them", async () => {
    const contents = await readAsLerobotDoes(arm, [countingEpisode(arm, 25), countingEpisode(arm, 12, 40)]);
    expect(contents.types["action"]).toMatch(/float32.*length=3/);
    expect(contents.statistics).toMatchObject({ mean: true, std: true, q90: true, count: [37], of_episodes: "list<element: double>" });
    expect(contents.statistics["keys"]).toEqual(["min", "max", "mean", "std", "count", "q01", "q10", "q50", "q90", "q99"]);
    expect(contents.statistics["features"]).toContain("action");
    expect(contents.rows["seconds"]?.[25]).toBe(40 / 50);
  });
});

describe.skipIf(peersAreMissing())("a data set that LeRobot's way of writing made", () => {
  const joint = (name: string): ReturnType<typeof numberField> => numberField([name, "pos"], null, -100, 100);
  const follower: RobotSpec = {
    ...arm,
    rateHz: 30,
    observation: [joint("gripper"), joint("shoulder_pan")],
    action: { kind: "continuous", fields: [joint("gripper"), joint("shoulder_pan")] },
  };

  test("is imported by name, with a word about its pictures and tasks", async () => {
    const { outcome, counts } = await inFolder(async (folder) => {
      await runPeer("lerobot_write.py", folder);
      return importLerobot(follower, await openDatasetFolder(folder), { skipBad: false });
    });
    const [first, second] = valueOf(outcome);
    expect(outcome.ok ? outcome.warnings.map(({ code }) => code) : []).toEqual(["lerobot-pictures", "lerobot-tasks"]);
    expect(counts).toMatchObject({ rows: 10, used: 10 });
    expect([...(first as Episode).observations.subarray(0, 6)]).toEqual([0, 0, 10, 1, 20, 2]);
    expect([...(second as Episode).actions]).toEqual([-3, 3, -3.5, 3.5, -4, 4, -4.5, 4.5]);
    expect(second?.labels).toEqual(second?.actions);
    expect([...(second as Episode).seconds]).toEqual([0, 1, 2, 3].map((tick) => Math.fround(tick / 30)));
    expect([...(second as Episode).actors]).toEqual(new Array(4).fill(ACTORS.indexOf("expert")));
  });
});
