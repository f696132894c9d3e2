import { describe, expect, test } from "vitest";
import { drawingsOf, requireWellFormed } from "../report/testing.ts";
import { sampleBundle } from "./testing.ts";
import { SAMPLE_ANALYSIS, SAMPLE_CONTINUOUS_ANALYSIS } from "./testing/sample-analysis.ts";
import { trainingReport } from "./training-report.ts";

function titles(page: string): string[] {
  return [...page.matchAll(/<h2 [^>]*>([^<]*)<\/h2>/g)].map((match) => match[1] ?? "");
}

describe("training report", () => {
  const bundle = sampleBundle(0);
  const page = trainingReport(bundle, SAMPLE_ANALYSIS);

  test("holds what came of it, where it errs, what int8 changes, and where it came from", () => {
    expect(titles(page)).toEqual([
      "On data that training did not see",
      "What it takes for what",
      "Loss by epoch",
      "Error by held-out episode, the worst 24 of 30",
      "What of the observations was demonstrated",
      "How new the held-out observations are",
      "Its worst moments",
      "Moment 1: sharp-right-turn instead of slight-right-turn",
      "Moment 2: slight-left-turn instead of move-forward",
      "Float against int8: signal to error, by layer",
      "Float against int8, by layer",
      "Layers of the int8 model",
      "On boards",
      "Where it came from",
      "Recordings, by hash",
    ]);
    for (const fact of [
      bundle.policyHash,
      "0123456789abcdef, revision 4",
      "1.2.3",
      "001-recording.mcap",
      "0edcba9876543210",
      "38.3\u00a0dB",
      "12.35 s",
      "61.0 %",
    ]) {
      expect(page).toContain(fact);
    }
    drawingsOf(page).forEach(requireWellFormed);
  });

  test("shows int8 as trained and as learnt with int8 in mind, beside float", () => {
    const metrics = { ...bundle.metrics, float: 0.95, postTraining: 0.91, int8: 0.948, quantizationAware: 0.948 };
    const both = trainingReport({ ...bundle, metrics }, SAMPLE_ANALYSIS);
    for (const fact of ["95.0 %", "91.0 %", "\u22124.0 points", "94.8 %", "\u22120.2 points", "int8 in mind"]) expect(both).toContain(fact);
    expect(page).not.toContain("int8 in mind");
  });

  test("counts layer by layer: 24 -> 16 -> 4", () => {
    expect(page).toContain("<td>1 \u00d7 24 \u2192 1 \u00d7 16</td><td>400</td><td>384</td><td>448</td>");
    expect(page).toContain("<td>1 \u00d7 16 \u2192 1 \u00d7 4</td><td>68</td><td>64</td><td>80</td>");
    expect(page).toContain("<td>1 \u00d7 24 \u2192 1 \u00d7 4</td><td>468</td><td>448</td><td>528</td>");
  });

  test("of a continuous action shows each channel, and calls an error an error", () => {
    const metrics = { ...bundle.metrics, kind: "error", float: 0.02, int8: 0.024, postTraining: 0.024 } as const;
    const continuous = trainingReport({ ...bundle, metrics }, SAMPLE_CONTINUOUS_ANALYSIS);
    expect(titles(continuous)).toContain("turn: said against wanted");
    expect(titles(continuous)).not.toContain("What it takes for what");
    expect(continuous).toContain("mean error");
    expect(continuous).toContain("+0.40 points");
    expect(continuous).toContain("2.40 %");
    expect(page).not.toContain("mean error,");
  });

  test("of a policy without held-out data or recordings is whole", () => {
    const nothing = {
      ...SAMPLE_ANALYSIS,
      episodes: [],
      worst: [],
      layers: [],
      coverage: { ...SAMPLE_ANALYSIS.coverage, medianDistance: NaN },
    };
    const bare = trainingReport(
      {
        ...bundle,
        provenance: { ...bundle.provenance, recordings: {} },
        metrics: { ...bundle.metrics, float: NaN, int8: NaN, postTraining: NaN, trainingLoss: [], validationLoss: [] },
      },
      nothing,
    );
    expect(bare).not.toContain("NaN");
    expect(titles(bare)).not.toContain("Loss by epoch");
  });
});
