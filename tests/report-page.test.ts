// Reports in a real browser, opened as a file the way a person does: nothing is loaded, nothing complains, nothing sticks out, and
// the browser's own XML parser reads every drawing.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { daggerReport } from "../src/pipeline/dagger-report.ts";
import { trainingReport } from "../src/pipeline/training-report.ts";
import { sampleBundle, samplePolicy, SAMPLE_WALLS } from "../src/pipeline/testing.ts";
import { SAMPLE_ANALYSIS, SAMPLE_CONTINUOUS_ANALYSIS } from "../src/pipeline/testing/sample-analysis.ts";
import { renderReport } from "../src/report/page.ts";
import { drawingsOf, SAMPLE_REPORT } from "../src/report/testing.ts";
import { requires } from "./requires.ts";

const CHROMIUM = "/usr/bin/chromium";

const REPORTS = {
  hostile: renderReport(SAMPLE_REPORT),
  training: trainingReport(sampleBundle(0), SAMPLE_ANALYSIS),
  continuous: trainingReport(sampleBundle(1), SAMPLE_CONTINUOUS_ANALYSIS),
  dagger: daggerReport({ title: "wall-follower: DAgger on virtual", walls: SAMPLE_WALLS, policies: [0, 1, 2].map(samplePolicy) }),
};

// What runs in the browser is text: this project's types know Node, not the DOM.

const NOT_XML = `(drawing) => new DOMParser().parseFromString(drawing, "application/xml").querySelector("parsererror") !== null`;

/** Content of the texts that their drawing cuts off. */
const TEXT_OUTSIDE = `[...document.querySelectorAll("svg text")].filter((text) => {
  const inner = text.getBoundingClientRect();
  const outer = text.ownerSVGElement.getBoundingClientRect();
  return inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
}).map((text) => text.textContent)`;

/** Contrast of every text with the page, after WCAG 2.2, "contrast ratio". */
const CONTRASTS = `(() => {
  const luminance = (colour) => {
    const [red, green, blue] = colour.match(/[\\d.]+/g).map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const page = luminance(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll("h1, h2, p, th, td, dt, dd, caption, svg text, .legend li, figcaption span")].map((element) => {
    const style = getComputedStyle(element);
    const text = luminance(element.ownerSVGElement ? style.fill : style.color);
    return (Math.max(text, page) + 0.05) / (Math.min(text, page) + 0.05);
  });
})()`;

describe.skipIf(requires("chromium"))("in Chromium", () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "reflexarc-report-"));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
    });
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  describe.each(Object.entries(REPORTS))("the %s report", (name, html) => {
    let page: Page;
    const requests: string[] = [];
    const complaints: string[] = [];

    beforeAll(async () => {
      const file = path.join(folder, `${name}.html`);
      await writeFile(file, html);
      page = await browser.newPage();
      page.on("request", (request) => requests.push(request.url()));
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("dialog", (dialog) => complaints.push(dialog.message()));
      await page.goto(pathToFileURL(file).href);
    });

    test("asks for nothing but itself and complains of nothing", () => {
      expect(requests).toEqual([page.url()]);
      expect(complaints).toEqual([]);
    });

    test.each([400, 800, 1200])("fits a width of %d pixels", async (width) => {
      await page.setViewportSize({ width, height: 900 });
      expect(await widthOf(page)).toBe(width);
    });

    test("fits the width of a sheet of A4", async () => {
      await page.emulateMedia({ media: "print" });
      await page.setViewportSize({ width: 688, height: 900 });
      expect(await widthOf(page)).toBe(688);
      await page.emulateMedia({ media: "screen" });
    });

    test("has drawings that are XML", async () => {
      const drawings = drawingsOf(html);
      expect(drawings.length).toBe(await page.locator("svg").count());
      expect(await page.evaluate<string[]>(`${JSON.stringify(drawings)}.filter(${NOT_XML})`)).toEqual([]);
    });

    test("has drawings whose text stays within them", async () => {
      expect(await page.evaluate<string[]>(TEXT_OUTSIDE)).toEqual([]);
    });

    test.each(["light", "dark"] as const)("has text that can be read in %s mode", async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      const contrasts = await page.evaluate<number[]>(CONTRASTS);
      expect(contrasts.length).toBeGreaterThan(20);
      expect(Math.min(...contrasts)).toBeGreaterThan(4.5);
    });
  });
});

/** What the page needs to be shown without scrolling sideways, pixels. */
function widthOf(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth");
}
