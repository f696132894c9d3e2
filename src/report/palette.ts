// Which series looks how. Colours are those of Okabe and Ito (2008, "Color Universal Design"), which colour-blind people can tell
// apart, in an order that keeps contrast on white or on black; dashes and markers say the same without colour.

import { at } from "../core/assert.ts";
import { element, type Markup } from "./markup.ts";

/** Series beyond these begin again with the first colour. */
export const LIGHT_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
export const DARK_COLOURS = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00"];

/** Patterns of stroke-dasharray; the first is a whole line. */
const DASHES = ["none", "7 3", "2 3", "9 3 2 3"];

/** The class that gives a drawing the colour of a series, as `currentColor`. */
export function seriesClass(series: number): string {
  return `series-${series % LIGHT_COLOURS.length}`;
}

export function dashes(series: number): string {
  return at(DASHES, series % DASHES.length);
}

/** A marker around (x, y); hollow ones let a marker behind them be seen where two series are equal. */
export function marker(series: number, x: number, y: number, ...inside: readonly Markup[]): Markup {
  const path = (data: string, hollow: boolean): Markup =>
    element(
      "path",
      {
        class: seriesClass(series),
        d: data,
        transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
        fill: hollow ? "none" : "currentColor",
        stroke: "currentColor",
        "stroke-width": 1.6,
      },
      ...inside,
    );
  switch (series % 4) {
    case 0:
      return path("M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0z", false);
    case 1:
      return path("M-5-5h10v10h-10z", true);
    case 2:
      return path("M0-3l3 3l-3 3l-3-3z", false);
    default:
      return path("M0-6l5.6 10h-11.2z", true);
  }
}

/** What a series looks like, with its name, above a chart. One series needs none. */
export function legend(names: readonly string[], sample: (series: number) => Markup): readonly Markup[] {
  if (names.length < 2) return [];
  return [element("ul", { class: "legend" }, ...names.map((name, series) => element("li", {}, swatch(sample(series)), name)))];
}

export function swatch(drawing: Markup): Markup {
  return element("svg", { class: "swatch", viewBox: "0 0 28 14", width: 28, height: 14, "aria-hidden": "true" }, drawing);
}
