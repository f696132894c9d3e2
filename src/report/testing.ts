// For tests: a report that uses everything, with text and numbers that want to break it, and a check of markup by the rules of XML.

import { assert } from "../core/assert.ts";
import type { Report, Section } from "./report.ts";

export const HOSTILE = `<script>alert("&")</script> 'quoted' & \u0000 </svg> <!-- -->`;

/** One section of each kind and more, titled with what it shows. */
export const SAMPLE_SECTIONS: readonly Section[] = [
  { kind: "text", title: "Some text", paragraphs: ["The first paragraph.", HOSTILE] },
  {
    kind: "facts",
    title: "Some facts",
    rows: [
      ["policy hash", "0123456789abcdef"],
      [HOSTILE, HOSTILE],
      ["a long word", "x".repeat(200)],
    ],
  },
  {
    kind: "table",
    title: "A wide table",
    caption: `A caption that says a little more than a narrow page can hold in one line. ${HOSTILE}`,
    head: Array.from({ length: 12 }, (_, column) => `column ${column}`),
    rows: [Array.from({ length: 12 }, (_, column) => `value ${column}`), [HOSTILE]],
  },
  {
    kind: "matrix",
    title: "A matrix",
    caption: `Rows and columns. ${HOSTILE}`,
    rowsLabel: "expert",
    columnsLabel: "policy",
    names: ["left", "right", HOSTILE],
    counts: [
      [90, 10],
      [0, 12_345],
      [0, 0, 0],
    ],
  },
  {
    kind: "points",
    title: "Points",
    xLabel: "expert",
    yLabel: HOSTILE,
    diagonal: true,
    groups: [
      { name: "float", points: Array.from({ length: 300 }, (_, index) => [index / 100, Math.sin(index)] as const) },
      {
        name: HOSTILE,
        points: [
          [1, NaN],
          [0.5, 0.5],
        ],
      },
      { name: "nothing", points: [] },
    ],
  },
  {
    kind: "bands",
    title: "Bands",
    xLabel: "seconds",
    from: 0,
    to: 60,
    rows: [
      {
        name: "policy",
        stretches: [
          [0, 12.5],
          [40, 40.01],
        ],
      },
      { name: HOSTILE, stretches: [[12.5, 40]] },
      { name: "nobody", stretches: [] },
    ],
  },
  {
    kind: "strips",
    title: "Strips",
    xLabel: "seconds",
    from: 0,
    to: 60,
    rows: [
      { name: "speed", unit: "m/s", spans: [[0, 10, -1, 1], [10, 20, 0, 0.5], null, [40, 40, 0.2, 0.2]] },
      { name: HOSTILE, unit: HOSTILE, spans: [[0, 60, 3, 3]] },
      { name: "nothing", unit: "", spans: [[0, 1, NaN, NaN]] },
    ],
  },
  { kind: "bars", title: "Bars", unit: "%", categories: ["cloned", "round 1", HOSTILE], series: [{ name: "share", values: [40, 0, NaN] }] },
  {
    kind: "bars",
    title: "Grouped bars",
    unit: "m",
    categories: ["a", "b"],
    series: [
      { name: "one", values: [-1, 2] },
      { name: HOSTILE, values: [3] },
    ],
  },
  {
    kind: "lines",
    title: "Lines along names",
    xLabel: "",
    yLabel: HOSTILE,
    unit: "%",
    positions: { kind: "names", names: ["cloned", "round 1", "round 2"] },
    series: [
      { name: "float", values: [90, 95, 99] },
      { name: "int8", values: [89, NaN, 99] },
      { name: HOSTILE, values: [89, NaN, 99] },
    ],
  },
  {
    kind: "lines",
    title: "Logarithmic lines",
    xLabel: "epoch",
    yLabel: "loss",
    unit: "",
    positions: { kind: "counted", from: 1 },
    series: [
      { name: "training", values: Array.from({ length: 200 }, (_, epoch) => 2 * 0.97 ** epoch) },
      { name: "held out", values: [0, -1, Infinity] },
    ],
    logarithmic: true,
  },
  {
    kind: "bars",
    title: "Many bars",
    unit: "%",
    categories: Array.from({ length: 12 }, (_, index) => `a long name ${index}`),
    series: [{ name: "share", values: [100, 50] }],
  },
  { kind: "lines", title: "No lines", xLabel: "x", yLabel: "y", unit: "", positions: { kind: "numbers", numbers: [] }, series: [] },
  {
    kind: "paths",
    title: "Top views",
    walls: [
      [0, 0, 4, 0],
      [4, 0, 4, 3],
      [4, 3, 0, 3],
      [0, 3, 0, 0],
    ],
    panels: [
      {
        name: "cloned",
        paths: [
          {
            points: [
              [1, 1],
              [2, 1.5],
              [NaN, 2],
              [4, 2],
            ],
            collided: true,
          },
          {
            points: [
              [1, 2],
              [3, 2],
            ],
            collided: false,
          },
        ],
      },
      { name: HOSTILE, paths: [] },
    ],
  },
];

export const SAMPLE_REPORT: Report = { title: `A report ${HOSTILE}`, subtitle: HOSTILE, sections: SAMPLE_SECTIONS };

/** Every drawing of a page. */
export function drawingsOf(page: string): readonly string[] {
  return page.match(/<svg [\s\S]*?<\/svg>/g) ?? [];
}

/** @throws AssertionError when tags do not pair up, an attribute is malformed or twice there, or text holds what XML forbids. */
export function requireWellFormed(markup: string): void {
  const open: string[] = [];
  for (const [piece] of markup.matchAll(/<[^>]*>|[^<]+|</g)) {
    if (!piece.startsWith("<")) {
      assert(/^(?:[^&>]|&#\d+;)*$/.test(piece), `text is not escaped: ${piece}`);
      continue;
    }
    const [, slash, name = "", attributes = ""] =
      /^<(\/?)([a-zA-Z][\w-]*)((?: [a-zA-Z][\w:-]*="(?:[^"<>&]|&#\d+;)*")*)>$/.exec(piece) ?? [];
    assert(name !== "", `not a tag: ${piece}`);
    if (slash === "/") assert(open.pop() === name, `</${name}> closes nothing`);
    else open.push(name);
    const keys = [...attributes.matchAll(/ ([\w:-]+)=/g)].map((match) => match[1]);
    assert(new Set(keys).size === keys.length, `an attribute twice: ${piece}`);
  }
  assert(open.length === 0, `never closed: ${open.join(", ")}`);
}
