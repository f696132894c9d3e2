// What a policy says, read by the generated robot.c and by decodeAction: the same bits for any output of any form.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeAction } from "../../src/artifacts/encoding.ts";
import { formOutputs, type PolicyForm, type PolicyHead } from "../../src/artifacts/policy-form.ts";
import type { ActionSpec, RobotSpec } from "../../src/artifacts/robot-spec.ts";
import { Random } from "../../src/core/random.ts";
import { actionToWire } from "../../src/link/wire.ts";
import { testRobot } from "../conformance/robot.ts";
import { requires } from "../requires.ts";
import { runRobot } from "./robot-program.ts";

const OUTPUTS = 2000;

const MAIN = `#include <stdio.h>
#include "robot.h"

int
main(void) {
    int8_t output[POLICY_OUTPUT_SIZE];
    uint8_t bytes[ROBOT_ACTION_BYTES];
    robot_action action;

    while (fread(output, 1, sizeof(output), stdin) == sizeof(output)) {
        robot_decode(output, &action);
        robot_action_to_wire(&action, bytes);
        fwrite(bytes, 1, sizeof(bytes), stdout);
    }
    return 0;
}
`;

interface Reading {
  readonly action: ActionSpec;
  readonly form: PolicyForm;
  readonly scale: number;
  readonly zeroPoint: number;
}

const continuous = testRobot("continuous").spec.action;
const discrete = testRobot("discrete").spec.action;
const oneNumber: ActionSpec = continuous.kind === "continuous" ? { ...continuous, fields: continuous.fields.slice(0, 1) } : continuous;

const plain: fc.Arbitrary<PolicyHead> = fc.constant({ kind: "plain" });
const mixture = fc.integer({ min: 2, max: 16 }).map((bins): PolicyHead => ({ kind: "mixture", bins }));
const actionAndHead = fc.oneof(
  fc.tuple(fc.constant(discrete), plain),
  fc.tuple(fc.constantFrom(continuous, oneNumber), fc.oneof(plain, mixture)),
);
const reading: fc.Arbitrary<Reading> = fc
  .tuple(actionAndHead, fc.integer({ min: 1, max: 8 }), fc.constantFrom(1 / 127, 0.003, 0.05), fc.constantFrom(0, -3, 101))
  .map(([[action, head], members, scale, zeroPoint]) => ({
    action,
    form: { head, members, memory: { kind: "none" } },
    scale: Math.fround(scale),
    zeroPoint,
  }));

/** Outputs of few different values among them, so that scores are often equal. */
function outputsOf(count: number, random: Random): Int8Array {
  const spread = random.integer(2) === 0 ? 3 : 256;
  return Int8Array.from({ length: count }, () => random.integer(spread) - 128 + random.integer(2) * (256 - spread));
}

describe.skipIf(requires("cc", "c++"))("robot_decode", () => {
  test("does what decodeAction does", async () => {
    await fc.assert(
      fc.asyncProperty(reading, fc.integer(), async ({ action, form, scale, zeroPoint }, seed) => {
        const spec: RobotSpec = { ...testRobot("continuous").spec, action };
        const random = new Random(seed);
        const outputs = Array.from({ length: OUTPUTS }, () => outputsOf(formOutputs(form, action), random));
        const answers = await runRobot(spec, MAIN, Buffer.concat(outputs.map((output) => Buffer.from(output.buffer))), {
          form,
          scale,
          zeroPoint,
        });
        const expected = outputs.map((output) => actionToWire(spec, decodeAction(action, form, output, scale, zeroPoint)));
        const [{ length } = new Uint8Array()] = expected;
        expect(answers.length).toBe(OUTPUTS * length);
        expected.forEach((bytes, index) => {
          const answer = Uint8Array.from(answers.subarray(index * length, (index + 1) * length));
          if (!bytes.every((byte, position) => byte === answer[position]))
            expect({ output: outputs[index], answer }).toEqual({ output: outputs[index], answer: bytes });
        });
      }),
      { numRuns: 16, endOnFailure: true },
    );
  }, 120_000);
});
