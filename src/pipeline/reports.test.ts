import { describe, expect, test } from "vitest";
import { drawingsOf, requireWellFormed } from "../report/testing.ts";
import { POLICY_TABLE_HEAD, policyTableRow } from "./policy-table.ts";
import { daggerReport, trainingReport } from "./reports.ts";
import { sampleBundle, samplePolicy, SAMPLE_WALLS } from "./testing.ts";

const TITLE = "wall-follower: DAgger on virtual";

function titles(page: string): string[] {
  return [...page.matchAll(/<h2 [^>]*>([^<]*)<\/h2>/g)].map((match) => match[1] ?? "");
}

describe("training report", () => {
  const bundle = sampleBundle(0);
  const page = trainingReport(bundle);

  test("holds metrics, curves, layers and provenance", () => {
    expect(titles(page)).toEqual([
      "On data that training did not see",
      "Loss by epoch",
      "Layers of the int8 model",
      "Where it came from",
      "Recordings, by hash",
    ]);
    for (const fact of [
      "95.0 %",
      "94.8 %",
      "\u22120.2 points",
      bundle.policyHash,
      "0123456789abcdef, revision 4",
      "1.2.3",
      "tfjs-wasm",
      "001-recording.mcap",
      "0edcba9876543210",
    ]) {
      expect(page).toContain(fact);
    }
  });

  test("counts layer by layer: 24 -> 16 -> 4", () => {
    expect(page).toContain("<td>1 \u00d7 24 \u2192 1 \u00d7 16</td><td>400</td><td>384</td><td>448</td>");
    expect(page).toContain("<td>1 \u00d7 16 \u2192 1 \u00d7 4</td><td>68</td><td>64</td><td>80</td>");
    expect(page).toContain("<td>1 \u00d7 24 \u2192 1 \u00d7 4</td><td>468</td><td>448</td><td>528</td>");
  });

  test("calls an error an error", () => {
    const metrics = { ...bundle.metrics, kind: "error", float: 0.02, int8: 0.024 } as const;
    expect(trainingReport({ ...bundle, metrics })).toContain("mean error");
    expect(trainingReport({ ...bundle, metrics })).toContain("+0.4 points");
    expect(page).not.toContain("mean error");
  });

  test("of a policy without held-out data or recordings is whole", () => {
    const bare = trainingReport({
      ...bundle,
      provenance: { ...bundle.provenance, recordings: {} },
      metrics: { ...bundle.metrics, float: NaN, int8: NaN, trainingLoss: [], validationLoss: [] },
    });
    expect(bare).not.toContain("NaN");
    expect(bare).toContain("no values");
  });
});

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
