import { describe, expect, it } from "vitest";
import { ACTORS, type Episode } from "../artifacts/episode.ts";
import { NO_ACTION } from "../artifacts/robot-spec.ts";
import { arm, countingEpisode, numberField, wallFollower } from "../dataset/testing.ts";
import { bucketsOf, heldStretches, layOut, means, spans } from "./session-timeline.ts";
import { labelShares, sessionPage, sessionTable, showSession } from "./show-session.ts";

const spec = wallFollower(1);

/** Ticks a second apart, at these times. */
function timed(...seconds: number[]): Episode {
  return { ...countingEpisode(spec, seconds.length), seconds: Float64Array.from(seconds) };
}

const value = ({ observations }: Episode, tick: number): number => observations[tick] as number;

describe("the line of time", () => {
  it("begins with the first tick, keeps pauses between episodes, and sets back what says it began earlier", () => {
    const { stretches, seconds, ticks } = layOut(1, [timed(5, 6), timed(9, 10), timed(0, 1)]);
    expect(stretches.map(({ fromSeconds }) => fromSeconds)).toEqual([0, 4, 6]);
    expect([seconds, ticks]).toEqual([8, 6]);
  });

  it("breaks where ticks are missing", () => {
    const { stretches, gaps } = layOut(1, [timed(0, 1, 4, 5)]);
    expect(stretches.map(({ first, end }) => [first, end])).toEqual([
      [0, 2],
      [2, 4],
    ]);
    expect(gaps).toEqual([{ episode: "count", atSeconds: 1, gapSeconds: 3 }]);
  });

  it("is thinned to the lowest and highest of each bucket, with gaps between stretches; none of a single reading is lost", () => {
    const episode = timed(0, 1, 2, 3, 7, 8);
    episode.observations.set([1, 5, 0, 2, 3, NaN]);
    const timeline = layOut(1, [episode]);
    expect(spans(bucketsOf(timeline, 3), value)).toEqual([[0, 1, 1, 5], [2, 3, 0, 2], null, [7, 8, 3, 3]]);
    expect(spans(bucketsOf(timeline, 100), value)).toHaveLength(7);
    expect(means(bucketsOf(timeline, 3), value)).toEqual([3, 1, 3]);
  });

  it("tells when something held", () => {
    const timeline = layOut(1, [timed(0, 1, 2, 3, 7, 8)]);
    const odd = (_: Episode, tick: number): boolean => tick !== 1;
    expect(heldStretches(timeline, 1, odd)).toEqual([
      [0, 1],
      [2, 4],
      [7, 9],
    ]);
  });
});

describe("a recording that is shown", () => {
  it("counts who acted and what was shown", () => {
    const episode = countingEpisode(spec, 8);
    episode.actors.set([0, 1, 1]);
    episode.labels.set([NaN, 2, 2, 2, 2, 2, 2, 0]);
    const session = showSession(spec, "a.mcap", [episode]);
    expect(session.actors).toEqual({ neutral: 1, policy: 2, expert: 5 });
    expect(labelShares(session).map(({ label }) => label)).toEqual([
      "sharp-right-turn",
      "move-forward",
      "slight-right-turn",
      "slight-left-turn",
    ]);
    expect(sessionTable(session).rows).toEqual([["range[0] [m]", "▁▂▃▄▅▆▇█", "0", "0.0035", "0.007", "0"]]);
  });

  it("has a page with its channels, who acted, what was done and what the expert said", () => {
    const corrected = countingEpisode(spec, 20);
    corrected.actors.fill(ACTORS.indexOf("policy"), 0, 10);
    corrected.labels.fill(NaN, 0, 5);
    corrected.actions[3] = NO_ACTION;
    const page = sessionPage(showSession(spec, "a.mcap", [corrected, timed(900, 901)]));
    for (const text of [
      "Who acted",
      "policy, ",
      "What was done",
      "(none), ",
      "What the expert said",
      "What was sensed: range[0]",
      "Gaps in time",
    ]) {
      expect(page).toContain(text);
    }
    const demonstrated = sessionPage(showSession(arm, "b.mcap", [countingEpisode(arm, 20)]));
    for (const text of ["What was done: drive.speed to joints[1]", "imu.gyro[1]", "closed-firmly, "]) expect(demonstrated).toContain(text);
    expect(demonstrated).not.toContain("said the expert");
  });

  it("stays below 2 MB for an hour of many channels, and sums up an image", () => {
    const ticks = 30_000;
    const wide = { ...arm, observation: [numberField(["range"], 32, 0, 5), numberField(["camera"], 400, 0, 1)] };
    const episode = countingEpisode(wide, ticks);
    episode.observations.set(episode.observations.map((_, index) => ((index * 7919) % 1000) / 1000));
    episode.labels[0] = 9;
    const page = sessionPage(showSession(wide, "c.mcap", [episode]));
    expect(page.length).toBeLessThan(2e6);
    expect(page).toContain("camera, highest");
    expect(page).not.toContain("camera[0]:");
  });
});
