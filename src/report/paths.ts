// In: walls and drives, metres. Out: top views beside each other, all to one scale: what a policy does is seen at a glance.

import { at } from "../core/assert.ts";
import { linearAxis } from "./axis.ts";
import { drawing, text } from "./chart.ts";
import { formatValue, withUnit } from "./format.ts";
import { coordinate, element, type Markup } from "./markup.ts";
import { swatch } from "./palette.ts";
import type { DrivenPath, PathsSection } from "./report.ts";

/** Units of the viewBox; the height follows from the place, up to a limit. */
const WIDTH = 260;
const MARGIN = 10;
const TALLEST = 400;
/** Below the view: the scale bar. */
const SCALE_BAR_HEIGHT = 22;

/** @param id unique within the page. */
export function renderPaths(section: PathsSection, id: string): readonly Markup[] {
  const view = viewOf(section);
  const panels = section.panels.map(({ name, paths }, index) => {
    const collided = paths.filter((path) => path.collided).length;
    const outcome =
      paths.length === 0 ? "no drives" : `${paths.length} ${paths.length === 1 ? "drive" : "drives"}, ${collided} ended in a collision`;
    return element(
      "figure",
      {},
      element("figcaption", {}, element("strong", {}, name), element("span", {}, outcome)),
      drawing(
        `${id}-${index + 1}`,
        view,
        `${section.title}: ${name}`,
        `Top view: ${outcome}.`,
        ...paths.map((path) => renderPath(path, view)),
        ...paths.flatMap((path) => renderEnds(path, view)),
        renderWalls(section, view),
        renderScaleBar(view),
      ),
    );
  });
  return [renderLegend(), element("div", { class: "panels" }, ...panels)];
}

interface View {
  readonly width: number;
  readonly height: number;
  /** Units of the viewBox a metre. */
  readonly scale: number;
  x(metres: number): number;
  y(metres: number): number;
}

/** The smallest view that shows all walls and paths of all panels. */
function viewOf({ walls, panels }: PathsSection): View {
  const corners = walls.flatMap(([x1, y1, x2, y2]) => [[x1, y1] as const, [x2, y2] as const]);
  const points = [...corners, ...panels.flatMap(({ paths }) => paths.flatMap((path) => path.points))].filter(isFinitePoint);
  const [left, right] = extent(points.map(([x]) => x));
  const [bottom, top] = extent(points.map(([, y]) => y));
  const scale = Math.min((WIDTH - 2 * MARGIN) / (right - left), TALLEST / (top - bottom));
  return {
    width: WIDTH,
    height: (top - bottom) * scale + 2 * MARGIN + SCALE_BAR_HEIGHT,
    scale,
    x: (metres) => WIDTH / 2 + (metres - (left + right) / 2) * scale,
    y: (metres) => MARGIN + (top - metres) * scale,
  };
}

function extent(values: readonly number[]): readonly [lowest: number, highest: number] {
  if (values.length === 0) return [0, 1];
  const lowest = values.reduce((low, value) => Math.min(low, value));
  const highest = values.reduce((high, value) => Math.max(high, value));
  return highest > lowest ? [lowest, highest] : [lowest - 0.5, highest + 0.5];
}

function isFinitePoint([x, y]: readonly [number, number]): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}

function renderWalls({ walls }: PathsSection, view: View): Markup {
  const data = walls.map(
    ([x1, y1, x2, y2]) => `M${coordinate(view.x(x1))} ${coordinate(view.y(y1))}L${coordinate(view.x(x2))} ${coordinate(view.y(y2))}`,
  );
  return element("path", { class: "wall", d: data.join("") });
}

function renderPath({ points, collided }: DrivenPath, view: View): Markup {
  const places = points.filter(isFinitePoint).map(([x, y]) => `${coordinate(view.x(x))} ${coordinate(view.y(y))}`);
  // Points that fall on the one before add bytes and nothing else.
  const apart = places.filter((place, index) => place !== places[index - 1]);
  return element("path", { class: collided ? "path collided" : "path", d: apart.length === 0 ? "" : `M${apart.join("L")}` });
}

function renderEnds({ points, collided }: DrivenPath, view: View): readonly Markup[] {
  const finite = points.filter(isFinitePoint);
  if (finite.length === 0) return [];
  const [startX, startY] = at(finite, 0);
  const [endX, endY] = at(finite, finite.length - 1);
  return [start(view.x(startX), view.y(startY)), ...(collided ? [cross(view.x(endX), view.y(endY))] : [])];
}

function start(x: number, y: number): Markup {
  return element("circle", { class: "start", cx: x, cy: y, r: 2.6 });
}

function cross(x: number, y: number): Markup {
  return element("path", { class: "cross", d: "M-4-4L4 4M-4 4L4-4", transform: `translate(${coordinate(x)} ${coordinate(y)})` });
}

/** A round length of at most a quarter of the width. */
function renderScaleBar(view: View): Markup {
  const { ticks } = linearAxis([0, view.width / 4 / view.scale], "tight");
  const metres = at(ticks, ticks.length - 1).value;
  const y = view.height - 8;
  const right = MARGIN + metres * view.scale;
  return element(
    "g",
    {},
    element("path", { class: "axis", d: `M${MARGIN} ${coordinate(y - 3)}v6M${MARGIN} ${coordinate(y)}H${coordinate(right)}m0-3v6` }),
    text(withUnit(formatValue(metres), "m"), { x: right + 6, y: y + 4 }),
  );
}

function renderLegend(): Markup {
  const sample = (className: string): Markup => element("path", { class: className, d: "M0 7L28 7" });
  return element(
    "ul",
    { class: "legend" },
    element("li", {}, swatch(sample("path")), "drive"),
    element("li", {}, swatch(sample("path collided")), "drive that ended in a collision"),
    element("li", {}, swatch(start(14, 7)), "start"),
    element("li", {}, swatch(cross(14, 7)), "collision"),
    element("li", {}, swatch(sample("wall")), "wall"),
  );
}
