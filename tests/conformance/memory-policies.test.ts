// Policies that remember, in generated C: random ones against their graphs with the memory carried by hand, and whole agents against the
// oracle, tick by tick, across all that makes a policy begin afresh.

import { describe, expect, test } from "vitest";
import { at } from "../../src/core/assert.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import { silentProgress } from "../../src/core/io.ts";
import { Random } from "../../src/core/random.ts";
import { rawSizes, type IntegerProgram } from "../../src/artifacts/integer-program.ts";
import type { Architecture } from "../../src/artifacts/robot-spec.ts";
import { nativeCc } from "../../src/host/toolchains/native-cc.ts";
import { emulatedTarget, firmwareSources } from "../../src/cli/target.ts";
import { rememberingProgram } from "../../src/lower/remembering.ts";
import { compileAgent, compileProbe } from "../../src/pipeline/firmware.ts";
import { int8Policy, isOracles } from "../../src/pipeline/policy.ts";
import { bootProject, RobotBoard } from "../../src/pipeline/robot-board.ts";
import { putUpdate, swapUpdateIfFits } from "../../src/pipeline/swap.ts";
import { probeOutputs } from "../../src/pipeline/verify.ts";
import { readTflite } from "../../src/tflite/read.ts";
import { goldenCase } from "../golden/models.ts";
import { carriedByHand, historyGraph, recurrentGraph, temporalGraph, type RememberingGraph } from "../memory-graphs.ts";
import { requires } from "../requires.ts";
import { retrained } from "../retrained.ts";
import { ANSWERS, ManyPolicies, splitAnswer } from "./many-policies.ts";
import { randomBundle, randomObservation, testRobot } from "./robot.ts";
import { TARGETS } from "./targets.ts";

const STRICT = ["-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"];

/** Whose probe it is does not matter: its policy is replaced. */
const ANY_GRAPH = valueOf(readTflite(goldenCase("mlpA").model, "mlpA"));

/** Of each kind; and ticks of each. */
const GRAPHS = 3;
const GRAPH_TICKS = 24;

const EXAMPLES: readonly (RememberingGraph & { readonly program: IntegerProgram })[] = Array.from({ length: GRAPHS }, (_, seed) => [
  temporalGraph(seed, 0),
  historyGraph(seed),
  recurrentGraph(seed),
])
  .flat()
  .map((each) => ({ ...each, program: valueOf(rememberingProgram(each.graph, each.memory)) }));

const THOROUGH = ["host", "qemu-cortex-m4"];
const BACKENDS = TARGETS.filter(({ board }) => THOROUGH.includes(board));

describe.each(BACKENDS)("random policies that remember on $board", ({ board, tools }) => {
  test.skipIf(requires(...tools))("equal their graphs with the memory carried by hand", { timeout: 180_000 }, async () => {
    const usual = await emulatedTarget(board);
    const toolchain = board === "host" ? nativeCc({ sanitizers: ["address", "undefined"], flags: STRICT }) : usual.toolchain;
    const cases = EXAMPLES.map(({ program }, index) => ({ program, retrained: retrained(program, index) }));
    const policies = new ManyPolicies(cases, { core: usual.board.core, optimize: "balanced" });
    const asked = EXAMPLES.flatMap((each, index) => {
      const reference = carriedByHand(each);
      const random = new Random(index);
      return Array.from({ length: GRAPH_TICKS }, (_, tick) => {
        const afresh = tick === 0 || random.next() < 0.1;
        if (afresh) reference.reset();
        const observation = Int8Array.from({ length: rawSizes(each.program).inputBytes }, () => random.integer(256) - 128);
        const output = reference.infer(observation);
        return { index, tick, input: policies.input(index, afresh ? "reset" : "infer", observation), answer: ANSWERS.done, output };
      });
    });
    const probe = compileProbe(ANY_GRAPH, "many", usual.board, { runtime: "c" }, await firmwareSources());
    const { running } = await bootProject({ ...probe, request: policies.request(probe.request) }, toolchain, usual.emulator);
    try {
      const inputs = asked.map(({ input }) => input);
      const raw = await probeOutputs(running.port, inputs, silentProgress, board);
      const actual = asked.map(({ index, tick, output }, row) => ({ index, tick, ...splitAnswer(at(raw, row), output.length) }));
      expect(actual).toEqual(asked.map(({ index, tick, answer, output }) => ({ index, tick, answer, output })));
    } finally {
      await running.stop();
    }
  });
});

const RECURRENT: Architecture = { kind: "gru", units: 8, hidden: [6], activation: "relu" };
const TEMPORAL: Architecture = {
  ...{ kind: "temporal", window: 8, convolutions: [{ filters: 6, ticks: 3, stride: 1 }], hidden: [6], activation: "relu" },
};

const TICKS = 200;

for (const { board: id, tools } of TARGETS) {
  describe.skipIf(requires(...tools))(`an agent on ${id}`, () => {
    test.each(id === "virtual" || id === "uno" ? [RECURRENT, TEMPORAL] : [RECURRENT])(
      "that remembers ($kind) is the oracle's at each tick",
      { timeout: 180_000 },
      async (architecture) => {
        const robot = testRobot("continuous", { architecture });
        const { spec } = robot;
        const bundle = randomBundle(robot, 2);
        const { board: description, toolchain, emulator } = await emulatedTarget(id);
        const project = compileAgent(robot, bundle, description, { runtime: "c" }, await firmwareSources());
        const { running } = await bootProject(project, toolchain, emulator);
        const random = new Random(1);
        let oracle = int8Policy(spec, bundle.form, bundle.graph);
        try {
          const board = await RobotBoard.connect(running.port, robot);
          const drive = async (ticks: number, afresh: boolean): Promise<void> => {
            for (let tick = 0; tick < ticks; tick++) {
              const observation = randomObservation(spec, random);
              const faulty = tick === 3;
              if (faulty) observation[0] = NaN;
              const decision = await board.decide(observation);
              expect({ tick, inferred: decision.inferred, afresh: decision.afresh }).toEqual({
                ...{ tick, inferred: !faulty, afresh: afresh && tick === 0 },
              });
              expect(isOracles(oracle, decision, observation), `tick ${tick}`).toBe(true);
            }
          };
          await board.startLockStep();
          await drive(TICKS / 2, true);
          // Fed while another drives, forgotten when it was stopped.
          await board.handTo("expert");
          await drive(10, false);
          await board.handTo("policy");
          await drive(10, false);
          await board.handTo("neutral");
          await board.handTo("policy");
          await drive(20, true);
          await board.startLockStep();
          await drive(20, true);
          const other = randomBundle(robot, 4);
          const update = swapUpdateIfFits(robot, other, board.session.hello, { core: description.core, driving: bundle });
          expect(update === null).toBe(project.memory?.parameterSlots === 0);
          if (update !== null) {
            await putUpdate(board.session, update, silentProgress);
            oracle = int8Policy(spec, other.form, other.graph);
          }
          await drive(40, update !== null);
        } finally {
          await running.stop();
        }
      },
    );
  });
}
