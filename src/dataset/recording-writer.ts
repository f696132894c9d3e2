// In: ticks as they happen. Out: an MCAP file that is readable whatever moment its host is killed at: a chunk reaches the sink at
// least every second, and at least every 64 ticks.

import { McapWriter } from "@mcap/core";
import { assert, at } from "../core/assert.ts";
import { ACTORS, episodeLength, type Actor, type Episode } from "../artifacts/episode.ts";
import { actionWidth, observationWidth, schemaHash, type RobotSpec } from "../artifacts/robot-spec.ts";
import {
  MESSAGE_ENCODING,
  messageFormats,
  METADATA_NAME,
  SCHEMA_ENCODING,
  topicSchemas,
  TOPICS,
  type BoardGap,
  type BoardTick,
  type MessageFormats,
  type RecordingOrigin,
  type Topic,
} from "./recording-format.ts";

/** Where the bytes go: a file that is being appended to. */
export interface RecordingSink {
  /** @param bytes valid until the promise resolves; keep a copy, not the array. */
  write(bytes: Uint8Array): Promise<void>;
  /** Bytes written so far. */
  position(): bigint;
}

export interface Tick {
  /** Since the start of the recording. */
  readonly seconds: number;
  /** Flat vectors. */
  readonly observation: ArrayLike<number>;
  readonly action: ArrayLike<number>;
  /** What the expert did or would have done; null when nobody said. */
  readonly label: ArrayLike<number> | null;
  readonly actor: Actor;
  /** What a board reported of it, where one did. */
  readonly board?: BoardTick;
}

/** Ticks that a killed host may lose. */
export function unflushedTicks(spec: RobotSpec): number {
  return Math.max(1, Math.min(64, Math.floor(spec.rateHz)));
}

/** Bytes of an MCAP message record around its data: opcode, length, channel, sequence, two times. */
const MESSAGE_OVERHEAD = 31;

function actorMessage(actor: Actor): string {
  return `{"actor":"${actor}"}`;
}

/** Writes one session. Wait for each call before the next one. */
export class RecordingWriter {
  private readonly writer: McapWriter;
  private readonly formats: MessageFormats;
  private readonly spec: RobotSpec;
  private readonly channels = new Map<Topic, number>();
  private readonly encoder = new TextEncoder();
  private sequence = 0;
  private episodeCount = 0;
  /** Nanoseconds by which log time runs ahead of the ticks' own time, so that it never steps back between episodes. */
  private shift = 0n;
  private lastLogTime = -1n;
  private pendingEpisode: string | null = null;

  private constructor(writer: McapWriter, spec: RobotSpec, formats: MessageFormats) {
    this.writer = writer;
    this.spec = spec;
    this.formats = formats;
  }

  /** Starts a recording: header and metadata are written at once. */
  static async open(sink: RecordingSink, spec: RobotSpec, origin: RecordingOrigin): Promise<RecordingWriter> {
    const formats = messageFormats(spec);
    const smallestTick =
      3 * MESSAGE_OVERHEAD + actorMessage("expert").length + formats.observation.smallestMessage + formats.action.smallestMessage;
    const writer = new McapWriter({ writable: sink, chunkSize: unflushedTicks(spec) * smallestTick - 1 });
    await writer.start({ profile: "", library: `reflexarc ${origin.toolVersion}` });
    const metadata = {
      ...origin.notes,
      robot: spec.name,
      schemaHash: schemaHash(spec),
      schemaRevision: String(origin.schemaRevision),
      toolVersion: origin.toolVersion,
      seed: String(origin.seed),
      source: origin.source,
    };
    await writer.addMetadata({ name: METADATA_NAME, metadata: new Map(Object.entries(metadata)) });
    return new RecordingWriter(writer, spec, formats);
  }

  /** What follows is a stretch of its own. An episode without ticks leaves no trace. */
  startEpisode(name: string): void {
    this.pendingEpisode = name;
  }

