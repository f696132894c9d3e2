import { expect, test } from "vitest";
import { EpisodeBuilder, type Episode } from "../artifacts/episode.ts";
import { daggerRounds, type DaggerWork } from "./rounds.ts";

function episode(name: string): Episode {
  return new EpisodeBuilder(name).build();
}

/** Policies are numbers: how many episodes they learnt from. */
function recorder(): { work: DaggerWork<number>; drives: { policy: number; seed: number; shares: number }[] } {
  const drives: { policy: number; seed: number; shares: number }[] = [];
  const work: DaggerWork<number> = {
    drive: (policy, name, seed, expertActs) => {
      drives.push({ policy, seed, shares: Array.from({ length: 4000 }, expertActs).filter(Boolean).length / 4000 });
      return Promise.resolve(episode(name));
    },
    train: (episodes) => Promise.resolve(episodes.length),
  };
  return { work, drives };
}

const settings = { rounds: 3, episodesPerRound: 2, beta: 0, seed: 7 };

test("data grow and each policy drives the round after it was trained", async () => {
  const { work, drives } = recorder();
  const rounds = [];
  for await (const round of daggerRounds(work, 1, [episode("demonstration")], settings)) rounds.push(round);
  expect(rounds.map((round) => round.policy)).toEqual([3, 5, 7]);
  expect(rounds.map((round) => round.aggregate.length)).toEqual([3, 5, 7]);
  expect(drives.map((drive) => drive.policy)).toEqual([1, 1, 3, 3, 5, 5]);
});

test("every episode starts elsewhere, and a seed repeats them all", async () => {
  const seeds = async (seed: number): Promise<number[]> => {
    const { work, drives } = recorder();
    for await (const round of daggerRounds(work, 1, [], { ...settings, seed })) expect(round.driven).toHaveLength(2);
    return drives.map((drive) => drive.seed);
  };
  expect(new Set(await seeds(7)).size).toBe(6);
  expect(await seeds(7)).toEqual(await seeds(7));
  expect(await seeds(8)).not.toEqual(await seeds(7));
});

test("beta decays by round, and 0 leaves the policy alone", async () => {
  const { work, drives } = recorder();
  for await (const round of daggerRounds(work, 1, [], { ...settings, beta: 0.5, episodesPerRound: 1 }))
    expect(round.driven).toHaveLength(1);
  drives.forEach((drive, index) => {
    expect(drive.shares).toBeCloseTo(0.5 ** (index + 1), 1);
  });
  const alone = recorder();
  for await (const round of daggerRounds(alone.work, 1, [], settings)) expect(round.driven).toHaveLength(2);
  expect(alone.drives.every((drive) => drive.shares === 0)).toBe(true);
});
