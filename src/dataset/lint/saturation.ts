// Channels that stand at an end: beyond @clip, where the policy sees only the border, or at the end of what the sensor can say.

import { at } from "../../core/assert.ts";
import { observationWidth } from "../../artifacts/robot-spec.ts";
import { observationChannels } from "../channels.ts";
import { listNames } from "../raw-table.ts";
import { percentage, type Finding, type Material } from "./finding.ts";

const CLIPPED_SHARE = 0.2;
const SATURATED_SHARE = 0.05;
/** Within this share of the range from its end, a value is at the end: sensors jitter. */
const END_SHARE = 0.001;

export function lintClipping({ spec, statistics: { channels } }: Material): Finding[] {
  const clipped = channels
    .slice(0, observationWidth(spec))
    .filter(({ clippedShare }) => clippedShare > CLIPPED_SHARE)
    .toSorted((left, right) => right.clippedShare - left.clippedShare);
  if (clipped.length === 0) return [];
  const shares = clipped.map(({ name, clippedShare }) => `${name} (${Math.round(100 * clippedShare)} %)`);
  return [
    {
      code: "dataset-clipped-channel",
      severity: "warning",
      message: `often outside @clip, where the policy sees only the border: ${listNames(shares)}`,
      meaning: "the policy cannot tell these values apart",
      remedy: "nothing to do if that is meant; otherwise widen @clip in robot.ts",
      measures: clipped.map(({ name, clippedShare }) => ({ channel: name, clippedShare })),
    },
  ];
}

/** Only ends of the range that the policy sees, too: what lies outside @clip is told by lintClipping. */
export function lintSaturation({ spec, episodes }: Material): Finding[] {
  const channels = observationChannels(spec);
  const saturated = channels.flatMap(({ name, field }, index) => {
    if (field.kind === "choice") return [];
    const { range, clip } = field;
    const slack = END_SHARE * (range.maximum - range.minimum);
    let [lowest, highest, between] = [0, 0, 0];
    for (const { observations } of episodes) {
      for (let position = index; position < observations.length; position += channels.length) {
        const value = at(observations, position);
        if (value <= range.minimum + slack) lowest += 1;
        else if (value >= range.maximum - slack) highest += 1;
        else between += 1;
      }
    }
    const total = lowest + highest + between;
    const ends = [
      { end: "lowest", value: range.minimum, share: clip.minimum === range.minimum ? lowest / total : 0 },
      { end: "highest", value: range.maximum, share: clip.maximum === range.maximum ? highest / total : 0 },
    ];
    // A switch is always at an end.
    return between === 0 ? [] : ends.filter(({ share }) => share > SATURATED_SHARE).map((each) => ({ channel: name, ...each }));
  });
  if (saturated.length === 0) return [];
  return [
    {
      code: "dataset-saturated",
      severity: "note",
      message: `often at an end of @range: ${listNames(saturated.map(({ channel, value, share }) => `${channel} at ${value} (${percentage(share)})`))}`,
      meaning: "the sensor can say no more, or has nothing to say (no echo); the policy cannot tell which",
      remedy: "nothing to do if rest or silence is meant; otherwise check the sensor's range setting and @range",
      measures: saturated,
    },
  ];
}
