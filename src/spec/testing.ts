// Shortens the tests of this folder: pieces of a robot.ts in, what parseRobot makes of them out.

import { expect } from "vitest";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import { parseRobot } from "./parse-robot.ts";

/** The first line of each robot that `robotSource` writes; Observation begins on the second. */
const IMPORT_LINE = `import { defineRobot, gaussian, gru, mixture, mlp, plain, temporal, vision, type Vec } from "reflexarc";`;

export interface RobotPieces {
  readonly observation?: string;
  readonly action?: string;
  readonly definition?: string;
}

/** A correct robot but for the pieces given. Line 1 imports, line 2 begins `observation`; `action` and `definition` follow. */
export function robotSource(pieces: RobotPieces): string {
  return [
    IMPORT_LINE,
    pieces.observation ?? "export interface Observation {\n/** @range 0 5 */\nfront: number }",
    pieces.action ?? `export type Action = "go" | "stop";`,
    pieces.definition ?? `export default defineRobot({ name: "robot", rateHz: 20, policy: mlp([8]) });`,
  ].join("\n");
}

/** An Observation whose only members, `members`, begin on line 3. */
export function observing(members: string): RobotPieces {
  return { observation: `export interface Observation {\n${members}\n}` };
}

/** Everything said about the file `robot.ts`, warnings too; `others` are further files by path. */
export function diagnosticsOf(source: string | undefined, others: Readonly<Record<string, string>> = {}): readonly Diagnostic[] {
  const outcome = parseRobot("robot.ts", (path) => (path === "robot.ts" ? source : others[path]));
  return outcome.ok ? outcome.warnings : outcome.diagnostics;
}

/** A mistake that a robot.ts can hold, the code of what is said about it, and the line that is pointed at. */
export type Mistake = readonly [name: string, pieces: RobotPieces, code: string, line: number];

/** Expects that one error is told: its code, its place, what is wrong and what to do. */
export function expectMistake([, pieces, code, line]: Mistake): void {
  const errors = diagnosticsOf(robotSource(pieces)).filter((each) => each.severity === "error");
  expect(errors.map((each) => each.code)).toEqual([code]);
  expect(errors[0]?.where).toMatchObject({ file: "robot.ts", line });
  expect(errors[0]?.where?.column).toBeGreaterThan(0);
  expect(errors[0]?.message).toMatch(/\w/);
  expect(errors[0]?.hint).toMatch(/\w/);
}

/** The spec of a correct robot. @throws with what is wrong when it isn't. */
export function specOf(source: string, others: Readonly<Record<string, string>> = {}, entryPath = "robot.ts"): RobotSpec {
  const outcome = parseRobot(entryPath, (path) => (path === entryPath ? source : others[path]));
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics, null, 2));
  return outcome.value;
}
