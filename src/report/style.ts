// The look of a report, as one style sheet: light and dark, wide, narrow and printed. No fonts, images or scripts from elsewhere.

import { DARK_COLOURS, LIGHT_COLOURS } from "./palette.ts";

const variables = (colours: readonly string[], rest: string): string =>
  `${colours.map((colour, series) => `--series-${series}:${colour};`).join("")}${rest}`;

const LIGHT = variables(
  LIGHT_COLOURS,
  "--page:#fff;--panel:#fafbfc;--ink:#17202a;--quiet:#566170;--rule:#d9dee5;--grid:#e6eaef;--good:#0072b2;--bad:#d55e00;",
);
const DARK = variables(
  DARK_COLOURS,
  "--page:#12161b;--panel:#191e25;--ink:#e8ecf1;--quiet:#a3adba;--rule:#333c47;--grid:#28303a;--good:#56b4e9;--bad:#e69f00;",
);

export const STYLE_SHEET = `
:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1rem 4rem; max-width: 68rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; }
header { border-bottom: 3px solid var(--good); padding-bottom: .8rem; margin-bottom: 1.6rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; overflow-wrap: anywhere; }
header p { margin: .3rem 0 0; color: var(--quiet); overflow-wrap: anywhere; }
h2 { font-size: 1.08rem; line-height: 1.3; margin: 0 0 .6rem; overflow-wrap: anywhere; }
section { margin: 0 0 2rem; }
section > p { margin: 0 0 .6rem; max-width: 46rem; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.2rem; margin-bottom: 2rem; }
.charts > section { margin: 0; padding: 1rem 1rem .7rem; max-width: 34rem; background: var(--panel); border: 1px solid var(--rule); border-radius: .5rem;
  display: flex; flex-direction: column; }
.charts > section > svg { margin-top: auto; }
svg { display: block; width: 100%; height: auto; font-size: 12px; }
svg text { fill: var(--quiet); }
svg text.value { fill: var(--ink); font-weight: 600; font-size: 11.5px; }
svg .grid { stroke: var(--grid); }
svg .slot { fill: var(--grid); }
svg .strip { fill: var(--grid); fill-opacity: .45; }
svg .span { fill: var(--good); stroke: var(--good); stroke-width: .8; stroke-linejoin: round; }
svg .axis { stroke: var(--quiet); fill: none; }
${LIGHT_COLOURS.map((_, series) => `.series-${series} { color: var(--series-${series}); }`).join("\n")}
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; list-style: none; margin: 0 0 .6rem; padding: 0; font-size: .85rem; color: var(--quiet); }
.legend li { display: flex; align-items: center; gap: .45rem; overflow-wrap: anywhere; min-width: 0; }
svg.swatch { width: 28px; height: 14px; flex: none; overflow: visible; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .7rem; background: var(--panel); border: 1px solid var(--rule); border-radius: .5rem; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 .8rem; font-size: .85rem; margin-bottom: .4rem; overflow-wrap: anywhere; }
figcaption span { color: var(--quiet); }
.panels svg { font-size: 13px; }
.wall { stroke: var(--ink); stroke-width: 2.4; stroke-linecap: round; fill: none; }
.path { stroke: var(--good); stroke-width: 1.2; stroke-opacity: .5; stroke-linejoin: round; fill: none; }
.path.collided { stroke: var(--bad); stroke-opacity: .85; }
.start { fill: var(--panel); stroke: var(--ink); stroke-width: 1.2; }
.cross { stroke: var(--bad); stroke-width: 2.2; stroke-linecap: round; fill: none; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--good); outline-offset: 3px; }
table { border-collapse: collapse; min-width: min(100%, 34rem); font-size: .92rem; }
caption { text-align: left; color: var(--quiet); padding-bottom: .5rem; }
caption span { display: inline-block; position: sticky; left: 0; max-width: min(46rem, 100vw - 2rem); }
th, td { text-align: right; padding: .4rem .75rem; vertical-align: baseline; }
th:first-child { text-align: left; padding-left: .2rem; position: sticky; left: 0; background: var(--page); }
thead th { border-bottom: 2px solid var(--rule); color: var(--quiet); font-weight: 600; vertical-align: bottom; }
tbody th, tbody td { border-bottom: 1px solid var(--rule); white-space: nowrap; }
tbody th { font-weight: 600; }
.matrix td small { display: block; font-size: .78rem; }
.matrix .none { color: var(--quiet); }
.matrix .right { background: color-mix(in srgb, var(--good) var(--share), transparent); }
.matrix .wrong { background: color-mix(in srgb, var(--bad) var(--share), transparent); }
svg .dots { stroke-opacity: .55; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .25rem 1.5rem; margin: 0; font-size: .92rem; }
dt { color: var(--quiet); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) {
  body { padding-top: 1.4rem; }
  h1 { font-size: 1.5rem; }
  .charts > section { padding: .7rem .6rem .5rem; }
  th, td { padding: .35rem .5rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
}
@media print {
  @page { margin: 14mm; }
  html { font-size: 9.5pt; }
  body { padding: 0; max-width: none; }
  .charts { grid-template-columns: 1fr 1fr; }
  .panels { grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
  table { font-size: .82rem; }
  .charts > section, figure, tr, dl { break-inside: avoid; }
  h2, caption { break-after: avoid; }
  .scroll { overflow: visible; }
  th, td { padding: .25rem .4rem; }
  tbody th, tbody td { white-space: normal; overflow-wrap: anywhere; }
}
`;
