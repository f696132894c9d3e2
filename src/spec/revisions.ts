// The history of a robot's schema: the text of robot.lock.json in, revisions out. It exists so that a board that was built from
// another robot.ts can be told which side is older, which a hash alone can't say.

import { actionWidth, observationWidth, schemaHash, type RobotSpec } from "../artifacts/robot-spec.ts";
import { errorDiagnostic, failure, success, type Outcome } from "../core/diagnostic.ts";
import type { Hash64 } from "../core/hash.ts";

export const REVISIONS_FILE = "robot.lock.json";

const FORMAT = 1;

export interface Revision {
  readonly hash: Hash64;
  /** For people who read the file: `24 channels, 4 labels, 9 Hz`. */
  readonly summary: string;
}

/** Revision 1 is the first entry; the last is the robot.ts of today. */
export interface RevisionHistory {
  readonly format: typeof FORMAT;
  readonly revisions: readonly Revision[];
}

/** What one side carries: its schema and the number that it had in the history of whoever built it. */
export interface SchemaVersion {
  readonly hash: Hash64;
  readonly revision: number;
}

/** @param text of robot.lock.json; undefined when there is none yet, which is an empty history. */
export function readRevisions(text: string | undefined): Outcome<RevisionHistory> {
  if (text === undefined) return success({ format: FORMAT, revisions: [] });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const reason = text.includes("<<<<<<<") ? "it holds an unresolved merge" : (cause as Error).message;
    return invalid(`is no JSON: ${reason}`);
  }
  if (typeof json !== "object" || json === null) return invalid("is no JSON object");
  const { format, revisions } = json as { readonly format?: unknown; readonly revisions?: unknown };
  if (format !== FORMAT) return invalid(`has format ${JSON.stringify(format)}, and this reflexarc reads ${FORMAT}`);
  if (!Array.isArray(revisions) || !revisions.every(isRevision)) return invalid("has a revision without hash and summary");
  return success({ format: FORMAT, revisions });
}

/** The text of robot.lock.json. */
export function printRevisions(history: RevisionHistory): string {
  return `${JSON.stringify(history, null, 2)}\n`;
}

/** Adds the spec as a revision of its own when it differs from the last one. */
export function recordRevision(
  history: RevisionHistory,
  spec: RobotSpec,
): { readonly history: RevisionHistory; readonly revision: number; readonly changed: boolean } {
  const hash = schemaHash(spec);
  const { revisions } = history;
  if (revisions.at(-1)?.hash === hash) return { history, revision: revisions.length, changed: false };
  const extended = [...revisions, { hash, summary: summarise(spec) }];
  return { history: { format: FORMAT, revisions: extended }, revision: extended.length, changed: true };
}

/** Why this side and the board do not understand each other and which is older, in a sentence; null when they do. */
export function compareRevision(history: RevisionHistory, ours: SchemaVersion, board: SchemaVersion): string | null {
  if (ours.hash === board.hash) return null;
  const known = history.revisions.findLastIndex((each) => each.hash === board.hash) + 1;
  const renew = "run `reflexarc build` and `reflexarc flash`";
  if (known > 0 && known < ours.revision) {
    return `the board is older: it was built from revision ${known} of robot.ts, and this is revision ${ours.revision}; ${renew}`;
  }
  if (known > 0 || board.revision > ours.revision) {
    const theirs = known > 0 ? known : board.revision;
    return `this project is older: the board was built from revision ${theirs} of robot.ts, and this is revision ${ours.revision}; get the newer robot.ts, or ${renew} to put this one on the board`;
  }
  const both =
    board.revision === ours.revision ? `both are revision ${ours.revision}` : `the board has a revision ${board.revision} unknown here`;
  return `the board and this project have diverged: ${both}, of different robot.ts files; ${renew} to put this one on the board`;
}

function summarise(spec: RobotSpec): string {
  const action = spec.action.kind === "discrete" ? count(spec.action.labels.length, "label") : count(actionWidth(spec), "action");
  return `${count(observationWidth(spec), "channel")}, ${action}, ${spec.rateHz} Hz`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function isRevision(value: unknown): value is Revision {
  if (typeof value !== "object" || value === null) return false;
  const { hash, summary } = value as { readonly hash?: unknown; readonly summary?: unknown };
  return typeof hash === "string" && /^[0-9a-f]{16}$/.test(hash) && typeof summary === "string";
}

function invalid(problem: string): Outcome<never> {
  const hint = `restore it from version control, or delete it: the numbering of schemas then begins again at 1`;
  return failure(errorDiagnostic("spec-revisions", `${REVISIONS_FILE} ${problem}`, hint, { file: REVISIONS_FILE }));
}
