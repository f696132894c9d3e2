import { describe, expect, it } from "vitest";
import type { Episode } from "../artifacts/episode.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { lintEpisodes, lintSessions } from "./lint.ts";
import type { Finding } from "./lint/finding.ts";
import { arm, countingEpisode, numberField, wallFollower } from "./testing.ts";

const spec = wallFollower(2);
const LAPS = 4;
const TICKS = 400;

/** A lap in which nothing is wrong: both channels move, all labels occur, each where it belongs. */
function lap(index: number): Episode {
  const episode = countingEpisode(spec, TICKS, 0, `lap ${index + 1}`);
  for (let tick = 0; tick < TICKS; tick++) {
    // Each lap a little to the side of the one before, so that no tick comes twice.
    episode.observations.set([0.1 + tick / 85, 2.5 + Math.sin(tick / 80) + index / 10], tick * 2);
    episode.labels[tick] = Math.floor(tick / 100);
    episode.actions[tick] = Math.floor(tick / 100);
  }
  return episode;
}

function sound(): Episode[] {
  return Array.from({ length: LAPS }, (_, index) => lap(index));
}

function codes(robot: RobotSpec, ...episodes: readonly Episode[]): string[] {
  return lintEpisodes(robot, episodes).warnings.map(({ code }) => code);
}

function findings(robot: RobotSpec, episodes: readonly Episode[]): readonly Finding[] {
  return lintSessions(robot, [{ name: "a", episodes }]).findings;
}

function finding(code: string, episodes: readonly Episode[], robot = spec): Finding | undefined {
  return findings(robot, episodes).find((each) => each.code === code);
}

/** The sound laps with something done to each. */
function spoiled(spoil: (episode: Episode) => void): Episode[] {
  const episodes = sound();
  episodes.forEach(spoil);
  return episodes;
}

describe("lintEpisodes", () => {
  it("has nothing to say about sound data", () => {
    expect(codes(spec, ...sound())).toEqual([]);
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
      ({ labels }) => {
        labels.set(labels.map((label) => label % 3));
      },
    ],
    [
      "dataset-label-rare",
      ({ labels }) => {
        labels.set(labels.map((_, tick) => (tick < 4 ? 3 : Math.floor(tick / 134))));
      },
    ],
    ["dataset-one-sided", ({ labels }) => labels.fill(0, 0, 390)],
    [
      "dataset-constant-channel",
      ({ observations }) => {
        observations.set(observations.map((value, index) => (index % 2 === 1 ? 1 : value)));
      },
    ],
    ["dataset-faults", ({ observations }) => (observations[10] = 7)],
    [
      "dataset-contradiction",
      ({ labels }) => {
        labels.set(labels.map((_, tick) => tick % 4));
      },
    ],
  ])("%s", (code, spoil) => {
    expect(codes(spec, ...spoiled(spoil))).toContain(code);
  });

  it("dataset-few-rows", () => {
    expect(codes(spec, countingEpisode(spec, 199))).toContain("dataset-few-rows");
  });

  it("dataset-clipped-channel, and contradictions that only the clipping makes", () => {
    const clip = { minimum: 0, maximum: 1.5 };
    const clipped: RobotSpec = { ...spec, observation: [{ ...numberField(["range"], 2, 0, 5.1), clip }] };
    expect(codes(clipped, ...sound())).toEqual(["dataset-clipped-channel", "dataset-contradiction"]);
  });
});

