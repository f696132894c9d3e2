// Everything that can be known without running the program: types, lint, format, warnings of C compilers and of cppcheck.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { requires } from "./requires.ts";

/** Runs a program; its words are the failure. */
function run(program: string, ...args: string[]): void {
  try {
    execFileSync(program, args, { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`);
  }
}

describe("TypeScript", () => {
  test("types", () => {
    run("npx", "tsc", "-p", ".");
  }, 300_000);

  test("lint", () => {
    run("npx", "eslint", "--max-warnings", "0", ".");
  }, 300_000);

  test("format", () => {
    run("npx", "prettier", "--check", "--log-level", "warn", "src", "tests", "templates", "*.ts", "*.js");
  }, 300_000);
});

const C_FILES = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "firmware", "templates"], {
  encoding: "utf8",
})
  .trim()
  .split("\n")
  .filter((file) => /\.(c|h|cpp)$/.test(file) && !file.includes("reflex_protocol"));

describe("C", () => {
  test.skipIf(requires("clang-format"))("format", () => {
    run("clang-format", "--dry-run", "--Werror", ...C_FILES);
  });

  test.skipIf(requires("cppcheck"))("cppcheck, of the firmware with generated robots", () => {
    for (const robot of ["discrete", "continuous"].map((kind) => `tests/golden/emitted/${kind}`)) {
      run(
        "cppcheck",
        "--quiet",
        "--error-exitcode=1",
        "--enable=warning,portability,performance",
        "--std=c99",
        "-Ifirmware/include",
        `-I${robot}`,
        "firmware/src",
        robot,
      );
    }
  });
});

test("the protocol's generated files are committed as generated, and the lock file names no registry", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
});
