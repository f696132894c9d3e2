// What starting costs: a TypeScript compiler, a physics engine and a training library are loaded by the commands that use them,
// never by `reflexarc --help`.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const HEAVY = ["ts-morph", "@tensorflow/tfjs-core", "@mujoco/mujoco", "@yowasp/clang"];

/** Packages that a module loads before it runs, through whatever it imports; types and `import()` load nothing. */
function packagesOf(entry: string): Set<string> {
  const packages = new Set<string>();
  const visited = new Set<string>();
  const visit = (file: string): void => {
    if (visited.has(file)) return;
    visited.add(file);
    for (const [, imported = ""] of readFileSync(file, "utf8").matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";$/gm)) {
      if (imported.startsWith(".")) visit(join(dirname(file), imported));
      else packages.add(imported);
    }
  };
  visit(entry);
  return packages;
}

describe("before it has anything to do", () => {
  test.each(["cli.ts", ...["boards", "doctor", "verify", "bench", "check", "train", "compile"].map((name) => `cli/${name}.ts`)])(
    "%s loads nothing heavy",
    (file) => {
      const packages = packagesOf(join("src", file));
      expect([...packages]).toContain("commander");
      expect(HEAVY.filter((name) => packages.has(name))).toEqual([]);
    },
  );

  test("a heavy package would be seen", () => {
    expect([...packagesOf("src/spec/parse-robot.ts")]).toContain("ts-morph");
  });
});
