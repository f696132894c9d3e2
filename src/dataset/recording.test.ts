import { McapIndexedReader, McapWriter, TempBuffer } from "@mcap/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { valueOf, type Outcome } from "../core/diagnostic.ts";
import { episodeLength, sliceEpisode, type Episode } from "../artifacts/episode.ts";
import { NO_ACTION, schemaHash, type RobotSpec } from "../artifacts/robot-spec.ts";
import { importRecording } from "./import-recording.ts";
import { readRecording } from "./recording-reader.ts";
import { MemorySink, RecordingWriter, unflushedTicks } from "./recording-writer.ts";
import { arm, countingEpisode, numberField, origin, recordedEpisode, wallFollower } from "./testing.ts";

async function written(spec: RobotSpec, episodes: readonly Episode[]): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = await RecordingWriter.open(sink, spec, origin);
  for (const episode of episodes) await writer.episode(episode);
  await writer.close();
  return sink.bytes();
}

function codes(outcome: Outcome<unknown>): string[] {
  return (outcome.ok ? outcome.warnings : outcome.diagnostics).map(({ code }) => code);
}

describe("what is written is read again", () => {
  it.each([wallFollower(3), arm])("random episodes: $name", async (spec) => {
    await fc.assert(
      fc.asyncProperty(fc.array(recordedEpisode(spec), { maxLength: 4 }), async (episodes) => {
        const recording = valueOf(readRecording(spec, await written(spec, episodes), "a.mcap"));
        const seconds = (episode: Episode): number[] => [...episode.seconds].map((each) => Math.round(each * 1e9));
        expect(recording.truncated).toBe(false);
        expect(recording.episodes.map(seconds)).toEqual(episodes.map(seconds));
        const rest = (episode: Episode): unknown => ({ ...episode, seconds: null, source: null });
        expect(recording.episodes.map(rest)).toEqual(episodes.map(rest));
      }),
      { numRuns: 40 },
    );
  });

  it("names episodes by file and name, and keeps the metadata", async () => {
    const spec = wallFollower(1);
    const { episodes, metadata } = valueOf(readRecording(spec, await written(spec, [countingEpisode(spec, 3, 0, "lap 1")]), "a.mcap"));
    expect(episodes.map(({ source }) => source)).toEqual(["a.mcap: lap 1"]);
    expect(metadata).toEqual({
      robot: "wall-follower",
      schemaHash: schemaHash(spec),
      schemaRevision: "4",
      toolVersion: "1.2.3",
      seed: "5",
      source: "a test",
      operator: "somebody",
    });
  });

  it("keeps readings that were no numbers as NaN", async () => {
    const spec = wallFollower(2);
    const sink = new MemorySink();
    const writer = await RecordingWriter.open(sink, spec, origin);
    await writer.tick({ seconds: 0, observation: [NaN, 1], action: [NO_ACTION], label: null, actor: "neutral" });
    await writer.close();
    const [episode] = valueOf(readRecording(spec, sink.bytes(), "a.mcap")).episodes;
    expect(episode?.observations).toEqual(Float32Array.of(NaN, 1));
    expect(episode?.actions).toEqual(Float32Array.of(NO_ACTION));
  });
});

