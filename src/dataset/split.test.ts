import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiagnosticError } from "../core/diagnostic.ts";
import { episodeLength, verifyEpisode, type Episode } from "../artifacts/episode.ts";
import { contiguousBlocks, splitByEpisode, type Split } from "./split.ts";
import { countingEpisode, wallFollower } from "./testing.ts";

const spec = wallFollower(1);

/** Episodes of these lengths, whose ticks count on from one to the next. */
function episodesOf(lengths: readonly number[]): Episode[] {
  let first = 0;
  return lengths.map((length, index) => countingEpisode(spec, length, (first += length) - length, `lap ${index}`));
}

/** The numbers of an episode's ticks. */
function ticksOf(episodes: readonly Episode[]): number[] {
  return episodes.flatMap((episode) => {
    verifyEpisode(spec, episode);
    return [...episode.observations].map((value) => Math.round(value * 1000));
  });
}

function expectPartition(split: Split, ticks: number): void {
  const all = [...ticksOf(split.training), ...ticksOf(split.heldOut)].sort((left, right) => left - right);
  expect(all).toEqual(Array.from({ length: ticks }, (_, tick) => tick));
}

describe("contiguousBlocks", () => {
  it("holds each tick out once, in blocks of equal length, and never bridges a gap", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 4, maxLength: 8 }),
        fc.integer({ min: 2, max: 4 }),
        (lengths, count) => {
          const episodes = episodesOf(lengths);
          const total = lengths.reduce((sum, length) => sum + length, 0);
          const splits = contiguousBlocks(spec, episodes, count);
          splits.forEach((split) => {
            expectPartition(split, total);
            expect(Math.abs(ticksOf(split.heldOut).length - total / count)).toBeLessThanOrEqual(1);
            for (const part of [...split.training, ...split.heldOut]) {
              const ticks = ticksOf([part]);
              expect(ticks.every((tick, index) => tick === (ticks[0] ?? 0) + index)).toBe(true);
            }
          });
          expect(splits.flatMap(({ heldOut }) => ticksOf(heldOut))).toEqual(Array.from({ length: total }, (_, tick) => tick));
        },
      ),
    );
  });

  it("cuts the wall-following log into quarters of 1364", () => {
    const quarters = contiguousBlocks(spec, episodesOf([5456]), 4);
    expect(quarters.map(({ heldOut }) => heldOut.map(episodeLength))).toEqual([[1364], [1364], [1364], [1364]]);
    expect(quarters[1]?.training.map(episodeLength)).toEqual([1364, 2728]);
  });

  it("refuses more blocks than ticks", () => {
    expect(() => contiguousBlocks(spec, episodesOf([2]), 4)).toThrow(DiagnosticError);
  });
});

describe("splitByEpisode", () => {
  it("takes whole episodes where there are enough", () => {
    const episodes = episodesOf([10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    const split = splitByEpisode(spec, episodes, 0.2, 7);
    expectPartition(split, 100);
    expect(split.heldOut).toHaveLength(2);
    expect(split.heldOut.every((each) => episodes.includes(each))).toBe(true);
    expect(splitByEpisode(spec, episodes, 0.2, 7)).toEqual(split);
    const draws = [1, 2, 3, 4, 5].map((seed) => ticksOf(splitByEpisode(spec, episodes, 0.2, seed).heldOut).join());
    expect(new Set(draws).size).toBeGreaterThan(1);
  });

  it("holds out the end of a single episode, and of each of a few", () => {
    expect(ticksOf(splitByEpisode(spec, episodesOf([10]), 0.3, 1).heldOut)).toEqual([7, 8, 9]);
    expect(ticksOf(splitByEpisode(spec, episodesOf([10, 10]), 0.2, 1).heldOut)).toEqual([8, 9, 18, 19]);
  });

  it("loses no tick and leaves something to learn from", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lengths, fc.double({ min: 0.05, max: 0.9, noNaN: true }), fc.nat(), (each, share, seed) => {
        const split = splitByEpisode(spec, episodesOf(each), share, seed);
        expectPartition(
          split,
          each.reduce((sum, length) => sum + length, 0),
        );
        expect(ticksOf(split.training).length).toBeGreaterThan(0);
      }),
    );
  });
});
