// Which outside programs a test needs. Without one the test is skipped, loudly; under CI nothing is skipped, so it fails.

import { existsSync } from "node:fs";
import path from "node:path";

/** For `describe.skipIf(requires("qemu-system-arm"))`: true when a tool is missing.
 * @throws Error when a tool is missing and CI is set: there, everything is installed. */
export function requires(...tools: readonly string[]): boolean {
  const missing = tools.filter((tool) => !installed(tool));
  if (missing.length === 0) return false;
  const message = `not installed: ${missing.join(", ")} (tests/install-toolchains.sh installs what the tests need)`;
  if (process.env["CI"] !== undefined) throw new Error(message);
  console.warn(`SKIPPED, ${message}`);
  return true;
}

function installed(tool: string): boolean {
  return (process.env["PATH"] ?? "").split(path.delimiter).some((folder) => existsSync(path.join(folder, tool)));
}
