import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { success, type Outcome } from "../core/diagnostic.ts";
import { parseRobot } from "../spec/parse-robot.ts";
import { readRobotSpec } from "./robot-spec.ts";

const ROBOT = `import { defineRobot, mlp } from "reflexarc";
import type { Distances } from "./distances.ts";
export interface Observation {
  distances: Distances;
}
export type Action = "forward" | "back";
export default defineRobot({ name: "careful", rateHz: 10, policy: mlp([4]) });
`;
const METRES = "export interface Distances { /** @unit m @range 0 5 */ front: number }\n";

describe("what robot.ts says", () => {
  let folder: string;
  let parsed: number;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "reflexarc-test-"));
    mkdirSync(path.join(folder, "cache"));
    parsed = 0;
    write("robot.ts", ROBOT);
    write("distances.ts", METRES);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, text: string): void => {
    writeFileSync(path.join(folder, name), text);
  };

  const read = (): Promise<Outcome<RobotSpec>> =>
    readRobotSpec(path.join(folder, "robot.ts"), path.join(folder, "cache"), () =>
      Promise.resolve((...source) => {
        parsed++;
        return parseRobot(...source);
      }),
    );

  const rangeOf = (outcome: Outcome<RobotSpec>): unknown =>
    outcome.ok ? outcome.value.observation.map((field) => (field.kind === "number" ? field.range : null)) : outcome.diagnostics;

  it("is remembered whole, without the parser", async () => {
    const first = await read();
    expect(rangeOf(first)).toEqual([{ minimum: 0, maximum: 5 }]);
    expect(await read()).toStrictEqual(first);
    expect(parsed).toBe(1);
  });

  it("is read again when it changes, or what it imports does", async () => {
    await read();
    write("distances.ts", METRES.replace("0 5", "0 9"));
    expect(rangeOf(await read())).toEqual([{ minimum: 0, maximum: 9 }]);
    write("robot.ts", ROBOT.replace("careful", "bold"));
    expect(await read()).toMatchObject({ ok: true, value: { name: "bold" } });
    expect(parsed).toBe(3);
    rmSync(path.join(folder, "distances.ts"));
    expect((await read()).ok).toBe(false);
  });

  it("is not remembered while something is wrong with it", async () => {
    write("distances.ts", METRES.replace("@range 0 5", ""));
    const wrong = await read();
    expect(wrong.ok).toBe(false);
    expect(await read()).toEqual(wrong);
    expect(parsed).toBe(2);
  });

  it("keeps its warnings", async () => {
    const warning = { code: "odd", severity: "warning", message: "odd", hint: "look" } as const;
    const odd = (): Promise<Outcome<RobotSpec>> =>
      readRobotSpec(path.join(folder, "robot.ts"), path.join(folder, "cache"), () =>
        Promise.resolve((...source) => {
          const outcome = parseRobot(...source);
          return outcome.ok ? success(outcome.value, [warning]) : outcome;
        }),
      );
    await odd();
    expect(await read()).toMatchObject({ ok: true, warnings: [warning] });
    expect(parsed).toBe(0);
  });

  it("is read again where what was remembered is damaged, or can't be kept", async () => {
    const first = await read();
    for (const file of readdirSync(path.join(folder, "cache"))) truncateSync(path.join(folder, "cache", file), 80);
    expect(await read()).toEqual(first);
    expect(parsed).toBe(2);
    rmSync(path.join(folder, "cache"), { recursive: true });
    write("cache", "a file");
    expect(await read()).toEqual(first);
    expect(parsed).toBe(3);
  });
});