describe("other tools", () => {
  it("find an index, log times in order, JSON Schemas and plain JSON", async () => {
    const episodes = [countingEpisode(arm, 5), countingEpisode(arm, 4)];
    const reader = await McapIndexedReader.Initialize({ readable: new TempBuffer(await written(arm, episodes)) });
    expect([...reader.channelsById.values()].map(({ topic, messageEncoding }) => [topic, messageEncoding]).sort()).toEqual(
      ["/action", "/actor", "/episode", "/label", "/observation"].map((topic) => [topic, "json"]),
    );
    expect(reader.chunkIndexes.length).toBeGreaterThan(0);
    const observation = [...reader.schemasById.values()].find(({ name }) => name === "arm.Observation");
    const schema: unknown = JSON.parse(new TextDecoder().decode(observation?.data));
    expect(schema).toMatchObject({
      type: "object",
      properties: {
        imu: {
          type: "object",
          properties: { pitch: { type: "number", description: "The imu pitch. [m]" }, gyro: { type: "array", minItems: 2 } },
        },
        grip: { enum: ["open", "closed-firmly", "(none)"] },
      },
    });
    const messages: { topic: string; sequence: number; time: bigint; text: string }[] = [];
    for await (const { channelId, sequence, logTime, data } of reader.readMessages()) {
      messages.push({
        topic: reader.channelsById.get(channelId)?.topic ?? "",
        sequence,
        time: logTime,
        text: new TextDecoder().decode(data),
      });
    }
    const observed = messages.filter(({ topic }) => topic === "/observation");
    expect(observed.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(JSON.parse(observed[1]?.text ?? "")).toEqual({
      imu: { pitch: 0.001, gyro: [0.001, 0.001] },
      joints: [0.001, 0.001, 0.001],
      grip: "(none)",
    });
    // The second episode's clock starts again; its messages come after the first one's all the same.
    expect(messages.filter(({ topic }) => topic === "/episode").map(({ sequence, time }) => [sequence, time])).toEqual([
      [0, 0n],
      [5, 100_000_000n],
    ]);
  });

  it("write recordings that can be read: without actors and sequence numbers, action before observation", async () => {
    const spec = wallFollower(2);
    const bytes = await foreign("json", [
      ["/action", 1000n, '{"label": "sharp-right-turn"}'],
      ["/observation", 1000n, '{"range": [1, 2]}'],
      ["/observation", 1500n, '{"range": [3, 4]}'],
      ["/action", 1500n, '{"label": "move-forward"}'],
    ]);
    const report = importRecording(spec, { name: "b.mcap", bytes }, { skipBad: false });
    const [episode] = valueOf(report.outcome);
    expect(report.counts.used).toBe(2);
    expect(episode?.observations).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(episode?.labels).toEqual(Float32Array.of(2, 0));
    expect([...(episode?.seconds ?? [])]).toEqual([0, 5e-7]);
  });

  it("write several ticks at one time", async () => {
    const observation = ["/observation", 5n, '{"range": [1, 2]}'] as const;
    const action = ["/action", 5n, '{"label": "move-forward"}'] as const;
    const bytes = await foreign("json", [observation, action, observation, action]);
    expect(valueOf(readRecording(wallFollower(2), bytes, "b.mcap")).episodes.map(episodeLength)).toEqual([2]);
  });

  it("write times that run back: another episode, whose clock starts again", async () => {
    const spec = wallFollower(2);
    const tick = (time: bigint): [string, bigint, string][] => [
      ["/observation", time, '{"range": [1, 2]}'],
      ["/action", time, '{"label": "move-forward"}'],
    ];
    const bytes = await foreign("json", [...tick(7000n), ...tick(8000n), ...tick(50n), ...tick(1050n)]);
    const { episodes } = valueOf(readRecording(spec, bytes, "b.mcap"));
    expect(episodes.map(({ seconds }) => [...seconds])).toEqual([
      [0, 1e-6],
      [0, 1e-6],
    ]);
    expect(valueOf(readRecording(spec, await written(spec, episodes), "c.mcap")).episodes).toHaveLength(2);
  });

  it("write ticks that cannot be used: each is judged", async () => {
    const spec = wallFollower(2);
    const bytes = await foreign("json", [
      ["/observation", 1n, '{"range": [1, 2]}'],
      ["/action", 1n, '{"label": "move-forward"}'],
      ["/observation", 2n, '{"range": [1, 9]}'],
      ["/action", 2n, '{"label": "move-forward"}'],
      ["/observation", 3n, '{"range": [1]}'],
      ["/action", 3n, '{"label": "move-forward"}'],
      ["/observation", 4n, '{"range": [1, 2]}'],
      ["/action", 4n, '{"label": "fly"}'],
      ["/observation", 5n, "not json"],
      ["/observation", 6n, '{"range": [1, 2]}'],
      ["/action", 6n, '{"label": "move-forward"}'],
    ]);
    expect(importRecording(spec, { name: "b.mcap", bytes }, { skipBad: false }).outcome.ok).toBe(false);
    const report = importRecording(spec, { name: "b.mcap", bytes }, { skipBad: true });
    expect(report.counts).toEqual({
      rows: 6,
      used: 2,
      bad: { unreadable: 0, ragged: 0, "not-a-number": 2, "unknown-label": 1, "out-of-range": 1 },
    });
    expect(valueOf(report.outcome).map(episodeLength)).toEqual([1, 1]);
  });

  it("write what is of no use, which is said", async () => {
    const spec = wallFollower(2);
    expect(codes(readRecording(spec, await foreign("json", [["/scan", 1n, "{}"]]), "b.mcap"))).toEqual(["recording-topics"]);
    expect(codes(readRecording(spec, await foreign("cdr", [["/observation", 1n, "{}"]]), "b.mcap"))).toEqual(["recording-encoding"]);
    expect(codes(readRecording(spec, new TextEncoder().encode("range,action\n1,2\n"), "b.csv"))).toEqual(["recording-not-mcap"]);
  });
});

async function foreign(messageEncoding: string, messages: readonly (readonly [string, bigint, string])[]): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = new McapWriter({ writable: sink });
  await writer.start({ profile: "", library: "" });
  const channels = new Map<string, number>();
  for (const [topic, logTime, text] of messages) {
    const channelId = channels.get(topic) ?? (await writer.registerChannel({ schemaId: 0, topic, messageEncoding, metadata: new Map() }));
    channels.set(topic, channelId);
    await writer.addMessage({ channelId, sequence: 0, logTime, publishTime: 0n, data: new TextEncoder().encode(text) });
  }
  await writer.end();
  return sink.bytes();
}