describe("lintSessions", () => {
  it("finds nothing in sound data but that its ticks are neighbours", () => {
    expect(findings(spec, sound()).map(({ code }) => code)).toEqual(["dataset-shuffled-split"]);
  });

  it("puts warnings first, and says of each what it means and what to do", () => {
    const found = findings(spec, [countingEpisode(spec, 30)]);
    const severities = found.map(({ severity }) => severity);
    expect(severities).toEqual(severities.toSorted().reverse());
    for (const { message, meaning, remedy, measures } of found) {
      expect(Math.min(message.length, meaning.length, remedy.length)).toBeGreaterThan(20);
      expect(measures.length).toBeGreaterThan(0);
    }
  });

  it("bounds the agreement by what contradicts: half the labels are a coin's", () => {
    const episodes = spoiled(({ labels }) => {
      labels.set(labels.map((_, tick) => tick % 2));
    });
    const [measure] = finding("dataset-contradiction", episodes)?.measures ?? [];
    expect(measure?.["contestedShare"]).toBeGreaterThan(0.9);
    expect(measure?.["bestAgreement"]).toBeLessThan(0.75);
  });

  it("bounds the error of continuous actions", () => {
    const robot: RobotSpec = { ...spec, action: { kind: "continuous", fields: [numberField(["speed"], null, -1, 1)] } };
    const twoWays = spoiled(({ labels }) => {
      labels.set(labels.map((_, tick) => (tick % 2 === 0 ? 0.5 : -0.5)));
    });
    const found = finding("dataset-contradiction", twoWays, robot);
    expect(found?.severity).toBe("warning");
    expect(found?.measures[0]?.["leastError"]).toBeGreaterThan(0.15);
    expect(found?.measures[0]?.["leastError"]).toBeLessThan(0.26);
  });

  it("counts spikes, and lets steps be", () => {
    const spikes = spoiled(({ observations }) => {
      for (let tick = 50; tick < TICKS; tick += 100) observations[tick * 2 + 1] = 0.2;
    });
    expect(finding("dataset-spikes", spikes)?.measures).toMatchObject([{ channel: "range[1]", spikes: 16, share: 0.01 }]);
    const steps = spoiled(({ observations }) => {
      observations.set(observations.map((value, index) => (index % 2 === 1 ? (index % 200 < 100 ? 1 : value) : value)));
    });
    expect(finding("dataset-spikes", steps)).toBeUndefined();
  });

  it("finds gaps in time with their length and place", () => {
    const gap = spoiled(({ seconds }) => {
      seconds.set(seconds.map((each, tick) => (tick < 100 ? each : each + 2)));
    });
    const found = finding("dataset-time-gaps", gap);
    expect(found?.severity).toBe("warning");
    expect(found?.measures.length).toBe(LAPS);
    expect(found?.measures[0]).toMatchObject({ tick: 99, episode: "lap 1" });
    expect(found?.measures[0]?.["gapSeconds"]).toBeCloseTo(2 + 1 / 9, 6);
  });

  it.each<readonly [string, (episode: Episode) => void]>([
    [
      "dataset-rate",
      ({ seconds }) => {
        seconds.set(seconds.map((each) => each * 3));
      },
    ],
    [
      "dataset-jitter",
      ({ seconds }) => {
        seconds.set(seconds.map((each, tick) => each + (tick % 2) * 0.05));
      },
    ],
    ["dataset-duplicate-time", ({ seconds }) => (seconds[7] = seconds[6] as number)],
    ["dataset-duplicate-time", ({ seconds }) => (seconds[7] = 0)],
    [
      "dataset-duplicate-ticks",
      ({ observations }) => {
        observations.set(observations.map((_, index) => observations[index - (index % 8) + (index % 2)] as number));
      },
    ],
    [
      "dataset-narrow-channel",
      ({ observations }) => {
        observations.set(observations.map((value, index) => (index % 2 === 1 ? 1 + value / 100 : value)));
      },
    ],
    [
      "dataset-saturated",
      ({ observations }) => {
        observations.set(observations.map((value, index) => (index % 2 === 1 ? Math.min(5.1, value + 2) : value)));
      },
    ],
  ])("%s", (code, spoil) => {
    expect(findings(spec, spoiled(spoil)).map((each) => each.code)).toContain(code);
  });

  it("tells a sensor that hangs from one that rests at its end", () => {
    const hangs = (at: number): Episode[] =>
      spoiled(({ observations }) => {
        for (let tick = 200; tick < 240; tick++) observations[tick * 2 + 1] = at;
      });
    expect(finding("dataset-stuck-channel", hangs(2.5))?.measures[0]).toMatchObject({ channel: "range[1]", runs: LAPS, value: 2.5 });
    expect(finding("dataset-stuck-channel", hangs(5.1))).toBeUndefined();
  });

  it("finds the channel that another session shifted, and the half of the only one", () => {
    const shifted = spoiled(({ observations }) => {
      observations.set(observations.map((value, index) => (index % 2 === 1 ? value / 4 : value)));
    });
    const two = lintSessions(spec, [
      { name: "monday", episodes: sound() },
      { name: "tuesday", episodes: shifted },
    ]);
    const drift = two.findings.find(({ code }) => code === "dataset-drift");
    expect(drift?.measures.map(({ session, channel }) => [session, channel])).toEqual([
      ["monday", "range[1]"],
      ["tuesday", "range[1]"],
    ]);
    expect(finding("dataset-drift", [...sound(), ...shifted])?.measures[0]).toMatchObject({
      session: "the first half of a",
      channel: "range[1]",
    });
  });

  it("finds a recording that is there twice", () => {
    const sessions = ["a", "b"].map((name) => ({ name, episodes: sound() }));
    const copied = lintSessions(spec, sessions).findings.find(({ code }) => code === "dataset-copied-recording");
    expect(copied?.measures).toEqual([{ session: "b", share: 1 }]);
  });

  it("finds held-out ticks that stand in the training data", () => {
    const found = finding("dataset-held-out-copies", [...sound(), ...sound(), ...sound()]);
    expect(found?.measures[0]?.["copiedShare"]).toBeGreaterThan(0.9);
    expect(finding("dataset-held-out-copies", sound())).toBeUndefined();
  });

  it("says of a robot that goes the same way each time that its held-out ticks have twins", () => {
    const nearly = Array.from({ length: 2 * LAPS }, (_, index) => {
      const episode = lap(0);
      episode.observations.set(episode.observations.map((value) => value + index / 1000));
      return episode;
    });
    expect(finding("dataset-held-out-twins", nearly)?.severity).toBe("note");
  });

  it("has nothing to compare where nothing was recorded", () => {
    expect(findings(spec, []).map(({ code }) => code)).toEqual(["dataset-few-rows"]);
  });
});
