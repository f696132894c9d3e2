// The order of test files: those that take longest first, so that no worker is left alone with one at the end. Vitest would know
// only from an earlier run, which a clean checkout has not.

import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** All that take more than half a minute of the processor, or, like the first, of waiting for boards. */
const LONGEST: readonly string[] = [
  "tests/conformance/link.test.ts",
  "tests/conformance/operators-in-c.test.ts",
  "tests/static.test.ts",
  "tests/hil/loop.test.ts",
  "tests/hil/golden-folder.test.ts",
  "tests/property/kernel-families.test.ts",
  "tests/hil/errors.test.ts",
  "tests/hil/real-data.test.ts",
  "tests/hil/board-recording.test.ts",
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.indexOf(path.posix.relative(this.ctx.config.root, moduleId));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((left, right) => rank(left) - rank(right));
  }
}