describe("a recording cut off anywhere", () => {
  const spec: RobotSpec = { ...wallFollower(2), rateHz: 3 };
  const whole = countingEpisode(spec, 11);

  it("loses the last second at most, and is never more than an outcome", async () => {
    const sink = new MemorySink();
    const writer = await RecordingWriter.open(sink, spec, origin);
    const positions: number[] = [];
    for (let tick = 0; tick < episodeLength(whole); tick++) {
      const one = sliceEpisode(spec, whole, tick, tick + 1);
      const label = tick % 3 === 0 ? null : one.labels;
      await writer.tick({ seconds: tick / 3, observation: one.observations, action: one.actions, label, actor: "expert" });
      positions.push(Number(sink.position()));
    }
    await writer.close();
    const bytes = sink.bytes();
    const problems: string[] = [];
    for (let length = 0; length < bytes.length; length++) {
      const outcome = readRecording(spec, bytes.subarray(0, length), "cut.mcap");
      const [episode] = outcome.ok ? outcome.value.episodes : [];
      const read = episode === undefined ? 0 : episodeLength(episode);
      const given = positions.filter((position) => position <= length).length;
      if (!outcome.ok || !outcome.value.truncated) problems.push(`cut at ${length}: not seen as truncated`);
      if (read < given - unflushedTicks(spec)) problems.push(`cut at ${length}: ${read} of ${given} ticks`);
      const same =
        episode?.observations.every((value, index) => value === whole.observations[index]) !== false &&
        episode?.actions.every((value, tick) => value === whole.actions[tick]) !== false &&
        episode?.labels.every((value, tick) => (tick % 3 === 0 ? Number.isNaN(value) : value === whole.labels[tick])) !== false;
      if (!same) problems.push(`cut at ${length}: other values`);
    }
    expect(problems).toEqual([]);
    expect(unflushedTicks(spec)).toBe(3);
    expect(valueOf(readRecording(spec, bytes, "whole.mcap")).truncated).toBe(false);
  });

  it("reaches the sink every second, however short its messages are", async () => {
    const sink = new MemorySink();
    const robot: RobotSpec = { ...arm, rateHz: 7, observation: [numberField(["x"], null, 0, 1)] };
    const writer = await RecordingWriter.open(sink, robot, origin);
    const waits: number[] = [0];
    for (let tick = 0; tick < 100; tick++) {
      const before = sink.position();
      await writer.tick({ seconds: tick / 7, observation: [0], action: [0, 0, 0], label: null, actor: "policy" });
      if (sink.position() > before) waits.push(0);
      else waits.push((waits.pop() ?? 0) + 1);
    }
    expect(Math.max(...waits)).toBe(unflushedTicks(robot) - 1);
  });

  it("says so, and damage too", async () => {
    const bytes = await written(spec, [countingEpisode(spec, 40)]);
    expect(codes(readRecording(spec, bytes.subarray(0, bytes.length - 9), "cut.mcap"))).toEqual(["recording-truncated"]);
    const damaged = bytes.slice();
    damaged.fill(0, Math.floor(bytes.length / 2));
    const outcome = readRecording(spec, damaged, "damaged.mcap");
    expect(codes(outcome)).toEqual(["recording-damaged"]);
    expect(outcome.ok && outcome.value.truncated && outcome.value.episodes.length).toBe(1);
  });

  it("or with any byte changed is never a throw", async () => {
    const bytes = await written(spec, [whole]);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = bytes.slice();
        changed[index] = (changed[index] ?? 0) ^ change;
        readRecording(spec, changed, "changed.mcap");
      }),
      { numRuns: 500 },
    );
  });
});

describe("a recording of another schema", () => {
  it("is refused with both hashes", async () => {
    const [recorded, current] = [wallFollower(2), wallFollower(3)];
    const outcome = readRecording(current, await written(recorded, [countingEpisode(recorded, 3)]), "old.mcap");
    expect(codes(outcome)).toEqual(["recording-schema"]);
    const message = outcome.ok ? "" : outcome.diagnostics[0]?.message;
    expect(message).toContain(schemaHash(recorded));
    expect(message).toContain(schemaHash(current));
  });
});

describe("the writer's caller", () => {
  it("is told of a bug: a vector of the wrong width, time that runs back", async () => {
    const writer = await RecordingWriter.open(new MemorySink(), wallFollower(2), origin);
    const tick = { seconds: 1, observation: [1, 2], action: [0], label: null, actor: "policy" } as const;
    await writer.tick(tick);
    await expect(writer.tick({ ...tick, observation: [1] })).rejects.toThrow("does not fit the spec");
    await expect(writer.tick({ ...tick, seconds: 0.5 })).rejects.toThrow("time runs back");
  });
});
