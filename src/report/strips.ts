// In: quantities, and between which values each was along an axis. Out: a chart with a strip for each, to its own scale, so that many can
// be looked at side by side and no spike is lost.

import { at } from "../core/assert.ts";
import { linearAxis, type Axis } from "./axis.ts";
import { drawing, horizontalNumbers, nothingToShow, NUMBERS_MARGIN, shortened, text, xOf, type Plot } from "./chart.ts";
import { formatValue, withUnit } from "./format.ts";
import { coordinate, element, type Markup } from "./markup.ts";
import type { Strip, StripsSection } from "./report.ts";

/** Units of the viewBox, as wide as the other charts. */
const WIDTH = 420;
const ROW_HEIGHT = 46;
const STRIP_HEIGHT = 26;
/** What fits above a strip, in characters; the description has it whole. */
const LONGEST_NAME = 26;
const LONGEST_UNIT = 8;

type Span = NonNullable<Strip["spans"][number]>;

/** @param id unique within the page. */
export function renderStrips({ title, xLabel, from, to, rows }: StripsSection, id: string): readonly Markup[] {
  const plot: Plot = { left: 8, right: WIDTH - 12, top: 0, bottom: rows.length * ROW_HEIGHT + 4 };
  const axis = linearAxis([from, to], "tight");
  const strips = rows.map((row, index) => renderStrip(row, index * ROW_HEIGHT + 16, plot, axis));
  const description = [
    `How each went, ${xLabel} from ${formatValue(from)} to ${formatValue(to)}.`,
    ...rows.map((row) => `${caption(row)}.`),
  ].join(" ");
  const children = rows.length === 0 ? [nothingToShow(plot)] : strips;
  const size = { width: WIDTH, height: rows.length * ROW_HEIGHT + NUMBERS_MARGIN + 4 };
  return [drawing(id, size, title, description, horizontalNumbers(plot, axis, xLabel), ...children)];
}

function renderStrip(strip: Strip, top: number, plot: Plot, axis: Axis): Markup {
  const [lowest, highest] = reach(strip);
  const yOf = (value: number): number =>
    top + STRIP_HEIGHT - 1 - (highest > lowest ? (value - lowest) / (highest - lowest) : 0.5) * (STRIP_HEIGHT - 2);
  const data = unbroken(strip).map((spans) => {
    const corner = (x: number, y: number): string => `${coordinate(xOf(plot, axis.fraction(x)))} ${coordinate(yOf(y))}`;
    const upper = spans.flatMap(([start, end, , high]) =>
      start === end ? [corner(start, high)] : [corner(start, high), corner(end, high)],
    );
    const lower = spans
      .toReversed()
      .flatMap(([start, end, low]) => (start === end ? [corner(start, low)] : [corner(end, low), corner(start, low)]));
    return `M${[...upper, ...lower].join("L")}z`;
  });
  return element(
    "g",
    {},
    text(caption({ ...strip, name: shortened(strip.name, LONGEST_NAME), unit: shortened(strip.unit, LONGEST_UNIT) }), {
      x: plot.left,
      y: top - 5,
    }),
    element("rect", { class: "strip", x: plot.left, y: top, width: plot.right - plot.left, height: STRIP_HEIGHT }),
    element("path", { class: "span", d: data.join("") }),
  );
}

function caption(strip: Strip): string {
  const [lowest, highest] = reach(strip);
  return lowest > highest
    ? `${strip.name}: no values`
    : `${strip.name}: ${formatValue(lowest)} to ${withUnit(formatValue(highest), strip.unit)}`;
}

/** The lowest and the highest value; the wrong way round where there is none. */
function reach({ spans }: Strip): readonly [number, number] {
  return spans.reduce<readonly [number, number]>(
    ([lowest, highest], span) =>
      span !== null && isKnown(span) ? [Math.min(lowest, span[2]), Math.max(highest, span[3])] : [lowest, highest],
    [Infinity, -Infinity],
  );
}

function isKnown(span: Span): boolean {
  return Number.isFinite(span[2]) && Number.isFinite(span[3]);
}

/** Spans that follow one another, without those that hold no value. */
function unbroken({ spans }: Strip): readonly (readonly Span[])[] {
  const found: Span[][] = [[]];
  for (const span of spans) {
    if (span !== null && isKnown(span)) at(found, found.length - 1).push(span);
    else found.push([]);
  }
  return found.filter(({ length }) => length > 0);
}
