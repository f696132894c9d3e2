// DAgger (Ross, Gordon & Bagnell 2011, "A Reduction of Imitation Learning and Structured Prediction to No-Regret Online
// Learning"): drive with what was learnt, let the expert say what would have been right, learn from all that was ever said.
// Who drives, labels and trains is handed in; this decides the order and the share of the expert.

import { Random } from "../core/random.ts";
import type { Episode } from "../artifacts/episode.ts";

export interface DaggerSettings {
  readonly rounds: number;
  readonly episodesPerRound: number;
  /** In round r (from 1) the expert acts, tick by tick, with probability beta^r; 0: the policy drives alone, the paper's
   * parameter-free choice. */
  readonly beta: number;
  readonly seed: number;
}

export interface DaggerWork<Policy> {
  /** One episode from a start that the seed decides; expertActs says for each tick whether the expert's action is carried out.
   * Every tick is labelled by the expert. */
  drive(policy: Policy, name: string, seed: number, expertActs: () => boolean): Promise<Episode>;
  /** Learns from all episodes; `previous` may be where it starts from. */
  train(episodes: readonly Episode[], previous: Policy, round: number): Promise<Policy>;
}

export interface DaggerRound<Policy> {
  /** From 1. */
  readonly round: number;
  readonly policy: Policy;
  /** Driven in this round. */
  readonly driven: readonly Episode[];
  /** All that the policy learnt from, demonstrations included. */
  readonly aggregate: readonly Episode[];
}

/** Yields each round when its policy is trained. Stopping between rounds loses nothing: continue with the last aggregate. */
export async function* daggerRounds<Policy>(
  work: DaggerWork<Policy>,
  first: Policy,
  demonstrations: readonly Episode[],
  settings: DaggerSettings,
): AsyncGenerator<DaggerRound<Policy>> {
  let policy = first;
  let aggregate = [...demonstrations];
  for (let round = 1; round <= settings.rounds; round++) {
    const share = settings.beta ** round;
    const driven: Episode[] = [];
    for (let index = 0; index < settings.episodesPerRound; index++) {
      const seed = episodeSeed(settings, round, index);
      const random = new Random(seed);
      driven.push(await work.drive(policy, `dagger round ${round}, episode ${index + 1}`, seed, () => random.next() < share));
    }
    aggregate = [...aggregate, ...driven];
    policy = await work.train(aggregate, policy, round);
    yield { round, policy, driven, aggregate };
  }
}

/** Starts of different rounds and episodes never coincide. */
function episodeSeed(settings: DaggerSettings, round: number, index: number): number {
  return new Random(settings.seed + 1000 * round + index).nextWord();
}
