// A robot's generated robot.c in a program of its own, without a policy: bytes in, bytes out.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { RobotSpec } from "../../src/artifacts/robot-spec.ts";
import { policyInputWidth } from "../../src/artifacts/encoding.ts";
import { formOutputs, policyForm } from "../../src/artifacts/policy-form.ts";
import { POLICY_INTERFACE_VERSION } from "../../src/emit/c/policy-header.ts";
import { emitRobot, type PolicyOutput } from "../../src/emit/c/robot.ts";
import { readFirmware } from "../../src/host/package-files.ts";
import { withTemporaryFolder } from "../../src/host/temporary-folder.ts";
import { buildNative } from "../native.ts";

const run = promisify(execFile);

/** What `main`, the text of main.c, answers on its standard output to `input`. @param output how robot_decode reads the policy's output. */
export async function runRobot(
  spec: RobotSpec,
  main: string,
  input: Buffer,
  output: PolicyOutput = { form: policyForm(spec.policy), scale: 1, zeroPoint: 0 },
): Promise<Buffer> {
  const identity = { schemaRevision: 1, firmwareHash: "0123456789abcdef", toolVersion: "0.0.0" };
  const memory = { ringTicks: 1, parameterSlots: 0, batchBytes: 240 } as const;
  const includes = [...(await readFirmware())].filter(([name]) => name.startsWith("include/"));
  // What of policy.h robot.c needs; nothing here calls a policy.
  const header = `#include <stdint.h>
#define POLICY_INTERFACE_VERSION ${POLICY_INTERFACE_VERSION}
#define POLICY_INPUT_SIZE ${policyInputWidth(spec)}
#define POLICY_OUTPUT_SIZE ${formOutputs(output.form, spec.action)}
`;
  const program = await buildNative({
    sources: new Map([...includes, ...emitRobot(spec, output, identity, memory), ["policy.h", header], ["main.c", main]]),
    units: ["main.c", "robot.c"],
    includes: ["include", "."],
    defines: [],
  });
  return withTemporaryFolder(async (folder) => {
    const file = path.join(folder, "robot");
    writeFileSync(file, program, { mode: 0o755 });
    const running = run(file, { encoding: "buffer", maxBuffer: 1 << 24 });
    running.child.stdin?.end(input);
    return (await running).stdout;
  });
}
