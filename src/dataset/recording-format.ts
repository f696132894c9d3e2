// What a recording looks like inside its MCAP file: topics, messages, metadata. Writer and reader share it.

import { ACTORS } from "../artifacts/episode.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { actionFields } from "./channels.ts";
import { MessageFormat } from "./messages.ts";

/** One channel each; a tick is one message on each of the first three, on /label where an expert said what is right, and on /tick
 * where a board reported it. Readers pass over topics that they don't know. */
export const TOPICS = {
  observation: "/observation",
  action: "/action",
  actor: "/actor",
  label: "/label",
  /** `{index, name}` at the start of each episode. */
  episode: "/episode",
  tick: "/tick",
  /** Ticks that a board had and nobody can read any more. */
  gap: "/gap",
} as const;
export type Topic = (typeof TOPICS)[keyof typeof TOPICS];

/** The message on /tick: what a board reports of a tick besides what it sensed and did. */
export interface BoardTick {
  /** Counted by the board since it booted. */
  readonly tick: number;
  /** The board's clock when the tick began, in microseconds modulo 2^32. */
  readonly boardUs: number;
  /** The board's clock less that of the recording, in microseconds, to be taken modulo 2^32; null where it was not known. */
  readonly offsetUs: number | null;
  readonly mode: string;
  readonly faults: readonly string[];
  readonly circumstances: readonly string[];
  readonly inferUs: number;
  readonly busyUs: number;
  /** The policy's exact input and raw output. */
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** The message on /gap: ticks `tick` .. `tick + count - 1`. */
export interface BoardGap {
  readonly tick: number;
  readonly count: number;
}

/** Name of the MCAP metadata record that says what made the recording. */
export const METADATA_NAME = "reflexarc";

export const SCHEMA_ENCODING = "jsonschema";
export const MESSAGE_ENCODING = "json";

/** Where a recording comes from. */
export interface RecordingOrigin {
  readonly toolVersion: string;
  /** Counts the changes of robot.ts that changed its schema hash. */
  readonly schemaRevision: number;
  readonly seed: number;
  /** What was recorded or imported: a port's URL, a file's name. */
  readonly source: string;
  /** Anything else worth keeping. */
  readonly notes?: Readonly<Record<string, string>>;
}

export interface MessageFormats {
  readonly observation: MessageFormat;
  readonly action: MessageFormat;
}

export function messageFormats(spec: RobotSpec): MessageFormats {
  return { observation: new MessageFormat(spec.observation), action: new MessageFormat(actionFields(spec)) };
}

/** JSON Schemas by topic. Their titles carry the robot's name, so that recordings of two robots can be open side by side. */
export function topicSchemas(
  spec: RobotSpec,
  formats: MessageFormats,
): ReadonlyMap<Topic, { title: string; schema: Record<string, unknown> }> {
  const titled = (title: string, make: (title: string) => Record<string, unknown>): { title: string; schema: Record<string, unknown> } => ({
    title: `${spec.name}.${title}`,
    schema: make(`${spec.name}.${title}`),
  });
  const object =
    (properties: Record<string, unknown>) =>
    (title: string): Record<string, unknown> => ({ title, type: "object", properties });
  const number = (description: string): Record<string, unknown> => ({ type: "integer", description });
  const list = (type: string, description: string): Record<string, unknown> => ({ type: "array", items: { type }, description });
  return new Map([
    [TOPICS.observation, titled("Observation", (title) => formats.observation.schema(title, "What the robot sensed."))],
    [TOPICS.action, titled("Action", (title) => formats.action.schema(title, "What was carried out."))],
    [TOPICS.label, titled("Label", (title) => formats.action.schema(title, "What the expert did or would have done."))],
    [TOPICS.actor, titled("Actor", object({ actor: { type: "string", enum: [...ACTORS], description: "Who chose the action." } }))],
    [
      TOPICS.episode,
      titled("Episode", object({ index: { type: "integer" }, name: { type: "string", description: "An episode starts." } })),
    ],
    [
      TOPICS.tick,
      titled(
        "Tick",
        object({
          tick: number("Counted by the board since it booted."),
          boardUs: number("The board's clock when the tick began, in microseconds modulo 2^32."),
          offsetUs: { type: ["integer", "null"], description: "The board's clock less the recording's, in microseconds modulo 2^32." },
          mode: { type: "string", description: "Who was to act." },
          faults: list("string", "What was wrong."),
          circumstances: list("string", "What else is to be known."),
          inferUs: number("What the policy took."),
          busyUs: number("What the whole tick took."),
          input: list("integer", "The policy's exact input."),
          output: list("integer", "The policy's raw output."),
        }),
      ),
    ],
    [TOPICS.gap, titled("Gap", object({ tick: number("The first tick that is lost."), count: number("How many from there on.") }))],
  ]);
}
