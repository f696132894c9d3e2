import { describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { renderReport } from "./page.ts";
import type { LinesSection, Section } from "./report.ts";
import { renderMatrix } from "./matrix.ts";
import { renderPoints } from "./points.ts";
import type { PointsSection } from "./report.ts";
import { drawingsOf, requireWellFormed, SAMPLE_REPORT, SAMPLE_SECTIONS } from "./testing.ts";

const PAGE = renderReport(SAMPLE_REPORT);

function body(...sections: readonly Section[]): string {
  const page = renderReport({ title: "t", subtitle: "", sections });
  return page.slice(page.indexOf("<body>"));
}

function lines(values: readonly number[], more: Partial<LinesSection> = {}): LinesSection {
  return {
    kind: "lines",
    title: "t",
    xLabel: "x",
    yLabel: "y",
    unit: "",
    positions: { kind: "counted", from: 1 },
    series: [{ name: "s", values }],
    ...more,
  };
}

/** Path data of the lines that have the colour of a series, in the charts themselves. */
function linesIn(page: string): readonly string[] {
  return drawingsOf(page)
    .filter((drawing) => drawing.includes("<title"))
    .flatMap((drawing) =>
      [...drawing.matchAll(/<path class="series-\d" d="([^"]*)" fill="none" stroke="currentColor" stroke-width="1.8"/g)].map(
        (match) => match[1] ?? "",
      ),
    );
}

