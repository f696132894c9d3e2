// In: counts by row and column. Out: a table whose cells are as dark as their share of the row, such as a confusion matrix.

import { formatNumber, percent } from "./format.ts";
import { element, type Markup } from "./markup.ts";
import type { MatrixSection } from "./report.ts";

/** @param id of the section's title. */
export function renderMatrix({ caption, rowsLabel, columnsLabel, names, counts }: MatrixSection, id: string): readonly Markup[] {
  const head = [`${rowsLabel} \u2193 ${columnsLabel} \u2192`, ...names, "in all"];
  const rows = names.map((name, row) => {
    const cells = names.map((_, column) => counts[row]?.[column] ?? 0);
    const total = cells.reduce((sum, count) => sum + count, 0);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      ...cells.map((count, column) => cell(count, total, row === column)),
      inAll(total),
    );
  });
  return [
    element(
      "div",
      { class: "scroll", role: "region", "aria-labelledby": id, tabindex: 0 },
      element(
        "table",
        { class: "matrix" },
        element("caption", {}, element("span", {}, caption)),
        element("thead", {}, element("tr", {}, ...head.map((each) => element("th", { scope: "col" }, each)))),
        element("tbody", {}, ...rows),
      ),
    ),
  ];
}

/** Right ones in one colour, wrong ones in another; their share is written, too. */
function cell(count: number, total: number, right: boolean): Markup {
  if (count === 0) return element("td", { class: "none" }, "0");
  const share = count / total;
  const style = `--share:${(100 * Math.max(0.06, share) * 0.6).toFixed(0)}%`;
  return element("td", { class: right ? "right" : "wrong", style }, formatNumber(count, 0), element("small", {}, percent(share)));
}

function inAll(total: number): Markup {
  return element("td", {}, formatNumber(total, 0));
}
