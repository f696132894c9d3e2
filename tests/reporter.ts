// Prints, after everything else, what was skipped and why, and the one line that counts: `N passed, N failed, N skipped`. Under CI
// nothing may be skipped but what is listed here.

import type { UserConsoleLog } from "vitest";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Needs a checkout of TensorFlow Lite Micro, which no package registry has. */
const MAY_BE_SKIPPED_IN_CI = "tests/conformance/tflm.test.ts";

export default class SummaryReporter implements Reporter {
  private readonly reasons = new Set<string>();

  /** What is missing is said by the tests themselves: requires.ts, and those that look beside the project. */
  onUserConsoleLog({ content }: UserConsoleLog): void {
    for (const [, reason = ""] of content.matchAll(/^SKIPPED, (.+)$/gm)) this.reasons.add(reason);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()]);
    const failedModules = modules.filter((module) => module.errors().length > 0);
    const inState = (state: string): TestCase[] => cases.filter((test) => test.result().state === state);
    const skipped = inState("skipped");
    const forbidden =
      process.env["CI"] === undefined ? [] : skipped.filter((test) => test.module.relativeModuleId !== MAY_BE_SKIPPED_IN_CI);
    const lines = skipped.map((test) => {
      const result = test.result();
      const reason = result.state === "skipped" && result.note !== undefined ? ` (${result.note})` : "";
      const verdict = forbidden.includes(test) ? "FAILED, skipped in CI" : "skipped";
      return `${verdict}: ${test.module.relativeModuleId} > ${test.fullName}${reason}`;
    });
    if (skipped.length > 0) lines.push(...[...this.reasons].map((reason) => `why: ${reason}`));
    if (forbidden.length > 0) process.exitCode = 1;
    const failures = inState("failed").length + failedModules.length + unhandledErrors.length + forbidden.length;
    const summary = `${inState("passed").length} passed, ${failures} failed, ${skipped.length - forbidden.length} skipped`;
    // After the default reporter's own lines.
    process.on("exit", () => process.stdout.write(`\n${[...lines, summary].join("\n")}\n`));
  }
}
