// `reflexarc demo`, with settings so small that it takes seconds: the whole loop, the table, the report, and a board that is
// equal to the int8 oracle.

import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { requires } from "../requires.ts";
import { LITTLE_DAGGER, reflexarc, succeed, succeedJson, temporaryFolder } from "./cli.ts";

const home = temporaryFolder();
const LITTLE = ["--demonstrations", "1", "--demonstration-seconds", "6", ...LITTLE_DAGGER];

interface Demo {
  readonly policies: readonly {
    readonly name: string;
    readonly samples: number;
    readonly differing: number;
    readonly agreement: { readonly int8: number; readonly board: number };
  }[];
  readonly report: string;
}

describe("demo", () => {
  test("on the virtual board prints a table and leaves a project and a report", async () => {
    const words = await succeed(home, "demo", ...LITTLE);
    expect(words).toMatch(/^cloned .* all \d+ ticks$/m);
    expect(words).toMatch(/^round 1 .* all \d+ ticks$/m);
    expect(words).toMatch(/parameters +MACs an inference +flash: code +constants +together +RAM/);
    const report = readFileSync(path.join(home, "demo", "report.html"), "utf8");
    expect(report).toContain("<svg");
    expect(report).not.toMatch(/(src|href)="http/);
    expect(await succeedJson(path.join(home, "demo"), "check")).toMatchObject({ name: "wall-follower" });
  }, 240_000);

  test.skipIf(requires("arm-none-eabi-gcc", "qemu-system-arm"))(
    "on the emulated Cortex-M4F gives one JSON object, and is replaced by the next demo",
    async () => {
      const args = ["demo", "--board", "qemu-cortex-m4", "--folder", "on-qemu", ...LITTLE];
      const demo = await succeedJson<Demo>(home, ...args);
      expect(demo).toMatchObject({ board: "qemu-cortex-m4", parameters: 1396 });
      expect(demo.policies.map(({ name }) => name)).toEqual(["cloned", "round 1"]);
      for (const { differing, agreement } of demo.policies) {
        expect(differing).toBe(0);
        expect(agreement.board).toBe(agreement.int8);
      }
      expect(demo.policies[1]?.samples).toBeGreaterThan(demo.policies[0]?.samples ?? Infinity);
      expect(await succeedJson(home, ...args)).toEqual(demo);
    },
    240_000,
  );

  test("never replaces what is not its own", async () => {
    const { exitCode, stderr } = await reflexarc(path.dirname(home), "demo", "--folder", path.basename(home));
    expect(stderr).toContain("nothing was written");
    expect(exitCode).toBe(2);
  });
});
