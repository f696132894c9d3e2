// Prints, after everything else, what was skipped and why, and the one line that counts: `N passed, N failed, N skipped`.

import type { Reporter, TestCase, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()]);
    const failedModules = modules.filter((module) => module.errors().length > 0);
    const inState = (state: string): TestCase[] => cases.filter((test) => test.result().state === state);
    const skipped = inState("skipped");
    const lines = skipped.map((test) => {
      const result = test.result();
      const reason = result.state === "skipped" && result.note !== undefined ? result.note : "";
      return `skipped: ${test.module.relativeModuleId} > ${test.fullName}${reason === "" ? "" : ` (${reason})`}`;
    });
    const failures = inState("failed").length + failedModules.length + unhandledErrors.length;
    const summary = `${inState("passed").length} passed, ${failures} failed, ${skipped.length} skipped`;
    // After the default reporter's own lines.
    process.on("exit", () => process.stdout.write(`\n${[...lines, summary].join("\n")}\n`));
  }
}
