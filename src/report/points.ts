// In: groups of points in a plane. Out: a scatter chart. Dots are one path a group, so that thousands stay small; they let through what lies
// below them.

import { linearAxis } from "./axis.ts";
import { chart, horizontalNumbers, nothingToShow, NUMBERS_MARGIN, plotArea, verticalFrame, xOf, yOf } from "./chart.ts";
import { formatValue } from "./format.ts";
import { coordinate, element, type Markup } from "./markup.ts";
import { legend, seriesClass } from "./palette.ts";
import type { PointsSection } from "./report.ts";

/** Room for half a dot at both ends. */
const INSET = 6;

/** @param id unique within the page. */
export function renderPoints(section: PointsSection, id: string): readonly Markup[] {
  const { title, xLabel, yLabel, diagonal } = section;
  const groups = section.groups.map(({ name, points }) => ({ name, points: points.filter(([x, y]) => Number.isFinite(x + y)) }));
  const all = groups.flatMap(({ points }) => points);
  const vertical = linearAxis(
    all.map(([, y]) => y),
    "rounded",
  );
  const horizontal = linearAxis(
    all.map(([x]) => x),
    "rounded",
  );
  const plot = plotArea(vertical, "", NUMBERS_MARGIN);
  const inner = { ...plot, left: plot.left + INSET, right: plot.right - INSET };
  const place = (x: number, y: number): string =>
    `${coordinate(xOf(inner, horizontal.fraction(x)))} ${coordinate(yOf(inner, vertical, y))}`;
  const dots = groups.map(({ points }, index) => dotted(index, points.map(([x, y]) => `M${place(x, y)}h0`).join("")));
  const low = Math.max(horizontal.minimum, vertical.minimum);
  const high = Math.min(horizontal.maximum, vertical.maximum);
  const line = diagonal && low < high ? [element("path", { class: "axis", d: `M${place(low, low)}L${place(high, high)}` })] : [];
  return [
    ...legend(
      groups.map(({ name }) => name),
      (index) => dotted(index, "M8 7h0M14 7h0M20 7h0"),
    ),
    chart(
      id,
      title,
      describe(section, groups),
      verticalFrame(plot, vertical, "", yLabel),
      horizontalNumbers(inner, horizontal, xLabel),
      ...line,
      ...dots,
      ...(all.length === 0 ? [nothingToShow(plot)] : []),
    ),
  ];
}

/** Lines of no length with round ends; each group has its size, so that colour is not all that tells them apart. */
function dotted(index: number, data: string): Markup {
  return element("path", {
    class: `${seriesClass(index)} dots`,
    d: data,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": String(3 + 1.5 * (index % 3)),
    "stroke-linecap": index % 2 === 0 ? "round" : "square",
  });
}

function describe({ xLabel, yLabel }: PointsSection, groups: PointsSection["groups"]): string {
  const sentences = groups.map(({ name, points }) => {
    if (points.length === 0) return `${name}: no points.`;
    const extent = (of: (point: readonly [number, number]) => number): string => {
      const values = points.map(of);
      const low = values.reduce((least, value) => Math.min(least, value));
      const high = values.reduce((most, value) => Math.max(most, value));
      return `${formatValue(low)} to ${formatValue(high)}`;
    };
    return `${name}: ${points.length} points, ${xLabel} ${extent(([x]) => x)}, ${yLabel} ${extent(([, y]) => y)}.`;
  });
  return [`Scatter chart of ${yLabel} over ${xLabel}.`, ...sentences].join(" ");
}