describe("the page", () => {
  test("holds all sections, in order", () => {
    const places = SAMPLE_SECTIONS.map(({ title }) => PAGE.indexOf(`>${title}</h2>`));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((left, right) => left - right));
  });

  test("lets no text become markup", () => {
    expect(PAGE).not.toContain("<script");
    expect(PAGE).not.toContain("<!--");
    expect(PAGE).not.toContain('alert("');
    expect(PAGE.match(/alert\(&#34;&#38;&#34;\)/g)?.length).toBeGreaterThan(10);
    requireWellFormed(PAGE.slice(PAGE.indexOf("<body>"), PAGE.indexOf("</html>")));
  });

  test("needs nothing from elsewhere", () => {
    expect(PAGE.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|url\(|@import|src=|href=/);
  });

  test("is the same whenever it is made", () => {
    expect(renderReport(structuredClone(SAMPLE_REPORT))).toBe(PAGE);
  });

  test("gives every id once, and names every chart by title and description", () => {
    const ids = [...PAGE.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    const charts = drawingsOf(PAGE).filter((drawing) => drawing.includes(`role="img"`));
    expect(charts.length).toBe(11);
    for (const chart of charts) {
      const [title, description] = (/aria-labelledby="([^"]*)"/.exec(chart)?.[1] ?? "").split(" ");
      expect(chart).toContain(`<title id="${title ?? ""}">`);
      expect(chart).toContain(`<desc id="${description ?? ""}">`);
    }
    expect(drawingsOf(PAGE).every((drawing) => drawing.includes(`role="img"`) || drawing.includes(`aria-hidden="true"`))).toBe(true);
  });

  test("writes no number that a drawing can't hold", () => {
    for (const drawing of drawingsOf(PAGE)) expect(drawing).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("tables", () => {
  test("have a caption, column heads, and row heads in the first column", () => {
    const table = body({ kind: "table", title: "t", caption: "what it says", head: ["a", "b"], rows: [["1", "2"]] });
    expect(table).toContain("<caption><span>what it says</span></caption>");
    expect(table).toContain(`<th scope="col">a</th><th scope="col">b</th>`);
    expect(table).toContain(`<th scope="row">1</th><td>2</td>`);
  });
});

describe("lines", () => {
  test("rise with the values and run to the right", () => {
    const points = [...at(linesIn(body(lines([1, 2, 3]))), 0).matchAll(/[ML](\S+) ([\d.]+)/g)].map(
      (match) => [Number(match[1]), Number(match[2])] as const,
    );
    expect(points.length).toBe(3);
    expect(at(points, 0)[0]).toBeLessThan(at(points, 1)[0]);
    expect(at(points, 0)[1]).toBeGreaterThan(at(points, 1)[1]);
  });

  test("have a gap where a value is missing", () => {
    expect(linesIn(body(lines([1, 2, NaN, 3, 4])))[0]).toMatch(/^M[^ML]+L[^ML]+M[^ML]+L[^ML]+$/);
  });

  test("that are logarithmic leave out what is not positive", () => {
    expect(linesIn(body(lines([1, 0, -5, 0.01], { logarithmic: true })))[0]).toMatch(/^M[^ML]+M[^ML]+$/);
  });

  test("say their few values, and those of many that stand alone", () => {
    expect(body(lines([0.5, NaN, 97.25], { unit: "%", xLabel: "round" }))).toContain("<title>s, round 3: 97.3\u00a0%</title>");
    const many = Array.from({ length: 100 }, (_, index) => (index === 49 || index === 51 ? NaN : index));
    expect(body(lines(many)).match(/<title>s, x/g)).toHaveLength(1);
  });

  test("can be drawn from a hundred thousand values", () => {
    expect(body(lines(Array.from({ length: 100_000 }, (_, index) => Math.sin(index / 1000))))).toContain("100\u202f000");
  });

  test("without values say so", () => {
    for (const section of [
      lines([]),
      lines([NaN, NaN]),
      lines([], { series: [] }),
      lines([], { positions: { kind: "names", names: [] }, logarithmic: true }),
    ]) {
      expect(body(section)).toContain(">no values</text>");
    }
  });

  test("of one series need no legend, of two they do", () => {
    expect(body(lines([1]))).not.toContain(`class="legend"`);
    expect(
      body(
        lines([1], {
          series: [
            { name: "a", values: [1] },
            { name: "b", values: [2] },
          ],
        }),
      ),
    ).toMatch(/<ul class="legend"><li>.*a<\/li><li>.*b<\/li><\/ul>/);
  });
});

describe("bars", () => {
  const bars = (values: readonly number[], unit: string): string =>
    body({ kind: "bars", title: "t", unit, categories: ["a", "b", "c"], series: [{ name: "s", values }] });
  const heights = (page: string): number[] => [...page.matchAll(/<rect [^>]*height="([\d.]+)"/g)].map((match) => Number(match[1]));

  test("are as high as their values, from zero", () => {
    const [one = 0, two = 0, minus = 0] = heights(bars([1, 2, -1], ""));
    expect(two / one).toBeCloseTo(2, 1);
    expect(minus).toBeCloseTo(one, 1);
  });

  test("in percent reach up to 100", () => {
    expect(bars([20, 30, 40], "%")).toContain(">100\u00a0%</text>");
    expect(bars([20, 30, 40], "laps")).not.toContain(">100\u00a0laps</text>");
  });

  test("that are missing say so", () => {
    const page = bars([NaN, 1], "m");
    expect(heights(page)).toEqual([0, expect.any(Number), 0]);
    expect(page.match(/class="value">\u2013</g)).toHaveLength(2);
    expect(bars([], "m")).toContain(">no values</text>");
  });

  test("with long names slant them, with too many leave some out", () => {
    const names = (count: number, name: string): string =>
      body({
        kind: "bars",
        title: "t",
        unit: "",
        categories: Array.from({ length: count }, () => name),
        series: [{ name: "s", values: [1] }],
      });
    expect(names(4, "round 1")).not.toContain("rotate");
    expect(names(10, "round 10").match(/rotate\(-35\)/g)).toHaveLength(10);
    expect(names(100, "round 10").match(/rotate\(-35\)/g)?.length).toBeLessThan(30);
    expect(names(10, "a name that is too long")).toContain(">a name th\u2026</text>");
    expect(names(2, "a name that is far too long for any axis")).toContain(">a name that is fa\u2026</text>");
  });
});

describe("points", () => {
  const section: PointsSection = {
    kind: "points",
    title: "Said against wanted",
    xLabel: "expert",
    yLabel: "policy",
    diagonal: true,
    groups: [
      {
        name: "float",
        points: [
          [0, 0],
          [1, 2],
          [Infinity, 1],
        ],
      },
      { name: "int8", points: [[1, 1]] },
    ],
  };
  const drawn = renderPoints(section, "p").map(({ markup }) => markup);

  test("draws one dot a finite point, one path a group", () => {
    const paths = [...drawn.join("").matchAll(/class="series-\d dots" d="([^"]*)"/g)].map((match) => match[1] ?? "");
    expect(paths.map((data) => data.split("h0").length - 1)).toEqual([3, 3, 2, 1]); // two in the legend
  });

  test("puts y = x through the points whose numbers are equal", () => {
    const svg = drawn.at(-1) ?? "";
    const [, x1, y1, x2, y2] = (/class="axis" d="M(\S+) (\S+)L(\S+) (\S+)"/.exec(svg) ?? []).map(Number);
    const dot = /M(\S+) (\S+)h0"/.exec(svg.split("dots")[2] ?? "");
    const [x, y] = [Number(dot?.[1]), Number(dot?.[2])];
    expect((y - (y1 ?? 0)) * ((x2 ?? 0) - (x1 ?? 0))).toBeCloseTo((x - (x1 ?? 0)) * ((y2 ?? 0) - (y1 ?? 0)), -1.5);
  });
});

describe("matrices", () => {
  test("shade each cell by its share of the row, and say it", () => {
    const counts = [
      [90, 10],
      [0, 0],
    ];
    const section = {
      kind: "matrix",
      title: "",
      caption: "",
      rowsLabel: "expert",
      columnsLabel: "policy",
      names: ["a", "b"],
      counts,
    } as const;
    const cells = [...(renderMatrix(section, "m")[0]?.markup ?? "").matchAll(/<td[^>]*>.*?<\/td>/g)].map((match) => match[0]);
    expect(cells[0]).toContain('class="right" style="--share:54%"');
    expect(cells[0]).toContain("90.0 %");
    expect(cells[1]).toContain('class="wrong"');
    expect(cells.slice(3)).toEqual(['<td class="none">0</td>', '<td class="none">0</td>', "<td>0</td>"]);
  });
});

describe("top views", () => {
  const view = (collided: boolean): string =>
    body({
      kind: "paths",
      title: "t",
      walls: [
        [0, 0, 4, 0],
        [4, 0, 4, 2],
      ],
      panels: [
        {
          name: "p",
          paths: [
            {
              points: [
                [1, 1],
                [2, 1],
                [2, 1],
                [3, 2],
              ],
              collided,
            },
          ],
        },
      ],
    });
  const inView = (page: string): string =>
    at(
      drawingsOf(page).filter((drawing) => drawing.includes("<title")),
      0,
    );

  test("mark the start, and a collision where the drive ended", () => {
    expect(inView(view(true))).toContain(`class="cross"`);
    expect(inView(view(true))).toMatch(/class="path collided"/);
    expect(inView(view(false))).not.toContain(`class="cross"`);
    expect(inView(view(false)).match(/class="start"/g)).toHaveLength(1);
    expect(view(true)).toContain("1 drive, 1 ended in a collision");
  });

  test("have y upwards, one scale for both directions, and leave out what repeats", () => {
    const [, data = ""] = /class="path" d="M([^"]*)"/.exec(inView(view(false))) ?? [];
    const points = data.split("L").map((pair) => pair.split(" ").map(Number) as [number, number]);
    expect(points.length).toBe(3);
    const [[x1, y1], [x2, y2], [x3, y3]] = points as [[number, number], [number, number], [number, number]];
    expect(y1).toBe(y2);
    expect(y3).toBeLessThan(y2);
    expect(x3 - x2).toBeCloseTo(y2 - y3, 5);
    expect(x2 - x1).toBeCloseTo(x3 - x2, 5);
  });

  test("show how long a metre is", () => {
    expect(inView(view(false))).toContain(">1\u00a0m</text>");
  });

  test("of nothing are drawn all the same", () => {
    const page = body({ kind: "paths", title: "t", walls: [], panels: [{ name: "p", paths: [{ points: [], collided: true }] }] });
    expect(page).not.toMatch(/NaN|Infinity/);
    requireWellFormed(inView(page));
  });
});
