import { describe, expect, test } from "vitest";
import { drawingsOf, requireWellFormed } from "../report/testing.ts";
import { daggerReport } from "./dagger-report.ts";
import { POLICY_TABLE_HEAD, policyTableRow } from "./policy-table.ts";
import { samplePolicy, SAMPLE_WALLS } from "./testing.ts";

const TITLE = "wall-follower: DAgger on virtual";

function titles(page: string): string[] {
  return [...page.matchAll(/<h2 [^>]*>([^<]*)<\/h2>/g)].map((match) => match[1] ?? "");
}

describe("DAgger report", () => {
  const policies = [0, 1, 2].map(samplePolicy);
  const page = daggerReport({ title: TITLE, walls: SAMPLE_WALLS, policies });

  test("holds all sections", () => {
    expect(titles(page)).toEqual([
      "What came of it",
      "The policies",
      "Episodes without a collision",
      "Laps an episode, mean",
      "Agreement with the expert",
      "Learning curve",
      "Every drive, from above",
      "Loss by epoch: cloned",
      "Loss by epoch: round 1",
      "Loss by epoch: round 2",
      "How each was made",
      "Where they came from",
      "Recordings, by hash",
    ]);
    drawingsOf(page).forEach(requireWellFormed);
  });

  test("has the table of the terminal", () => {
    for (const policy of policies) {
      const row = policyTableRow(policy);
      expect(row).toHaveLength(POLICY_TABLE_HEAD.length);
      for (const cell of row) expect(page).toContain(`>${cell}<`);
    }
  });

  test("draws every drive, and crosses where they ended badly", () => {
    const views = drawingsOf(page).filter((drawing) => drawing.includes(`class="start"`) && drawing.includes("<title"));
    expect(views.map((view) => view.match(/class="start"/g)?.length)).toEqual([5, 5, 5]);
    expect(views.map((view) => view.match(/class="cross"/g)?.length ?? 0)).toEqual([5, 3, 1]);
  });

  test("says where all came from", () => {
    for (const fact of [
      "fedcba9876543210",
      "fedcba9876543212",
      "003-recording.mcap",
      "1000, 1001, 1002, 1003, 1004",
      "0123456789abcdef, revision 4",
      "<td>468</td>",
      "<td>528</td>",
    ]) {
      expect(page).toContain(fact);
    }
  });

  test("says whether the board was equal", () => {
    expect(page).toContain("at all 1260 ticks");
    const broken = policies.map((policy) => ({ ...policy, score: { ...policy.score, differing: 3 } }));
    const report = daggerReport({ title: TITLE, walls: SAMPLE_WALLS, policies: broken });
    expect(report).toContain("at 9 of 1260 ticks");
    expect(report).toContain("3 of 300 DIFFER");
  });

  test("of no policies, or of one, is whole", () => {
    expect(daggerReport({ title: TITLE, walls: [], policies: [] })).toContain("Nothing was driven.");
    expect(titles(daggerReport({ title: TITLE, walls: SAMPLE_WALLS, policies: policies.slice(0, 1) }))).toHaveLength(11);
  });

  test("is the same for the same policies", () => {
    expect(daggerReport({ title: TITLE, walls: SAMPLE_WALLS, policies: [0, 1, 2].map(samplePolicy) })).toBe(page);
  });
});
