// In: states, and when each held. Out: a chart with a row a state, which is filled while it held.

import { linearAxis } from "./axis.ts";
import { drawing, horizontalNumbers, nothingToShow, NUMBERS_MARGIN, text, xOf, type Plot } from "./chart.ts";
import { formatNumber, formatValue, percent } from "./format.ts";
import { coordinate, element, type Markup } from "./markup.ts";
import { seriesClass } from "./palette.ts";
import type { BandsSection } from "./report.ts";

/** Units of the viewBox, as wide as the other charts. */
const WIDTH = 420;
const ROW_HEIGHT = 34;
const BAND_HEIGHT = 13;
/** What is shorter would not be seen. */
const LEAST_WIDTH = 0.7;

/** @param id unique within the page. */
export function renderBands(section: BandsSection, id: string): readonly Markup[] {
  const { title, xLabel, from, to, rows } = section;
  const height = rows.length * ROW_HEIGHT + NUMBERS_MARGIN + 4;
  const plot: Plot = { left: 8, right: WIDTH - 12, top: 0, bottom: rows.length * ROW_HEIGHT + 4 };
  const axis = linearAxis([from, to], "tight");
  const bands = rows.map(({ name, stretches }, index) => {
    const top = index * ROW_HEIGHT + 17;
    const data = stretches.map(([start, end]) => {
      const left = xOf(plot, axis.fraction(start));
      const width = Math.max(LEAST_WIDTH, xOf(plot, axis.fraction(end)) - left);
      return `M${coordinate(left)} ${top}h${coordinate(width)}v${BAND_HEIGHT}h${coordinate(-width)}z`;
    });
    return element(
      "g",
      {},
      text(`${name}, ${percent(share(section, stretches))}`, { x: plot.left, y: top - 5 }),
      element("rect", { class: "slot", x: plot.left, y: top, width: plot.right - plot.left, height: BAND_HEIGHT }),
      element("path", { class: seriesClass(index), d: data.join(""), fill: "currentColor" }),
    );
  });
  const children = rows.length === 0 ? [nothingToShow(plot)] : bands;
  return [drawing(id, { width: WIDTH, height }, title, describe(section), horizontalNumbers(plot, axis, xLabel), ...children)];
}

/** Of the whole axis. */
function share({ from, to }: BandsSection, stretches: BandsSection["rows"][number]["stretches"]): number {
  return stretches.reduce((sum, [start, end]) => sum + end - start, 0) / (to - from);
}

function describe(section: BandsSection): string {
  const { xLabel, from, to, rows } = section;
  const sentences = rows.map(
    ({ name, stretches }) => `${name}: ${percent(share(section, stretches))}, in ${formatNumber(stretches.length, 0)} stretches.`,
  );
  return [`When each held, ${xLabel} from ${formatValue(from)} to ${formatValue(to)}.`, ...sentences].join(" ");
}
