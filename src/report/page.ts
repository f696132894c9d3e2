// In: a report. Out: one HTML file that needs nothing else: no script, no font, no picture from elsewhere, today or in ten years.
// Equal reports give equal bytes.

import { unreachable } from "../core/assert.ts";
import { renderBands } from "./bands.ts";
import { renderBars } from "./bars.ts";
import { renderLines } from "./lines.ts";
import { element, escapeText, join, type Markup } from "./markup.ts";
import { renderMatrix } from "./matrix.ts";
import { renderPaths } from "./paths.ts";
import { renderPoints } from "./points.ts";
import type { FactsSection, Report, Section, TableSection } from "./report.ts";
import { renderStrips } from "./strips.ts";
import { STYLE_SHEET } from "./style.ts";

/** Should markup ever slip in, the browser still runs and loads nothing. */
const SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** The report as an HTML document, UTF-8. */
export function renderReport(report: Report): string {
  const subtitle = report.subtitle === "" ? [] : [element("p", {}, report.subtitle)];
  const body = join(
    [element("header", {}, element("h1", {}, report.title), ...subtitle), element("main", {}, ...renderSections(report.sections))],
    "\n",
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${SECURITY_POLICY}">
<title>${escapeText(report.title)}</title>
<style>${STYLE_SHEET}</style>
</head>
<body>
${body.markup}
</body>
</html>
`;
}

const CHARTS: ReadonlySet<Section["kind"]> = new Set(["lines", "bands", "strips", "bars", "points"]);

/** Charts that follow one another share rows. */
function renderSections(sections: readonly Section[]): readonly Markup[] {
  const rendered: Markup[] = [];
  let charts: Markup[] = [];
  const closeRow = (): void => {
    if (charts.length > 0) rendered.push(element("div", { class: "charts" }, join(charts, "\n")));
    charts = [];
  };
  sections.forEach((section, index) => {
    const whole = renderSection(section, `section-${index + 1}`);
    if (CHARTS.has(section.kind)) {
      charts.push(whole);
    } else {
      closeRow();
      rendered.push(whole);
    }
  });
  closeRow();
  return rendered.map((each) => join(["\n", each]));
}

function renderSection(section: Section, id: string): Markup {
  return element("section", { "aria-labelledby": id }, element("h2", { id }, section.title), ...renderContent(section, id));
}

function renderContent(section: Section, id: string): readonly Markup[] {
  switch (section.kind) {
    case "text":
      return section.paragraphs.map((paragraph) => element("p", {}, paragraph));
    case "facts":
      return [renderFacts(section)];
    case "table":
      return [renderTable(section, id)];
    case "matrix":
      return renderMatrix(section, id);
    case "points":
      return renderPoints(section, `${id}-chart`);
    case "lines":
      return renderLines(section, `${id}-chart`);
    case "bands":
      return renderBands(section, `${id}-chart`);
    case "strips":
      return renderStrips(section, `${id}-chart`);
    case "bars":
      return renderBars(section, `${id}-chart`);
    case "paths":
      return renderPaths(section, `${id}-view`);
    default:
      return unreachable(section);
  }
}

function renderFacts({ rows }: FactsSection): Markup {
  return element("dl", {}, ...rows.flatMap(([label, value]) => [element("dt", {}, label), element("dd", {}, value)]));
}

/** A table wider than the page scrolls by itself, also by keyboard. */
function renderTable({ caption, head, rows }: TableSection, id: string): Markup {
  return element(
    "div",
    { class: "scroll", role: "region", "aria-labelledby": id, tabindex: 0 },
    element(
      "table",
      {},
      element("caption", {}, element("span", {}, caption)),
      element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
      element(
        "tbody",
        {},
        ...rows.map((row) =>
          element("tr", {}, ...row.map((cell, column) => (column === 0 ? element("th", { scope: "row" }, cell) : element("td", {}, cell)))),
        ),
      ),
    ),
  );
}
