import { McapStreamReader } from "@mcap/core";
import { beforeEach, describe, expect, it } from "vitest";
import { actionWidth, DEFAULT_SAFETY, observationWidth, type RobotSpec } from "../artifacts/robot-spec.ts";
import { mlpPolicy } from "../artifacts/testing.ts";
import { episodeLength } from "../artifacts/episode.ts";
import { valueOf } from "../core/diagnostic.ts";
import { IoError } from "../core/io.ts";
import { readRecording, type Recording } from "../dataset/recording-reader.ts";
import { MemorySink, RecordingWriter } from "../dataset/recording-writer.ts";
import type { Message, TickRecord } from "../link/messages.generated.ts";
import { BoardSession } from "../link/session.ts";
import { HandTimer } from "../link/testing/hand-timer.ts";
import { HELLO, modeMessage, pulseBack, ScriptedBoard, tickRecord, ticks } from "../link/testing/scripted-board.ts";
import { actionToWire, observationToWire } from "../link/wire.ts";
import { BoardRecorder } from "./record-board.ts";

const number = { kind: "number", length: null, unit: "", neutral: null, slewPerSecond: null, mirror: null, description: "" } as const;
const range = { minimum: -1, maximum: 1 };

/** Its ticks have the sizes of HELLO. */
const spec: RobotSpec = {
  name: "test-robot",
  rateHz: 10,
  observation: [
    { ...number, path: ["distance"], range, clip: range },
    { kind: "choice", path: ["bumper"], labels: ["free", "pressed"], description: "" },
  ],
  action: { kind: "continuous", fields: [{ ...number, path: ["motor"], range, clip: range }] },
  policy: mlpPolicy([4]),
  safety: DEFAULT_SAFETY,
};

let timer: HandTimer;
let board: ScriptedBoard;
let sink: MemorySink;
let writer: RecordingWriter;
let recorder: BoardRecorder;
/** When the board booted, by the host's clock. */
let bootMs: number;

beforeEach(async () => {
  timer = new HandTimer();
  board = new ScriptedBoard();
  bootMs = 0;
  board.answer = (message: Message) => {
    if (message.kind === "hello-request") return [HELLO];
    return message.kind === "pulse" ? [pulseBack(message, { boardUs: (timer.now() - bootMs) * 1000, nextTick: 0 })] : [];
  };
  sink = new MemorySink();
  writer = await RecordingWriter.open(sink, spec, { toolVersion: "test", schemaRevision: 1, seed: 1, source: "a board" });
  recorder = new BoardRecorder(spec, () => Promise.resolve({ path: "a.mcap", writer, close: () => writer.close() }));
  recorder.follow(await BoardSession.connect(board, { timeoutMs: 1000, timer }));
  await timer.advance(100);
});

/** A tick in which the sensor read `tick` hundredths. */
function sensed(tick: number, change: Partial<TickRecord> = {}): TickRecord {
  return tickRecord(tick, {
    observation: observationToWire(spec, [tick / 100, 1]),
    action: actionToWire(spec, [tick / 200]),
    ...change,
  });
}

async function finished(): Promise<Recording> {
  await recorder.close();
  return valueOf(readRecording(spec, sink.bytes(), "a.mcap"));
}

/** The messages of a topic, as JSON. */
function messages(topic: string): readonly unknown[] {
  const reader = new McapStreamReader();
  reader.append(sink.bytes());
  const topics = new Map<number, string>();
  const found: unknown[] = [];
  for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
    if (record.type === "Channel") topics.set(record.id, record.topic);
    if (record.type === "Message" && topics.get(record.channelId) === topic) found.push(JSON.parse(new TextDecoder().decode(record.data)));
  }
  return found;
}

describe("a recording of a board", () => {
  it("holds each tick with all that the board reports of it", async () => {
    board.say(ticks(sensed(0), sensed(1, { mode: "shadow", actor: "neutral", faults: ["stale"], circumstances: ["inferred"] })));
    const { episodes } = await finished();
    expect(episodes.map(episodeLength)).toEqual([2]);
    expect(episodes[0]?.observations).toEqual(Float32Array.of(0, 1, 0.01, 1));
    expect(episodes[0]?.actions).toEqual(Float32Array.of(0, 0.005));
    expect(messages("/tick")[1]).toEqual({
      tick: 1,
      boardUs: 100_000,
      offsetUs: 0,
      mode: "shadow",
      faults: ["stale"],
      circumstances: ["inferred"],
      inferUs: 3,
      busyUs: 5,
      input: [1, -2],
      output: [9],
    });
    expect([observationWidth(spec), actionWidth(spec)]).toEqual([2, 1]);
  });

  it("has the expert's action as what is to be learnt, and nobody else's", async () => {
    board.say(ticks(sensed(0, { actor: "policy" }), sensed(1, { actor: "expert" }), sensed(2, { actor: "neutral" })));
    const [episode] = (await finished()).episodes;
    expect(episode?.labels).toEqual(Float32Array.of(NaN, 0.005, NaN));
    expect(episode?.actors).toEqual(Uint8Array.of(1, 2, 0));
  });

  it("counts time by the board's clock, also where that wraps", async () => {
    const times = [0xffff_ffff - 99_999, 0, 100_500];
    board.say(ticks(...times.map((timeUs, tick) => sensed(tick, { timeUs }))));
    const [episode] = (await finished()).episodes;
    expect([...(episode?.seconds ?? [])].map((seconds) => Math.round(seconds * 1e6))).toEqual([0, 100_000, 200_500]);
  });

  it("names the ticks that are lost; a few make a hole in an episode, more end it", async () => {
    board.say(ticks(sensed(0)));
    board.say(ticks(sensed(4)));
    board.say({ kind: "gone", tick: 1, count: 3 });
    board.say(ticks(sensed(9)));
    board.say({ kind: "gone", tick: 5, count: 4 });
    const { episodes } = await finished();
    expect(episodes.map(({ source, seconds }) => [source, ...seconds].join(" "))).toEqual([
      "a.mcap: from tick 0 0 0.4",
      "a.mcap: after 4 lost ticks, from tick 9 0.9",
    ]);
    expect(messages("/gap")).toEqual([
      { tick: 1, count: 3 },
      { tick: 5, count: 4 },
    ]);
    expect(recorder.gaps).toEqual(messages("/gap"));
  });

  it("goes on in the same file after a reset, in another episode that is later", async () => {
    board.say(ticks(sensed(0), sensed(1)));
    await timer.advance(5000);
    bootMs = timer.now();
    board.say(modeMessage("safe", "sensors", "boot"));
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    await timer.advance(200);
    board.say(ticks(sensed(0), sensed(1)));
    const { episodes } = await finished();
    expect(episodes.map(({ source }) => source)).toEqual(["a.mcap: from tick 0", "a.mcap: after a reset, from tick 0"]);
    expect([...(episodes[1]?.seconds ?? [])].map((seconds) => Number(seconds.toFixed(3)))).toEqual([5.1, 5.2]);
  });

  it("ends the session when the disk is full, with the robot stopped", async () => {
    sink.write = () => Promise.reject(new IoError("can't write", "free some space"));
    for (let tick = 0; tick < 20; tick++) board.say(ticks(sensed(tick)));
    await expect(recorder.close()).rejects.toThrow("can't write");
    expect(board.kinds("pulse")).toContain("stop");
    board.say(modeMessage("safe", "sensors", "stop"));
    await expect.poll(() => board.closed).toBe(true);
  });
});
