// In: the bytes of an MCAP recording, whole or cut off anywhere. Out: its episodes, or the reason why they are of no use to this
// robot. What stands before the cut is read.

import { McapStreamReader, type McapTypes } from "@mcap/core";
import { errorDiagnostic, failure, success, warningDiagnostic, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import { ACTORS, EpisodeBuilder, type Actor, type Episode } from "../artifacts/episode.ts";
import { actionWidth, observationWidth, schemaHash, type RobotSpec } from "../artifacts/robot-spec.ts";
import { MESSAGE_ENCODING, messageFormats, METADATA_NAME, TOPICS, type MessageFormats } from "./recording-format.ts";

export interface Recording {
  readonly episodes: readonly Episode[];
  /** Of the record `reflexarc`: robot, schemaHash, schemaRevision, toolVersion, seed, source, and notes; empty in others' files. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The file ends early: its host was killed, or it was damaged. */
  readonly truncated: boolean;
}

/** Reads our recordings, and others with the same topics. What is no possible value is kept as NaN or -1 for the caller to judge.
 * Ticks of others, who write no /actor, count as an expert's demonstration.
 * @param name the file's, for messages and as the episodes' source. */
export function readRecording(spec: RobotSpec, bytes: Uint8Array, name: string): Outcome<Recording> {
  const reader = new McapStreamReader();
  const assembler = new TickAssembler(spec, name);
  reader.append(bytes);
  let damage: string | null = null;
  let records = 0;
  for (;;) {
    let record: McapTypes.TypedMcapRecord | undefined;
    try {
      record = reader.nextRecord();
    } catch (error) {
      damage = error instanceof Error ? error.message : String(error);
    }
    if (record === undefined) break;
    records += 1;
    const refusal = assembler.accept(record);
    if (refusal !== null) return failure(refusal);
  }
  const refusal = damage === null ? null : unreadable(name, damage, records);
  if (refusal !== null) return failure(refusal);
  const truncated = !reader.done();
  const episodes = assembler.finish(truncated);
  if (episodes.length === 0 && !truncated && assembler.metadata === null) return failure(assembler.nothingFound());
  const ticks = episodes.reduce((sum, episode) => sum + episode.seconds.length, 0);
  const warnings = truncated ? [endsEarly(name, ticks, damage)] : [];
  return success({ episodes, metadata: assembler.metadata ?? {}, truncated }, warnings);
}

function unreadable(name: string, damage: string, records: number): Diagnostic | null {
  const compression = /Unsupported compression (\S+)/.exec(damage)?.[1];
  if (compression !== undefined) {
    const hint = "rewrite it without compression: `mcap decompress IN.mcap -o OUT.mcap`";
    return errorDiagnostic("recording-compressed", `the recording is compressed with ${compression}`, hint, { file: name });
  }
  if (records > 0) return null;
  return errorDiagnostic("recording-not-mcap", "the file is not an MCAP recording", "give a .mcap file; tables are .csv or .jsonl", {
    file: name,
  });
}

function endsEarly(name: string, ticks: number, damage: string | null): Diagnostic {
  const message = `the recording ${damage === null ? "ends early" : `is damaged (${damage})`}; the ${ticks} ticks before that are read`;
  const hint = "nothing to do if the host was stopped while it recorded; otherwise copy the file again";
  return warningDiagnostic(damage === null ? "recording-truncated" : "recording-damaged", message, hint, { file: name });
}

/** Messages of one tick, gathered until the next one begins. */
interface PendingTick {
  readonly key: string;
  readonly nanoseconds: bigint;
  observation: Float32Array | null;
  action: Float32Array | null;
  label: Float32Array | null;
  actor: Actor | null;
}

/** Puts ticks and episodes together from MCAP records in file order. */
class TickAssembler {
  metadata: Readonly<Record<string, string>> | null = null;
  private readonly spec: RobotSpec;
  private readonly name: string;
  private readonly formats: MessageFormats;
  private readonly topics = new Map<number, McapTypes.Channel>();
  private readonly decoder = new TextDecoder();
  private readonly episodes: Episode[] = [];
  private episodeNames = 0;
  private builder: EpisodeBuilder;
  private pending: PendingTick | null = null;
  private lastLogTime = 0n;
  /** Where others' clocks start; anew where they run back, which also ends the episode. */
  private origin: bigint | null = null;

  constructor(spec: RobotSpec, name: string) {
    this.spec = spec;
    this.name = name;
    this.formats = messageFormats(spec);
    this.builder = new EpisodeBuilder(name);
  }

  /** Takes the next record; a diagnostic when the file is not for this robot. */
  accept(record: McapTypes.TypedMcapRecord): Diagnostic | null {
    if (record.type === "Metadata" && record.name === METADATA_NAME) {
      this.metadata = Object.fromEntries(record.metadata);
      return this.otherSchema(record.metadata.get("schemaHash") ?? "(none)");
    }
    if (record.type === "Channel") {
      this.topics.set(record.id, record);
      return this.otherEncoding(record);
    }
    if (record.type === "Message") this.message(record, this.topics.get(record.channelId)?.topic ?? "");
    return null;
  }

  /** @param truncated a tick that is not complete at the end was cut off. */
  finish(truncated: boolean): readonly Episode[] {
    if (!truncated || (this.pending?.observation && this.pending.action)) this.endTick();
    this.endEpisode();
    return this.episodes;
  }

  nothingFound(): Diagnostic {
    const found = [...this.topics.values()].map(({ topic }) => topic).join(", ");
    const message = `the recording has no ${TOPICS.observation} and ${TOPICS.action}; its topics: ${found === "" ? "none" : found}`;
    const hint = "name the topics so, with JSON messages that have the fields of robot.ts";
    return errorDiagnostic("recording-topics", message, hint, { file: this.name });
  }

  private message(message: McapTypes.Message, topic: string): void {
    if (topic === TOPICS.episode) {
      this.endTick();
      this.endEpisode();
      this.episodeNames += 1;
      const { name } = this.parse(message.data) as { name?: unknown };
      const title = typeof name === "string" && name !== "" ? name : `episode ${this.episodeNames}`;
      this.builder = new EpisodeBuilder(`${this.name}: ${title}`);
      return;
    }
    switch (topic) {
      case TOPICS.observation:
        this.tickOf(message, "observation").observation = this.observation(message.data);
        return;
      case TOPICS.action:
      case TOPICS.label: {
        const part = topic === TOPICS.action ? "action" : "label";
        const values = new Float32Array(actionWidth(this.spec));
        this.formats.action.read(this.parse(message.data), values, 0);
        this.tickOf(message, part)[part] = values;
        return;
      }
      case TOPICS.actor: {
        const { actor } = this.parse(message.data) as { actor?: unknown };
        this.tickOf(message, "actor").actor = ACTORS.find((each) => each === actor) ?? "neutral";
      }
    }
  }

  private observation(data: Uint8Array): Float32Array {
    const values = new Float32Array(observationWidth(this.spec));
    this.formats.observation.read(this.parse(data), values, 0);
    return values;
  }

  /** The tick that a message belongs to. Ours share a sequence number and a time, others' at least the time. */
  private tickOf(message: McapTypes.Message, part: "observation" | "action" | "label" | "actor"): PendingTick {
    const own = this.metadata !== null;
    const key = own ? `${message.sequence} ${message.logTime}` : String(message.logTime);
    if (this.pending !== null && this.pending.key === key && this.pending[part] === null) return this.pending;
    this.endTick();
    if (message.logTime < this.lastLogTime) {
      this.endEpisode();
      this.origin = null;
    }
    this.lastLogTime = message.logTime;
    this.origin ??= message.logTime;
    const nanoseconds = own ? message.publishTime : message.logTime - this.origin;
    this.pending = { key, nanoseconds, observation: null, action: null, label: null, actor: null };
    return this.pending;
  }

  private endTick(): void {
    const tick = this.pending;
    this.pending = null;
    if (tick === null) return;
    const observation = tick.observation ?? new Float32Array(observationWidth(this.spec)).fill(NaN);
    const action = tick.action ?? new Float32Array(actionWidth(this.spec)).fill(NaN);
    const label = tick.label ?? (tick.actor === null ? action : null);
    this.builder.add(Number(tick.nanoseconds) / 1e9, observation, action, label, tick.actor ?? "expert");
  }

  private endEpisode(): void {
    if (this.builder.length > 0) this.episodes.push(this.builder.build());
    this.builder = new EpisodeBuilder(this.name);
  }

  /** The message as JSON; an empty object when it is none. */
  private parse(data: Uint8Array): object {
    try {
      const value: unknown = JSON.parse(this.decoder.decode(data));
      return typeof value === "object" && value !== null ? value : {};
    } catch {
      return {};
    }
  }

  private otherSchema(recorded: string): Diagnostic | null {
    const current = schemaHash(this.spec);
    if (recorded === current) return null;
    return errorDiagnostic(
      "recording-schema",
      `recorded under schema ${recorded}, but robot.ts now has schema ${current}: fields, ranges, labels or rate have changed since`,
      "go back to the robot.ts it was recorded with, or leave this recording out and record again",
      { file: this.name },
    );
  }

  private otherEncoding({ topic, messageEncoding }: McapTypes.Channel): Diagnostic | null {
    const ours: readonly string[] = Object.values(TOPICS);
    if (messageEncoding === MESSAGE_ENCODING || !ours.includes(topic)) return null;
    const message = `${topic} holds ${messageEncoding === "" ? "unnamed" : messageEncoding} messages, not ${MESSAGE_ENCODING}`;
    return errorDiagnostic("recording-encoding", message, "convert them to JSON, or export the data as a table", { file: this.name });
  }
}
