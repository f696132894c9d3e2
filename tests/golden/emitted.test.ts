// The generated C of two robots, whole: so that a change of what people will read is seen, and meant. Refresh on purpose with
// `npx vitest run tests/golden -u`, and read the difference.

import { describe, expect, test } from "vitest";
import { loadBoard } from "../../src/host/boards.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { firmwareSources } from "../../src/cli/target.ts";
import { compileAgent } from "../../src/pipeline/firmware.ts";
import { randomBundle, slewedRobot, testRobot } from "../conformance/robot.ts";

describe.each(["discrete", "continuous"] as const)("a robot with %s actions", (kind) => {
  test.each(["policy.h", "policy.c", "robot.h", "robot.c"])("%s", async (file) => {
    const robot = kind === "discrete" ? testRobot(kind) : slewedRobot();
    const sources = { ...(await firmwareSources()), firmware: new Map([["port/virtual/main.c", ""]]), toolVersion: "0.0.0" };
    const project = compileAgent(
      robot,
      randomBundle(robot, kind === "discrete" ? 1 : 2),
      await loadBoard(boardsFolder, "virtual"),
      { runtime: "c" },
      sources,
    );
    await expect(project.request.sources.get(`generated/${file}`)).toMatchFileSnapshot(`emitted/${kind}/${file}`);
  });
});
