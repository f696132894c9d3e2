// The first stage: robot.ts and the history of its schema in, the robot that all later stages work for out.

import { valueOf, type Diagnostic } from "../core/diagnostic.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { schemaHash } from "../artifacts/robot-spec.ts";
import { parseRobot } from "../spec/parse-robot.ts";
import { printRevisions, readRevisions, recordRevision, type RevisionHistory, type SchemaVersion } from "../spec/revisions.ts";

export interface Robot {
  readonly spec: RobotSpec;
  readonly history: RevisionHistory;
  readonly version: SchemaVersion;
}

/**
 * @param entry path of robot.ts, as messages should name it.
 * @param lockText of robot.lock.json; undefined when there is none yet.
 * @returns the robot, and the new text of robot.lock.json where its schema is new.
 * @throws DiagnosticError with every mistake found.
 */
export function openRobot(
  entry: string,
  readSource: (path: string) => string | undefined,
  lockText: string | undefined,
  warn: (warning: Diagnostic) => void,
): { robot: Robot; changedLock: string | null } {
  const spec = valueOf(parseRobot(entry, readSource), warn);
  const { history, revision, changed } = recordRevision(valueOf(readRevisions(lockText), warn), spec);
  return { robot: { spec, history, version: { hash: schemaHash(spec), revision } }, changedLock: changed ? printRevisions(history) : null };
}
