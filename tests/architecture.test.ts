// The import rules of the design, the top level of the repository, and the shape of files: so that circles, strays and
// giants cannot arise.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const STAGES = ["spec", "dataset", "train", "quantize", "lower", "tflite", "models", "emit", "link", "dagger", "sim", "studio", "report"];

/** Who may import whom, by top folder of src/ (files of src/ itself count as the room they belong to). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ["core"],
  artifacts: ["core", "artifacts"],
  ...Object.fromEntries(STAGES.map((stage) => [stage, ["core", "artifacts", stage]])),
  host: ["core", "artifacts", "host"],
  pipeline: ["core", "artifacts", "pipeline", ...STAGES],
  cli: ["core", "artifacts", "pipeline", "host", "cli", ...STAGES],
  index: ["spec"],
};

/** Node modules that reach outside; only host/ and cli/ may, and test benches. Resolving the path of a package's own file is harmless. */
const HARMLESS_NODE_MODULES = ["node:module", "node:url", "node:path"];

const TOP_LEVEL = [
  ".ci",
  ".clang-format",
  ".github",
  ".gitignore",
  ".npmrc",
  ".prettierignore",
  "LICENSE",
  "README.md",
  "boards",
  "eslint.config.js",
  "firmware",
  "package-lock.json",
  "package.json",
  "src",
  "templates",
  "tests",
  "tsconfig.json",
  "vitest.config.ts",
];

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" }).trim().split("\n");
const sources = files.filter((file) => file.startsWith("src/") && file.endsWith(".ts") && !file.endsWith(".test.ts"));

function room(file: string): string {
  return (file.split("/")[1] ?? "").replace(/\.ts$/, "");
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|import\("([^"]+)"\)/gm)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? "",
  );
}

describe("imports", () => {
  test.each(sources)("%s", (file) => {
    const allowed = MAY_IMPORT[room(file)];
    expect(allowed, `${room(file)}/ is not in the design`).toBeDefined();
    for (const imported of importsOf(file)) {
      if (imported.startsWith(".")) {
        const target = normalize(join(dirname(file), imported));
        expect(allowed, `${file} imports ${target}`).toContain(room(target));
      } else if (imported.startsWith("node:") && !["host", "cli"].includes(room(file)) && !file.includes("/testing/")) {
        expect(HARMLESS_NODE_MODULES, `${file} imports ${imported}`).toContain(imported);
      }
    }
  });

  test("a forbidden one would be seen", () => {
    expect(MAY_IMPORT["quantize"]).not.toContain("train");
    expect(MAY_IMPORT["link"]).not.toContain("host");
  });
});

describe("shape", () => {
  test("the top level holds what the design says", () => {
    expect([...new Set(files.map((file) => file.split("/")[0] ?? ""))].filter((name) => !TOP_LEVEL.includes(name))).toEqual([]);
  });

  test.each(sources)("%s has one reason to exist, and says it", (file) => {
    const lines = readFileSync(file, "utf8").split("\n");
    if (!file.endsWith(".generated.ts")) expect(lines.length).toBeLessThanOrEqual(400);
    expect(lines[0]).toMatch(/^(\/\/|#!|\/\*)/);
  });
});
