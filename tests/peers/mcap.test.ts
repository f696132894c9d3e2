import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { schemaHash } from "../../src/artifacts/robot-spec.ts";
import { MemorySink, RecordingWriter } from "../../src/dataset/recording-writer.ts";
import { arm, countingEpisode, origin } from "../../src/dataset/testing.ts";
import { peersAreMissing, runPeer } from "./peers.ts";

/** What mcap_read.py prints, as far as it is looked at here. */
interface Contents {
  readonly topics: Readonly<Record<string, Topic>>;
  readonly metadata: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly statistics: { readonly message_count: number } | null;
  readonly cut_short: boolean;
}

interface Topic {
  readonly count: number;
  readonly encoding: string;
  readonly schema: { readonly name: string; readonly encoding: string; readonly data: { readonly type: string } };
  readonly first: { readonly log_time: number; readonly data: unknown };
  readonly last: { readonly log_time: number; readonly data: unknown };
}

async function readByMcapLibrary(bytes: Uint8Array): Promise<Contents> {
  const folder = await mkdtemp(path.join(tmpdir(), "reflexarc-peers-"));
  try {
    const file = path.join(folder, "recording.mcap");
    await writeFile(file, bytes);
    return JSON.parse(await runPeer("mcap_read.py", file)) as Contents;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function recording(ticks: number): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = await RecordingWriter.open(sink, arm, origin);
  await writer.episode(countingEpisode(arm, ticks));
  await writer.close();
  return sink.bytes();
}

describe.skipIf(peersAreMissing())("recordings, read by the mcap library:", () => {
  test("all that was written, with schemas and metadata", async () => {
    const contents = await readByMcapLibrary(await recording(200));
    expect(contents.cut_short).toBe(false);
    const { "/observation": observation, "/action": action, "/actor": actor } = contents.topics;
    for (const topic of [observation, action, actor]) {
      expect(topic).toMatchObject({ count: 200, encoding: "json", schema: { encoding: "jsonschema", data: { type: "object" } } });
    }
    expect(observation?.schema.name).toBe("arm.Observation");
    expect(observation?.first.data).toHaveProperty("imu.pitch");
    expect(observation?.last.data).not.toEqual(observation?.first.data);
    expect(Number(observation?.last.log_time)).toBeGreaterThan(Number(observation?.first.log_time));
    expect(contents.metadata["reflexarc"]).toMatchObject({ robot: "arm", schemaHash: schemaHash(arm) });
    const messages = Object.values(contents.topics).reduce((sum, { count }) => sum + count, 0);
    expect(contents.statistics?.message_count).toBe(messages);
  });

  test("what a host wrote before it was killed", async () => {
    const whole = await recording(500);
    const contents = await readByMcapLibrary(whole.subarray(0, Math.floor(whole.length / 2)));
    expect(contents).toMatchObject({ cut_short: true, statistics: null });
    expect(contents.topics["/observation"]?.count).toBeGreaterThan(100);
    expect(contents.topics["/observation"]?.count).toBeLessThan(400);
  });
});
