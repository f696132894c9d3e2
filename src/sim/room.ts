// The room that the wall-following robot drives in, as plain geometry: outline and the course along the walls.
// The simulated world, the top view and the counting of laps all come from these numbers.

import { at } from "../core/assert.ts";

/** Metres, x to the right, y up. */
export type Point = readonly [x: number, y: number];
/** [x1, y1, x2, y2]. */
export type Segment = readonly [number, number, number, number];

/** Corners of the outline in the order in which a robot with the wall on its left passes them (clockwise). All are right
 * angles. An L with two boxes that stand out from its walls and leave passages of 1.9 and 2.5 m. */
const OUTLINE: readonly Point[] = [
  [0, 0],
  [0, 1.8],
  [0.9, 1.8],
  [0.9, 2.4],
  [0, 2.4],
  [0, 4.2],
  [3.4, 4.2],
  [3.4, 2.5],
  [5.2, 2.5],
  [5.2, 0],
  [3.6, 0],
  [3.6, 0.6],
  [3, 0.6],
  [3, 0],
];

/** Where a robot that keeps its distance drives, measured from the walls. */
const COURSE_DISTANCE = 0.7;

export interface Room {
  readonly walls: readonly Segment[];
  /** Corners of the closed line on which laps are counted, in driving order. */
  readonly course: readonly Point[];
}

export const ROOM: Room = {
  walls: closedSegments(OUTLINE),
  course: offsetToTheRight(OUTLINE, COURSE_DISTANCE),
};

/** The sides of a closed polygon. */
export function closedSegments(corners: readonly Point[]): readonly Segment[] {
  return corners.map((corner, index) => [...corner, ...at(corners, (index + 1) % corners.length)] as const);
}

/** Metres from a point to the nearest wall. */
export function clearance(walls: readonly Segment[], x: number, y: number): number {
  return Math.min(...walls.map((wall) => distanceToSegment(wall, x, y)));
}

function distanceToSegment([x1, y1, x2, y2]: Segment, x: number, y: number): number {
  const lengthSquared = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const share = Math.min(1, Math.max(0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / lengthSquared));
  return Math.hypot(x - x1 - share * (x2 - x1), y - y1 - share * (y2 - y1));
}

/** A right-angled polygon whose sides are shifted to the right of their direction. */
function offsetToTheRight(corners: readonly Point[], distance: number): readonly Point[] {
  return corners.map((corner, index) => {
    const [beforeX, beforeY] = rightNormal(at(corners, (index + corners.length - 1) % corners.length), corner);
    const [afterX, afterY] = rightNormal(corner, at(corners, (index + 1) % corners.length));
    return [corner[0] + distance * (beforeX + afterX), corner[1] + distance * (beforeY + afterY)] as const;
  });
}

function rightNormal([x1, y1]: Point, [x2, y2]: Point): Point {
  const length = Math.hypot(x2 - x1, y2 - y1);
  return [(y2 - y1) / length, (x1 - x2) / length];
}
