// In: categories with one value a series. Out: a chart of grouped bars that start at zero, each with its value written above.

import { linearAxis, type Axis } from "./axis.ts";
import { chart, nameLabels, nothingToShow, plotArea, slotCentre, text, verticalFrame, xOf, yOf, type Plot } from "./chart.ts";
import { formatValue, withUnit } from "./format.ts";
import { element, type Markup } from "./markup.ts";
import { legend, seriesClass } from "./palette.ts";
import type { BarsSection } from "./report.ts";

const WIDEST_BAR = 44;
/** Share of a category's slot that its bars take. */
const FILLED = 0.72;

/** @param id unique within the page. */
export function renderBars(section: BarsSection, id: string): readonly Markup[] {
  const { title, categories, series, unit } = section;
  const shown = series.flatMap(({ values }) => values).filter(Number.isFinite);
  const vertical = linearAxis([...shown, 0, ...(unit === "%" ? [100] : [])], "rounded");
  const labels = nameLabels(categories, "");
  const plot = plotArea(vertical, unit, labels.margin, labels.leftMargin);
  return [
    ...legend(
      series.map(({ name }) => name),
      legendSample,
    ),
    chart(
      id,
      title,
      describe(section),
      verticalFrame(plot, vertical, unit, ""),
      ...categories.flatMap((category, index) => renderGroup(section, category, index, plot, vertical)),
      labels.draw(plot),
      ...(shown.length === 0 ? [nothingToShow(plot)] : []),
    ),
  ];
}

function renderGroup(
  { categories, series, unit }: BarsSection,
  category: string,
  index: number,
  plot: Plot,
  vertical: Axis,
): readonly Markup[] {
  const slot = (plot.right - plot.left) / categories.length;
  const width = Math.min(WIDEST_BAR, (slot * FILLED) / series.length);
  const left = xOf(plot, slotCentre(categories.length, index)) - (width * series.length) / 2;
  const zero = yOf(plot, vertical, 0);
  return series.flatMap(({ name, values }, number) => {
    const value = values[index] ?? NaN;
    const said = withUnit(formatValue(value), unit);
    const end = Number.isFinite(value) ? yOf(plot, vertical, value) : zero;
    const x = left + number * width;
    const bar = element(
      "rect",
      {
        class: seriesClass(number),
        x: x + 1,
        y: Math.min(end, zero),
        width: width - 2,
        height: Math.abs(end - zero),
        fill: "currentColor",
      },
      element("title", {}, `${category}, ${name}: ${said}`),
    );
    const room = series.length === 1 ? slot : width;
    if (said.length * 6 > room) return [bar];
    return [bar, text(said, { x: x + width / 2, y: Math.min(end, zero) - 5, "text-anchor": "middle", class: "value" })];
  });
}

function legendSample(series: number): Markup {
  return element("rect", { class: seriesClass(series), x: 8, y: 1, width: 12, height: 12, fill: "currentColor" });
}

function describe({ categories, series, unit }: BarsSection): string {
  const sentences = series.map(
    ({ name, values }) =>
      `${name}: ${categories.map((category, index) => `${category} ${withUnit(formatValue(values[index] ?? NaN), unit)}`).join(", ")}.`,
  );
  return ["Bar chart.", ...sentences].join(" ");
}