  /** Writes one tick. The action comes last: with it the tick is complete. Time must not run back within an episode. */
  async tick({ seconds, observation, action, label, actor, board }: Tick): Promise<void> {
    assert(observation.length === observationWidth(this.spec), "the observation does not fit the spec");
    assert(action.length === actionWidth(this.spec), "the action does not fit the spec");
    assert(seconds >= 0 && Number.isFinite(seconds), `a tick at ${seconds} s`);
    const time = BigInt(Math.round(seconds * 1e9));
    if (this.pendingEpisode !== null || this.episodeCount === 0) {
      if (time + this.shift <= this.lastLogTime) this.shift = this.lastLogTime + BigInt(Math.round(1e9 / this.spec.rateHz)) - time;
      const name = this.pendingEpisode ?? "";
      this.pendingEpisode = null;
      await this.message(TOPICS.episode, time, JSON.stringify({ index: this.episodeCount++, name }));
    }
    assert(time + this.shift >= this.lastLogTime, "time runs back within an episode");
    this.lastLogTime = time + this.shift;
    if (board !== undefined) await this.message(TOPICS.tick, time, JSON.stringify(board));
    if (label !== null) await this.message(TOPICS.label, time, this.formats.action.print(label));
    await this.message(TOPICS.actor, time, actorMessage(actor));
    await this.message(TOPICS.observation, time, this.formats.observation.print(observation));
    await this.message(TOPICS.action, time, this.formats.action.print(action));
    this.sequence += 1;
  }

  /** Writes that ticks are lost, at the time of the last one that is not. */
  async gap(gap: BoardGap): Promise<void> {
    this.lastLogTime = this.lastLogTime < 0n ? 0n : this.lastLogTime;
    await this.message(TOPICS.gap, this.lastLogTime - this.shift, JSON.stringify(gap));
  }

  /** Writes a whole episode. A tick has a label where the first channel of it is a number. */
  async episode(episode: Episode): Promise<void> {
    const observed = observationWidth(this.spec);
    const acted = actionWidth(this.spec);
    this.startEpisode(episode.source);
    for (let index = 0; index < episodeLength(episode); index++) {
      const label = episode.labels.subarray(index * acted, (index + 1) * acted);
      await this.tick({
        seconds: at(episode.seconds, index),
        observation: episode.observations.subarray(index * observed, (index + 1) * observed),
        action: episode.actions.subarray(index * acted, (index + 1) * acted),
        label: Number.isNaN(label[0]) ? null : label,
        actor: at(ACTORS, at(episode.actors, index)),
      });
    }
  }

  /** Writes what is left and the index at the end. */
  async close(): Promise<void> {
    await this.writer.end();
  }

  /** The topic's channel, which is made when something is first said on it. */
  private async channelOf(topic: Topic): Promise<number> {
    const known = this.channels.get(topic);
    if (known !== undefined) return known;
    const described = topicSchemas(this.spec, this.formats).get(topic);
    assert(described !== undefined, `no schema for ${topic}`);
    const data = this.encoder.encode(JSON.stringify(described.schema));
    const schemaId = await this.writer.registerSchema({ name: described.title, encoding: SCHEMA_ENCODING, data });
    const channelId = await this.writer.registerChannel({ schemaId, topic, messageEncoding: MESSAGE_ENCODING, metadata: new Map() });
    this.channels.set(topic, channelId);
    return channelId;
  }

  /** Publish time is the tick's own; log time is the same, save where an episode's clock started again. */
  private async message(topic: Topic, time: bigint, text: string): Promise<void> {
    const channelId = await this.channelOf(topic);
    const data = this.encoder.encode(text);
    await this.writer.addMessage({ channelId, sequence: this.sequence, logTime: time + this.shift, publishTime: time, data });
  }
}

/** A recording that is kept in memory. */
export class MemorySink implements RecordingSink {
  private readonly pieces: Uint8Array[] = [];
  private length = 0;

  write(bytes: Uint8Array): Promise<void> {
    this.pieces.push(bytes.slice());
    this.length += bytes.length;
    return Promise.resolve();
  }

  position(): bigint {
    return BigInt(this.length);
  }

  /** Everything written so far. */
  bytes(): Uint8Array {
    const whole = new Uint8Array(this.length);
    let offset = 0;
    for (const piece of this.pieces) {
      whole.set(piece, offset);
      offset += piece.length;
    }
    return whole;
  }
}
