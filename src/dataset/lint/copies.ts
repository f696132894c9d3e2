// Recordings that stand in others, value for value: what happens when a file is imported twice.

import type { Episode } from "../../artifacts/episode.ts";
import { observationWidth } from "../../artifacts/robot-spec.ts";
import { listNames } from "../raw-table.ts";
import { percentage, type Finding, type Material } from "./finding.ts";

const COPIED_SHARE = 0.5;

export function lintCopies({ spec, sessions }: Material): Finding[] {
  const width = observationWidth(spec);
  const keys = sessions.map(({ episodes }) => episodes.flatMap((episode) => observationKeys(episode, width)));
  const earlier = new Set<string>();
  const copied = sessions.flatMap(({ name }, index) => {
    const own = keys[index] ?? [];
    const share = own.filter((key) => earlier.has(key)).length / Math.max(1, own.length);
    own.forEach((key) => earlier.add(key));
    return share >= COPIED_SHARE ? [{ session: name, share }] : [];
  });
  if (copied.length === 0) return [];
  return [
    {
      code: "dataset-copied-recording",
      severity: "warning",
      message: `stands in earlier recordings, value for value: ${listNames(copied.map(({ session, share }) => `${session} (${percentage(share)})`))}`,
      meaning: "the same file was imported twice; what is in it counts double, and is on both sides of the split",
      remedy: "keep one of them",
      measures: copied,
    },
  ];
}

/** One string a tick, equal for equal observations, to the bit. */
export function observationKeys({ observations, seconds }: Episode, width: number): string[] {
  const words = new Uint16Array(observations.slice().buffer);
  return Array.from(seconds, (_, tick) => {
    let key = "";
    for (let word = 2 * tick * width; word < 2 * (tick + 1) * width; word++) key += String.fromCharCode(words[word] as number);
    return key;
  });
}
