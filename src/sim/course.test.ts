import { describe, expect, it } from "vitest";
import { at } from "../core/assert.ts";
import { Course, LapCounter } from "./course.ts";
import { ROOM } from "./room.ts";

const course = new Course(ROOM.course);
const count = course.points.length;

function drive(places: readonly { x: number; y: number }[]): number {
  const counter = new LapCounter(course, at(places, 0).x, at(places, 0).y);
  places.forEach(({ x, y }) => counter.update(x, y));
  return counter.laps;
}

function alongCourse(start: number, end: number, direction: 1 | -1): { x: number; y: number }[] {
  return Array.from({ length: Math.abs(end - start) + 1 }, (_, step) => at(course.points, (start + direction * step + 4 * count) % count));
}

describe("the lap counter", () => {
  it("counts laps in the direction of travel, wherever they start", () => {
    for (const start of [0, 57, count - 1]) expect(drive(alongCourse(start, start + 2 * count, 1))).toBeCloseTo(2, 9);
  });

  it("counts backwards for the other direction", () => {
    expect(drive(alongCourse(20, 20 + count, -1))).toBeCloseTo(-1, 9);
  });

  it("does not grow by circling in the middle of the room, however often", () => {
    const circle = (times: number): { x: number; y: number }[] =>
      Array.from({ length: times * 40 + 1 }, (_, step) => ({
        x: 2 + 0.6 * Math.cos((step * Math.PI) / 20),
        y: 1.6 + 0.6 * Math.sin((step * Math.PI) / 20),
      }));
    expect(Math.abs(drive(circle(1)))).toBeLessThan(0.15);
    expect(drive(circle(50))).toBeCloseTo(drive(circle(1)), 2);
    expect(drive(circle(50).reverse())).toBeCloseTo(drive(circle(1).reverse()), 2);
  });

  it("leaves out what a leap left out, and soon counts on from there", () => {
    const start = course.nearest(0.7, 1);
    const laps = drive([{ x: 4.5, y: 1.2 }, ...alongCourse(start, start + count, 1)]);
    expect(laps).toBeGreaterThan(0.75);
    expect(laps).toBeLessThan(0.9);
  });
});

describe("the course", () => {
  it("runs clockwise: the wall is on the left", () => {
    const doubledArea = course.points.reduce((sum, { x, y }, index) => {
      const next = at(course.points, (index + 1) % count);
      return sum + x * next.y - next.x * y;
    }, 0);
    expect(doubledArea).toBeLessThan(0);
  });
});
