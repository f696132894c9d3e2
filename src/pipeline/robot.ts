// The first stage: what robot.ts says (spec/parse-robot.ts reads it) and the history of its schema in, the robot that all later
// stages work for out.

import { runError, valueOf, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { schemaHash, type RobotSpec } from "../artifacts/robot-spec.ts";
import { printRevisions, readRevisions, recordRevision, type RevisionHistory, type SchemaVersion } from "../spec/revisions.ts";

export interface Robot {
  readonly spec: RobotSpec;
  readonly history: RevisionHistory;
  readonly version: SchemaVersion;
}

/**
 * @param parsed robot.ts.
 * @param lockText of robot.lock.json; undefined when there is none yet.
 * @returns the robot, and the new text of robot.lock.json where its schema is new.
 * @throws DiagnosticError with every mistake found.
 */
export function openRobot(
  parsed: Outcome<RobotSpec>,
  lockText: string | undefined,
  warn: (warning: Diagnostic) => void,
): { robot: Robot; changedLock: string | null } {
  const spec = valueOf(parsed, warn);
  const { history, revision, changed } = recordRevision(valueOf(readRevisions(lockText), warn), spec);
  return { robot: { spec, history, version: { hash: schemaHash(spec), revision } }, changedLock: changed ? printRevisions(history) : null };
}

/** @throws DiagnosticError when the bundle was trained for another robot.ts. */
export function requireSameSchema(robot: Robot, bundle: PolicyBundle): void {
  const { schemaHash, schemaRevision } = bundle.provenance;
  if (schemaHash === robot.version.hash) return;
  throw runError(
    "policy-other-schema",
    `the policy was trained for revision ${schemaRevision} of robot.ts (schema ${schemaHash}), and this is revision ${robot.version.revision} (${robot.version.hash})`,
    "train again with `reflexarc train`, or bring back the robot.ts that it was trained for",
  );
}
