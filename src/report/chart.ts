// What charts with a vertical axis share: the size, the frame with its grid, and labels along the bottom.

import type { Axis, Tick } from "./axis.ts";
import { withUnit } from "./format.ts";
import { coordinate, element, type Attributes, type Markup } from "./markup.ts";

/** Small enough to be read on a telephone, and two fit beside each other on a page. Units of the viewBox. */
const WIDTH = 420;
const HEIGHT = 245;
/** Longer names are cut, in characters; a slanted one would reach beyond the left edge. */
const LONGEST_NAME = 18;
const LONGEST_SLANTED_NAME = 10;

/** Where the values are drawn; y grows downwards. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A drawing that screen readers announce by its title and description. @param id unique within the page. */
export function drawing(
  id: string,
  size: { readonly width: number; readonly height: number },
  title: string,
  description: string,
  ...children: readonly Markup[]
): Markup {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      role: "img",
      viewBox: `0 0 ${coordinate(size.width)} ${coordinate(size.height)}`,
      "aria-labelledby": `${id}-title ${id}-description`,
    },
    element("title", { id: `${id}-title` }, title),
    element("desc", { id: `${id}-description` }, description),
    ...children,
  );
}

export function chart(id: string, title: string, description: string, ...children: readonly Markup[]): Markup {
  return drawing(id, { width: WIDTH, height: HEIGHT }, title, description, ...children);
}

/** @param leftMargin at least. */
export function plotArea(vertical: Axis, unit: string, bottomMargin: number, leftMargin = 40): Plot {
  return {
    left: Math.max(leftMargin, widestOf(vertical.ticks.map((tick) => withUnit(tick.label, unit))) + 8),
    right: WIDTH - 12,
    top: 26,
    bottom: HEIGHT - bottomMargin,
  };
}

export function xOf(plot: Plot, fraction: number): number {
  return plot.left + fraction * (plot.right - plot.left);
}

export function yOf(plot: Plot, vertical: Axis, value: number): number {
  return plot.bottom - vertical.fraction(value) * (plot.bottom - plot.top);
}

/** Grid lines with their values, and what the values are. */
export function verticalFrame(plot: Plot, vertical: Axis, unit: string, label: string): Markup {
  const lines = vertical.ticks.flatMap((tick) => {
    const y = yOf(plot, vertical, tick.value);
    const baseline = tick.value === 0 || tick === vertical.ticks[0];
    return [
      element("line", { class: baseline ? "axis" : "grid", x1: plot.left, x2: plot.right, y1: y, y2: y }),
      text(withUnit(tick.label, unit), { x: plot.left - 6, y: y + 4, "text-anchor": "end" }),
    ];
  });
  return element("g", {}, ...lines, ...axisLabel(label, { x: 0, y: 11 }));
}

/** Tick values and their meaning along the bottom. */
export function horizontalNumbers(plot: Plot, horizontal: Axis, label: string): Markup {
  const xOfTick = (tick: Tick): number => xOf(plot, horizontal.fraction(tick.value));
  return element(
    "g",
    {},
    ...horizontal.ticks.flatMap((tick) => [
      element("line", { class: "axis", x1: xOfTick(tick), x2: xOfTick(tick), y1: plot.bottom, y2: plot.bottom + 4 }),
      text(tick.label, { x: xOfTick(tick), y: plot.bottom + 17, "text-anchor": "middle" }),
    ]),
    ...axisLabel(label, { x: plot.right, y: plot.bottom + 34, "text-anchor": "end" }),
  );
}

export const NUMBERS_MARGIN = 40;

/** Names below their slots of equal width; slanted, and in the end every second or third only, when there is no room. */
export interface NameLabels {
  /** Room that they need below the plot, and left of it. */
  readonly margin: number;
  readonly leftMargin: number;
  draw(plot: Plot): Markup;
}

export function nameLabels(names: readonly string[], label: string): NameLabels {
  const slot = (WIDTH - 60) / Math.max(1, names.length);
  const slanted = widestOf(names.map((name) => shortened(name, LONGEST_NAME))) > slot - 6;
  const shown = names.map((name) => shortened(name, slanted ? LONGEST_SLANTED_NAME : LONGEST_NAME));
  const every = Math.ceil(14 / slot);
  const height = slanted ? widestOf(shown) * 0.6 + 16 : 18;
  return {
    margin: height + (label === "" ? 6 : 20),
    leftMargin: slanted ? Math.max(40, widestOf(shown.slice(0, 1)) * 0.82 + 8 - slot / 2) : 40,
    draw: (plot) => {
      const place = (index: number): Attributes => {
        const x = xOf(plot, slotCentre(names.length, index));
        if (!slanted) return { x, y: plot.bottom + 17, "text-anchor": "middle" };
        return { transform: `translate(${coordinate(x + 4)} ${coordinate(plot.bottom + 13)}) rotate(-35)`, "text-anchor": "end" };
      };
      const labels = shown.flatMap((name, index) => (index % every === 0 ? [text(name, place(index))] : []));
      return element("g", {}, ...labels, ...axisLabel(label, { x: plot.right, y: plot.bottom + height + 14, "text-anchor": "end" }));
    },
  };
}

/** At most so many characters. */
export function shortened(name: string, length: number): string {
  const characters = Array.from(name);
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}\u2026` : name;
}

/** Units of the widest text, at least about, in the widest of the usual fonts (DejaVu Sans at 12 units). */
function widestOf(texts: readonly string[]): number {
  const widths = texts.map((each) =>
    Array.from(each).reduce((sum, character) => sum + (/\s/.test(character) ? 4 : /[mwMW%\u2212]/.test(character) ? 11.7 : 7.4), 0),
  );
  return Math.max(0, ...widths);
}

/** Middle of slot `index` of `count`, as a fraction of the axis. */
export function slotCentre(count: number, index: number): number {
  return (index + 0.5) / count;
}

/** Said in the middle of a chart that has nothing to show. */
export function nothingToShow(plot: Plot): Markup {
  return text("no values", { x: xOf(plot, 0.5), y: (plot.top + plot.bottom) / 2, "text-anchor": "middle" });
}

function axisLabel(label: string, attributes: Attributes): readonly Markup[] {
  return label === "" ? [] : [text(label, attributes)];
}

export function text(content: string, attributes: Attributes): Markup {
  return element("text", attributes, content);
}
