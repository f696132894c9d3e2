// In: what a wall follower senses. Out: what the expert would do: the rule that labelled every row of the "Wall-Following Robot
// Navigation Data" (Freire, Veloso & Barreto 2009, UCI machine learning repository, CC BY 4.0), which reads two minima only.

/** What the robot can do, by the names that the data set gives it. */
export const WALL_FOLLOWER_LABELS = ["move-forward", "slight-right-turn", "sharp-right-turn", "slight-left-turn"] as const;
export type WallFollowerLabel = (typeof WALL_FOLLOWER_LABELS)[number];

/** US1 .. US24, 15 degrees apart; US13 looks ahead, US19 to the left. */
export const SENSOR_COUNT = 24;

/** Direction of a sensor relative to the heading, radians, positive to the left. @param index 0 for US1. */
export function sensorAngle(index: number): number {
  return ((index - 12) * Math.PI) / 12;
}

/** The nearest obstacle in four arcs, metres. */
export interface NearestRanges {
  readonly front: number;
  readonly left: number;
  readonly right: number;
  readonly back: number;
}

export const ARCS = ["front", "left", "right", "back"] as const satisfies readonly (keyof NearestRanges)[];

/** The data set's SD_front, SD_left, SD_right and SD_back. @param ranges US1 .. US24, metres. */
export function nearestRanges(ranges: ArrayLike<number>): NearestRanges {
  const minimum = (first: number, last: number): number => {
    let nearest = Infinity;
    for (let sensor = first; sensor <= last; sensor++) nearest = Math.min(nearest, ranges[sensor - 1] as number);
    return nearest;
  };
  return { front: minimum(11, 15), left: minimum(18, 20), right: minimum(5, 9), back: minimum(23, 24) };
}

// Rounded as observations are, so that a reading of exactly 0.494 m falls on the same side as in the data.
const FRONT_BLOCKED = Math.fround(0.9);
const LEFT_TOO_NEAR = Math.fround(0.494);
const LEFT_TOO_FAR = Math.fround(0.9);

/** Keeps a wall on the left at 0.5 to 0.9 m. */
export function wallFollowerRule({ front, left }: Pick<NearestRanges, "front" | "left">): WallFollowerLabel {
  if (front <= FRONT_BLOCKED) return "sharp-right-turn";
  if (left <= LEFT_TOO_NEAR) return "slight-right-turn";
  return left <= LEFT_TOO_FAR ? "move-forward" : "slight-left-turn";
}
