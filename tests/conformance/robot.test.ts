// The whole agent on every board, in lock-step: the same raw output and the same action, to the bit, as the host computes; the
// neutral action whenever a reading is impossible; and no other robot's firmware accepted.

import { describe, expect, test } from "vitest";
import { limitAction, neutralAction, neutralTicks } from "../../src/artifacts/action-limits.ts";
import { schemaHash } from "../../src/artifacts/robot-spec.ts";
import { Random } from "../../src/core/random.ts";
import { emulatedTarget, firmwareSources } from "../../src/cli/target.ts";
import { compileAgent } from "../../src/pipeline/firmware.ts";
import { int8Policy, type Int8Policy } from "../../src/pipeline/policy.ts";
import { bootProject, RobotBoard } from "../../src/pipeline/robot-board.ts";
import type { Robot } from "../../src/pipeline/robot.ts";
import { requires } from "../requires.ts";
import { randomBundle, randomObservation, slewedRobot, testRobot } from "./robot.ts";
import { TARGETS } from "./targets.ts";

const TICKS = 300;

/** What a board must read from its output: itself, several members, one of several bins, both. */
const FORMS = [
  ["labels", "discrete", {}],
  ["numbers", "continuous", {}],
  ["labels of 5 members", "discrete", { ensemble: { members: 5, trunk: "shared" } }],
  ["numbers of a mixture of 3 members", "continuous", { head: { kind: "mixture", bins: 5 }, ensemble: { members: 3, trunk: "shared" } }],
] as const;

/** Boards that read all of them; the others the simplest and the most complicated. */
const ALL_FORMS = ["virtual", "host", "qemu-cortex-m4"];

function oracleOf(robot: Robot, seed: number): Int8Policy {
  const { form, graph } = randomBundle(robot, seed);
  return int8Policy(robot.spec, form, graph);
}

for (const { board: id, tools } of TARGETS) {
  describe.skipIf(requires(...tools))(`agent on ${id}`, () => {
    async function withBoard(robot: Robot, seed: number, use: (board: RobotBoard) => Promise<void>, host = robot): Promise<void> {
      const { board, toolchain, emulator } = await emulatedTarget(id);
      const { running } = await bootProject(
        compileAgent(robot, randomBundle(robot, seed), board, { runtime: "c" }, await firmwareSources()),
        toolchain,
        emulator,
      );
      try {
        await use(await RobotBoard.connect(running.port, host));
      } finally {
        await running.stop();
      }
    }

    const forms = ALL_FORMS.includes(id) ? FORMS : [FORMS[0], FORMS[3]];
    test.each(forms)("%s equal the host's", async (_, kind, policy) => {
      const robot = testRobot(kind, policy);
      const seed = kind === "discrete" ? 1 : 2;
      const oracle = oracleOf(robot, seed);
      const random = new Random(seed);
      await withBoard(robot, seed, async (board) => {
        await board.startLockStep();
        for (let tick = 0; tick < TICKS; tick++) {
          const observation = randomObservation(robot.spec, random);
          const decision = await board.decide(observation);
          const output = oracle.output(observation);
          expect({ output: decision.output, action: decision.action, actor: decision.actor, faults: decision.faults }).toEqual({
            output,
            action: oracle.decode(output),
            actor: "policy",
            faults: [],
          });
        }
      });
    });

    test("a slew holds back the board as it does the host, and neutral comes within its ticks", async () => {
      const robot = slewedRobot();
      const { spec } = robot;
      const oracle = oracleOf(robot, 2);
      const random = new Random(4);
      await withBoard(robot, 2, async (board) => {
        await board.startLockStep();
        let done = neutralAction(spec);
        for (let tick = 0; tick < TICKS; tick++) {
          const observation = randomObservation(spec, random);
          const wanted = tick % 10 < 7 ? oracle.action(observation) : neutralAction(spec);
          if (tick % 10 >= 7) observation[0] = NaN;
          done = limitAction(spec, wanted, done);
          expect({ tick, action: (await board.decide(observation)).action }).toEqual({ tick, action: done });
        }
        await board.handTo("neutral");
        for (let tick = 1; tick < neutralTicks(spec); tick++) await board.decide(randomObservation(spec, random));
        expect((await board.decide(randomObservation(spec, random))).action).toEqual(neutralAction(spec));
      });
    });

    test("an impossible reading gives the neutral action in that very tick", async () => {
      const robot = testRobot("continuous");
      await withBoard(robot, 2, async (board) => {
        await board.startLockStep();
        const possible = randomObservation(robot.spec, new Random(3));
        for (const [value, fault] of [
          [NaN, "not-a-number"],
          [Infinity, "out-of-range"],
          [-99, "out-of-range"],
        ] as const) {
          const observation = possible.slice();
          observation[1] = value;
          const decision = await board.decide(observation);
          expect(decision.actor).toBe("neutral");
          expect(decision.faults).toEqual([fault]);
          expect(decision.action).toEqual(neutralAction(robot.spec));
        }
        expect((await board.decide(possible)).actor).toBe("policy");
      });
    });

    test("stops, is taken over and handed back", async () => {
      const robot = testRobot("continuous");
      const observation = randomObservation(robot.spec, new Random(3));
      await withBoard(robot, 2, async (board) => {
        await board.startLockStep();
        await board.handTo("neutral");
        expect(await board.decide(observation)).toMatchObject({ actor: "neutral", action: neutralAction(robot.spec) });
        await board.handTo("expert");
        await board.takeOver(Float32Array.of(0.5, 20, 30));
        expect(await board.decide(observation)).toMatchObject({ actor: "expert", action: Float32Array.of(0.5, 20, 30) });
        await board.handTo("policy");
        expect((await board.decide(observation)).actor).toBe("policy");
      });
    });

    test("firmware of another robot.ts is refused with a sentence that says which side is older", async () => {
      const robot = testRobot("discrete");
      const spec = { ...robot.spec, rateHz: 20 };
      const newer = {
        spec,
        history: { format: 1 as const, revisions: [...robot.history.revisions, { hash: schemaHash(spec), summary: "now" }] },
        version: { hash: schemaHash(spec), revision: 2 },
      };
      await expect(withBoard(robot, 1, () => Promise.resolve(), newer)).rejects.toMatchObject({
        diagnostics: [
          expect.objectContaining({ code: "board-other-schema", hint: expect.stringContaining("the board is older") as string }),
        ],
      });
      await expect(withBoard(newer, 1, () => Promise.resolve(), robot)).rejects.toMatchObject({
        diagnostics: [expect.objectContaining({ hint: expect.stringContaining("this project is older") as string })],
      });
    });
  });
}
