// In: series of values along numbers or names. Out: a line chart. Missing values leave gaps; few values get markers, each of
// which says its value when pointed at.

import { at } from "../core/assert.ts";
import { linearAxis, logarithmicAxis, type Axis } from "./axis.ts";
import {
  chart,
  horizontalNumbers,
  nameLabels,
  nothingToShow,
  NUMBERS_MARGIN,
  plotArea,
  slotCentre,
  verticalFrame,
  xOf,
  yOf,
  type Plot,
} from "./chart.ts";
import { formatValue, withUnit } from "./format.ts";
import { coordinate, element, type Markup } from "./markup.ts";
import { dashes, legend, marker, seriesClass } from "./palette.ts";
import type { LinePositions, LinesSection, Series } from "./report.ts";

/** Up to this many values the lines have markers. */
const MARKED_VALUES = 24;
/** Room for half a marker at both ends. */
const INSET = 8;

/** @param id unique within the page. */
export function renderLines(section: LinesSection, id: string): readonly Markup[] {
  const { title, unit, yLabel } = section;
  const logarithmic = section.logarithmic === true;
  const series = section.series.map(({ name, values }) => ({
    name,
    values: values.map((value) => (logarithmic && value <= 0 ? NaN : value)),
  }));
  const shown = series.flatMap(({ values }) => values).filter(Number.isFinite);
  const vertical = logarithmic ? logarithmicAxis(shown) : linearAxis(shown, "rounded");
  const count = Math.max(0, ...series.map(({ values }) => values.length));
  const marked = count <= MARKED_VALUES;
  const horizontal = horizontalAxis(section, count);
  const plot = plotArea(vertical, unit, horizontal.margin, horizontal.leftMargin);
  const inner = { ...plot, left: plot.left + INSET, right: plot.right - INSET };
  const lines = series.map((each, index) => renderSeries(each, index, marked, inner, vertical, horizontal, unit));
  return [
    ...legend(
      series.map(({ name }) => name),
      (index) => element("g", {}, line(index, "M0 7L28 7"), ...(marked ? [marker(index, 14, 7)] : [])),
    ),
    chart(
      id,
      title,
      describe(section, series),
      verticalFrame(plot, vertical, unit, yLabel),
      horizontal.draw(inner),
      ...lines,
      ...(shown.length === 0 ? [nothingToShow(plot)] : []),
    ),
  ];
}

interface Horizontal {
  readonly margin: number;
  readonly leftMargin?: number;
  draw(plot: Plot): Markup;
  fraction(index: number): number;
  name(index: number): string;
}

/** @param count of values in the longest series. */
function horizontalAxis({ positions, xLabel }: LinesSection, count: number): Horizontal {
  if (positions.kind === "names") {
    const { names } = positions;
    return { ...nameLabels(names, xLabel), fraction: (index) => slotCentre(names.length, index), name: (index) => at(names, index) };
  }
  const numbers = positions.kind === "numbers" ? positions.numbers : countedNumbers(positions, count);
  const axis = linearAxis(numbers, "tight");
  return {
    margin: NUMBERS_MARGIN,
    draw: (plot) => horizontalNumbers(plot, axis, xLabel),
    fraction: (index) => axis.fraction(at(numbers, index)),
    name: (index) => `${xLabel} ${formatValue(at(numbers, index))}`,
  };
}

function countedNumbers({ from }: Extract<LinePositions, { kind: "counted" }>, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

function renderSeries(
  { name, values }: Series,
  index: number,
  marked: boolean,
  plot: Plot,
  vertical: Axis,
  horizontal: Horizontal,
  unit: string,
): Markup {
  const points = values.map((value, position) => ({
    value,
    position,
    x: xOf(plot, horizontal.fraction(position)),
    y: yOf(plot, vertical, value),
  }));
  const present = (position: number): boolean => Number.isFinite(values[position]);
  const data = points
    .filter(({ value }) => Number.isFinite(value))
    .map(({ x, y, position }) => `${present(position - 1) ? "L" : "M"}${coordinate(x)} ${coordinate(y)}`);
  const alone = (position: number): boolean => !present(position - 1) && !present(position + 1);
  const pointedOut = points.filter(({ value, position }) => Number.isFinite(value) && (marked || alone(position)));
  return element(
    "g",
    {},
    line(index, data.join("")),
    ...pointedOut.map(({ value, position, x, y }) =>
      marker(index, x, y, element("title", {}, `${name}, ${horizontal.name(position)}: ${withUnit(formatValue(value), unit)}`)),
    ),
  );
}

function line(series: number, data: string): Markup {
  return element("path", {
    class: seriesClass(series),
    d: data,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "1.8",
    "stroke-linejoin": "round",
    "stroke-dasharray": dashes(series),
  });
}

function describe({ yLabel, unit }: LinesSection, series: readonly Series[]): string {
  const sentences = series.map(({ name, values }) => {
    const finite = values.filter(Number.isFinite);
    if (finite.length === 0) return `${name}: no values.`;
    const said = (value: number): string => withUnit(formatValue(value), unit);
    const lowest = finite.reduce((low, value) => Math.min(low, value));
    const highest = finite.reduce((high, value) => Math.max(high, value));
    return `${name}: ${finite.length} values, from ${said(at(finite, 0))} to ${said(at(finite, finite.length - 1))}, lowest ${said(lowest)}, highest ${said(highest)}.`;
  });
  return [`Line chart of ${yLabel}.`, ...sentences].join(" ");
}
