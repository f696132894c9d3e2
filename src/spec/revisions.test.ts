// The history of a schema: what is recorded, what is refused, and which side is said to be older.

import { describe, expect, it } from "vitest";
import { schemaHash, type RobotSpec } from "../artifacts/robot-spec.ts";
import { mlpPolicy } from "../artifacts/testing.ts";
import { valueOf } from "../core/diagnostic.ts";
import { compareRevision, printRevisions, readRevisions, recordRevision, type RevisionHistory } from "./revisions.ts";
import { robotSource, specOf } from "./testing.ts";

const first = specOf(robotSource({}));
const second: RobotSpec = { ...first, rateHz: 30 };
const third: RobotSpec = { ...first, action: { kind: "continuous", fields: first.observation.filter((field) => field.kind === "number") } };
const unknown = "ffffffffffffffff";

function historyOf(...specs: readonly RobotSpec[]): RevisionHistory {
  return specs.reduce((history, spec) => recordRevision(history, spec).history, valueOf(readRevisions(undefined)));
}

describe("recording", () => {
  it("numbers revisions from 1 and adds one only when the schema changes", () => {
    const begun = recordRevision(historyOf(), first);
    expect(begun).toMatchObject({ revision: 1, changed: true });
    expect(recordRevision(begun.history, first)).toEqual({ history: begun.history, revision: 1, changed: false });
    expect(recordRevision(begun.history, { ...first, name: "other", policy: mlpPolicy([3]) })).toMatchObject({
      changed: false,
    });
    expect(recordRevision(historyOf(first, second), third)).toMatchObject({ revision: 3, changed: true });
  });

  it("counts a return to an earlier schema as a revision of its own", () => {
    expect(recordRevision(historyOf(first, second), first)).toMatchObject({ revision: 3, changed: true });
  });

  it("summarises for people", () => {
    expect(historyOf(first, third).revisions).toEqual([
      { hash: schemaHash(first), summary: "1 channel, 2 labels, 20 Hz" },
      { hash: schemaHash(third), summary: "1 channel, 1 action, 20 Hz" },
    ]);
  });

  it("reads what it printed", () => {
    const history = historyOf(first, second);
    expect(valueOf(readRevisions(printRevisions(history)))).toEqual(history);
  });
});

describe("a robot.lock.json that is damaged", () => {
  const good = printRevisions(historyOf(first));
  for (const [name, text, reason] of [
    ["empty", "", "no JSON"],
    ["cut off", good.slice(0, -10), "no JSON"],
    ["in a merge", good.replace("{", "<<<<<<< HEAD\n{"), "unresolved merge"],
    ["a list", "[]", "format"],
    ["null", "null", "no JSON object"],
    ["of a later format", good.replace(`"format": 1`, `"format": 2`), "format 2"],
    ["without revisions", `{"format": 1}`, "revision"],
    ["with a short hash", good.replace(schemaHash(first), "12"), "revision"],
    ["with an entry that is null", `{"format": 1, "revisions": [null]}`, "revision"],
  ] as const) {
    it(`is refused when ${name}`, () => {
      const outcome = readRevisions(text);
      if (outcome.ok) throw new Error("it was accepted");
      expect(outcome.diagnostics).toMatchObject([{ code: "spec-revisions", where: { file: "robot.lock.json" } }]);
      expect(outcome.diagnostics[0]?.message).toContain(reason);
      expect(outcome.diagnostics[0]?.hint).toContain("delete it");
    });
  }
});

describe("comparing", () => {
  const history = historyOf(first, second, third);
  const ours = { hash: schemaHash(third), revision: 3 };

  it("says nothing when both are equal, whatever their numbers", () => {
    expect(compareRevision(history, ours, { ...ours, revision: 1 })).toBeNull();
  });

  it("says that the board is older when its schema is in the history", () => {
    expect(compareRevision(history, ours, { hash: schemaHash(second), revision: 2 })).toMatch(
      /board is older.*revision 2 .*revision 3.*`reflexarc build` and `reflexarc flash`/,
    );
  });

  it("goes by the history, not by the number that the board tells", () => {
    expect(compareRevision(history, ours, { hash: schemaHash(first), revision: 9 })).toMatch(/board is older.*revision 1 /);
  });

  it("says that this project is older when the board's number is higher and unknown", () => {
    expect(compareRevision(history, ours, { hash: unknown, revision: 4 })).toMatch(/project is older.*revision 4 .*revision 3/);
  });

  it("says that a policy of an earlier revision is older than its board", () => {
    expect(compareRevision(history, { hash: schemaHash(first), revision: 1 }, ours)).toMatch(/project is older.*revision 3 .*revision 1/);
  });

  it("says that they diverged when the number is ours or lower, and the schema unknown", () => {
    expect(compareRevision(history, ours, { hash: unknown, revision: 3 })).toMatch(/diverged.*both are revision 3/);
    expect(compareRevision(history, ours, { hash: unknown, revision: 2 })).toMatch(/diverged.*revision 2 unknown here/);
  });
});
