// A real robot's log (UCI's Wall-Following Robot Navigation Data) as an input that nobody here made: import, train, and judge on
// quarters that training did not see, as float, as int8 and on an emulated board.

import path from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/host/package-root.ts";
import { requires } from "../requires.ts";
import { sharedIsMissing, succeed, succeedJson, temporaryFolder } from "./cli.ts";

const DATA = path.join(packageRoot, "..", "shared", "data", "wall_following");
const ROWS = 5456;

/** A quarter of a point: what quantization may cost. */
const INT8_LOSS = 0.0025;

interface Judged {
  readonly accuracy: { readonly float: number; readonly int8: number; readonly board: number };
  readonly differing: number;
  readonly blocks: readonly { readonly rows: number }[];
}

const CASES = [
  { sensors: 24, template: "wall-follower", aim: 0.94 },
  { sensors: 4, template: "wall-follower-4", aim: 0.985 },
];

describe.skipIf(sharedIsMissing(DATA) || requires("arm-none-eabi-gcc", "qemu-system-arm"))("a SCITOS G5 that follows a wall", () => {
  const home = temporaryFolder();

  test.each(CASES)(
    "$sensors sensors: at least $aim of the rows of unseen quarters",
    async ({ sensors, template, aim }) => {
      await succeed(home, "init", template, "--template", template);
      const project = path.join(home, template);
      const imported = await succeedJson(project, "import", path.join(DATA, `sensor_readings_${sensors}.data`));
      expect(imported).toMatchObject({ recordings: [{ rows: ROWS, used: ROWS, episodes: 1 }] });
      expect(await succeedJson(project, "train")).toMatchObject({ policy: path.join("policies", "001"), samples: ROWS });
      const { accuracy, differing, blocks } = await succeedJson<Judged>(project, "eval", "--blocks", "4", "--board", "qemu-cortex-m4");
      expect(blocks.map(({ rows }) => rows)).toEqual([ROWS / 4, ROWS / 4, ROWS / 4, ROWS / 4]);
      expect(accuracy.float).toBeGreaterThanOrEqual(aim);
      expect(Math.abs(accuracy.int8 - accuracy.float)).toBeLessThanOrEqual(INT8_LOSS);
      expect(accuracy.board).toBe(accuracy.int8);
      expect(differing).toBe(0);
    },
    300_000,
  );
});
