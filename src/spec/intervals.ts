// Ranges and clips of a number field: its documentation in, intervals that make sense out. An interval that single precision
// cannot hold would differ between host and board, so it counts as a mistake.

import type { Node } from "ts-morph";
import type { Interval } from "../artifacts/robot-spec.ts";
import type { Documentation, Tag } from "./documentation.ts";
import type { Problems } from "./problems.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number as tags have it, never -0, which C would print as 0; NaN for anything else. */
export function readNumber(text: string): number {
  return NUMBER.test(text) ? Number(text) + 0 : NaN;
}

/** Range and clip of the field `name`, or null after saying what is wrong with them. */
export function readIntervals(
  name: string,
  property: Node,
  { tags }: Documentation,
  problems: Problems,
): { readonly range: Interval; readonly clip: Interval } | null {
  const rangeTag = tags.get("range");
  const clipTag = tags.get("clip");
  if (rangeTag === undefined) {
    const hint = `write the lowest and highest possible reading above it: /** @range 0 5 */`;
    problems.error("spec-missing-range", property, `the number ${name} has no @range`, hint);
    return null;
  }
  const range = readInterval("range", rangeTag, problems);
  const clip = clipTag === undefined ? range : readInterval("clip", clipTag, problems);
  if (range === null || clip === null) return null;
  if (clipTag !== undefined && (clip.minimum < range.minimum || clip.maximum > range.maximum)) {
    const shown = `${range.minimum} ${range.maximum}`;
    problems.error(
      "spec-clip-outside-range",
      clipTag.where,
      `@clip reaches beyond @range ${shown}`,
      `keep it within ${shown}, or widen the range`,
    );
    return null;
  }
  return { range, clip };
}

function readInterval(tagName: "range" | "clip", tag: Tag, problems: Problems): Interval | null {
  const words = tag.text.split(/\s+/);
  const [minimum = NaN, maximum = NaN] = words.map(readNumber);
  if (words.length !== 2 || Number.isNaN(minimum) || Number.isNaN(maximum)) {
    const message = tag.text === "" ? `@${tagName} says nothing` : `@${tagName} is "${tag.text}", not two numbers`;
    problems.error("spec-bad-interval", tag.where, message, `write the lowest and the highest value and nothing else: @${tagName} 0 5.1`);
    return null;
  }
  if (minimum > maximum) {
    problems.error("spec-interval-reversed", tag.where, `@${tagName} ends below its start`, `write @${tagName} ${maximum} ${minimum}`);
    return null;
  }
  const width = Math.fround(Math.fround(maximum) - Math.fround(minimum));
  if (width === 0 || !Number.isFinite(width) || !Number.isFinite(Math.fround(510 / width))) {
    const message = `@${tagName} ${tag.text} is ${width <= 1 ? "too narrow" : "too wide"} for single-precision numbers`;
    problems.error("spec-interval-precision", tag.where, message, "give the field another unit, so that its numbers are nearer to 1");
    return null;
  }
  return { minimum, maximum };
}
