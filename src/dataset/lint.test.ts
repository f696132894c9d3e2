import { describe, expect, it } from "vitest";
import type { Episode } from "../artifacts/episode.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { lintEpisodes } from "./lint.ts";
import { arm, countingEpisode, numberField, wallFollower } from "./testing.ts";

const spec = wallFollower(2);

/** 400 ticks in which nothing is wrong: both channels move, all labels occur, no observation comes twice. */
function sound(): Episode {
  const episode = countingEpisode(spec, 400);
  episode.observations.set(episode.observations.map((_, index) => index / 200));
  return episode;
}

function codes(robot: RobotSpec, episode: Episode): string[] {
  return lintEpisodes(robot, [episode]).warnings.map(({ code }) => code);
}

describe("lintEpisodes", () => {
  it("has nothing to say about sound data", () => {
    expect(codes(spec, sound())).toEqual([]);
  });

  it("counts, measures and spreads", () => {
    const episode = countingEpisode(spec, 4);
    episode.observations.set([1, 0, 2, 0, 3, 9, 4, NaN]);
    episode.labels.set([0, 0, 3, NaN]);
    const { statistics } = lintEpisodes(spec, [episode, countingEpisode(spec, 0)]);
    expect(statistics).toMatchObject({ episodes: 2, ticks: 4, labelledTicks: 3 });
    expect(statistics.durationSeconds).toBeCloseTo(4 / 9, 9);
    expect(statistics.labelCounts.map(({ ticks }) => ticks)).toEqual([2, 0, 0, 1]);
    const [first, second] = statistics.channels;
    expect(first).toMatchObject({ name: "range[0]", minimum: 1, maximum: 4, mean: 2.5, faults: 0, clippedShare: 0 });
    expect(first?.deviation).toBeCloseTo(Math.sqrt(1.25), 9);
    expect(second).toMatchObject({ minimum: 0, maximum: 0, faults: 2 });
  });

  it("measures the demonstrated action of a continuous robot", () => {
    const episode = countingEpisode(arm, 2);
    episode.labels.set([0.5, 1, 2, NaN, NaN, NaN]);
    const speed = lintEpisodes(arm, [episode]).statistics.channels.at(-3);
    expect(speed).toMatchObject({ name: "drive.speed", mean: 0.5, faults: 0 });
  });

  it.each<readonly [string, (episode: Episode) => void]>([
    [
      "dataset-label-missing",
      (episode) => {
        episode.labels.forEach((label, tick) => (episode.labels[tick] = label % 3));
      },
    ],
    [
      "dataset-label-rare",
      (episode) => {
        episode.labels.forEach((label, tick) => (episode.labels[tick] = tick < 4 ? 3 : label % 3));
      },
    ],
    ["dataset-one-sided", (episode) => episode.labels.fill(0, 0, 390)],
    [
      "dataset-constant-channel",
      (episode) => {
        episode.observations.forEach((_, index) => index % 2 === 1 && (episode.observations[index] = 1));
      },
    ],
    ["dataset-faults", (episode) => (episode.observations[10] = 7)],
    ["dataset-contradiction", (episode) => episode.observations.copyWithin(6, 4, 6)],
  ])("%s", (code, spoil) => {
    const episode = sound();
    spoil(episode);
    expect(codes(spec, episode)).toContain(code);
  });

  it("dataset-few-rows", () => {
    expect(codes(spec, countingEpisode(spec, 199))).toContain("dataset-few-rows");
  });

  it("dataset-clipped-channel, and contradictions that only the clipping makes", () => {
    const clip = { minimum: 0, maximum: 1.5 };
    const clipped: RobotSpec = { ...spec, observation: [{ ...numberField(["range"], 2, 0, 5.1), clip }] };
    expect(codes(clipped, sound())).toEqual(["dataset-clipped-channel", "dataset-contradiction"]);
  });
});
