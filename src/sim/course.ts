// In: the corners of a closed line and a robot's positions. Out: how far it has come along that line, in laps. Counting along
// the line, instead of around a point, gives nothing for going round in circles, and a short cut costs what it left out.

import { at } from "../core/assert.ts";
import { closedSegments, type Point } from "./room.ts";

/** Metres between the points by which the line is searched. */
const SPACING = 0.05;
/** Metres along the line, ahead and behind, within which the robot is looked for: it must not jump across a passage. */
const WINDOW = 1.0;

/** Farther than this from the window, in metres, the robot is lost. */
const LOST_DISTANCE = 1.0;
/** Metres that a lost robot drives before it is looked for on the whole line. More than a round in the middle of the room,
 * or every such round could be begun on one stretch of the line, ended on another, and counted for something. */
const LOST_TRAVEL = 4.0;

/** A place on the line. */
export interface CoursePoint {
  readonly x: number;
  readonly y: number;
  /** Direction of travel, radians. */
  readonly heading: number;
}

export class Course {
  /** Every SPACING metres or a little less. */
  readonly points: readonly CoursePoint[];
  private readonly reach: number;

  constructor(corners: readonly Point[]) {
    this.points = closedSegments(corners).flatMap(([x1, y1, x2, y2]) => {
      const count = Math.ceil(Math.hypot(x2 - x1, y2 - y1) / SPACING);
      const heading = Math.atan2(y2 - y1, x2 - x1);
      return Array.from({ length: count }, (_, index) => ({
        x: x1 + ((x2 - x1) * index) / count,
        y: y1 + ((y2 - y1) * index) / count,
        heading,
      }));
    });
    this.reach = Math.round(WINDOW / SPACING);
  }

  /** Index of the point nearest to (x, y) among those near `around`, or among all. */
  nearest(x: number, y: number, around?: number): number {
    const count = this.points.length;
    const start = around === undefined ? 0 : around - this.reach + count;
    const end = around === undefined ? count - 1 : around + this.reach + count;
    let best = start;
    for (let index = start; index <= end; index++) {
      if (this.distance(index % count, x, y) < this.distance(best % count, x, y)) best = index;
    }
    return best % count;
  }

  /** Metres from (x, y) to the point with this index. */
  distance(index: number, x: number, y: number): number {
    const point = at(this.points, index);
    return Math.hypot(point.x - x, point.y - y);
  }
}

/** Laps since the start; driving against the direction of travel counts backwards. */
export class LapCounter {
  laps = 0;
  private readonly course: Course;
  private index: number;
  private previous: readonly [x: number, y: number];
  private lostTravel = 0;

  constructor(course: Course, x: number, y: number) {
    this.course = course;
    this.index = course.nearest(x, y);
    this.previous = [x, y];
  }

  /** @returns laps so far. */
  update(x: number, y: number): number {
    const count = this.course.points.length;
    const index = this.course.nearest(x, y, this.index);
    this.laps += (((index - this.index + 1.5 * count) % count) - count / 2) / count;
    const isLost = this.course.distance(index, x, y) > LOST_DISTANCE;
    this.lostTravel = isLost ? this.lostTravel + Math.hypot(x - this.previous[0], y - this.previous[1]) : 0;
    this.index = this.lostTravel > LOST_TRAVEL ? this.course.nearest(x, y) : index;
    this.previous = [x, y];
    return this.laps;
  }
}
