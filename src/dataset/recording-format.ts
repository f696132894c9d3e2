// What a recording looks like inside its MCAP file: topics, messages, metadata. Writer and reader share it.

import { ACTORS } from "../artifacts/episode.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { actionFields } from "./channels.ts";
import { MessageFormat } from "./messages.ts";

/** One channel each; a tick is one message on each of the first three, and on /label where an expert said what is right. */
export const TOPICS = {
  observation: "/observation",
  action: "/action",
  actor: "/actor",
  label: "/label",
  /** `{index, name}` at the start of each episode. */
  episode: "/episode",
} as const;

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
): ReadonlyMap<string, { title: string; schema: Record<string, unknown> }> {
  const titled = (title: string, make: (title: string) => Record<string, unknown>): { title: string; schema: Record<string, unknown> } => ({
    title: `${spec.name}.${title}`,
    schema: make(`${spec.name}.${title}`),
  });
  const object =
    (properties: Record<string, unknown>) =>
    (title: string): Record<string, unknown> => ({ title, type: "object", properties });
  return new Map([
    [TOPICS.observation, titled("Observation", (title) => formats.observation.schema(title, "What the robot sensed."))],
    [TOPICS.action, titled("Action", (title) => formats.action.schema(title, "What was carried out."))],
    [TOPICS.label, titled("Label", (title) => formats.action.schema(title, "What the expert did or would have done."))],
    [TOPICS.actor, titled("Actor", object({ actor: { type: "string", enum: [...ACTORS], description: "Who chose the action." } }))],
    [
      TOPICS.episode,
      titled("Episode", object({ index: { type: "integer" }, name: { type: "string", description: "An episode starts." } })),
    ],
  ]);
}
