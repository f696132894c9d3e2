// Everything that can be known without running the program: types, lint, format, warnings of C compilers and of cppcheck.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
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
  test("types and lint", () => {
    run(process.execPath, "tests/types-and-lint.js");
  }, 300_000);

  test("format", () => {
    run("npx", "prettier", "--check", "--log-level", "warn", "src", "tests", "templates", "*.ts", "*.js");
  }, 300_000);
});

function filesIn(...folders: string[]): string[] {
  return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", ...folders], { encoding: "utf8" })
    .trim()
    .split("\n");
}

const C_FILES = filesIn("firmware", "templates", "tests/native", "src/train/engines/wasm").filter(
  (file) => /\.(c|h|cpp)$/.test(file) && !file.includes("reflex_protocol"),
);
const TEST_ROBOT = "src/link/testing/robot";

/** What cppcheck looks at together: folders, and where their headers are. */
const CPPCHECKED = [
  ...["discrete", "continuous"]
    .map((kind) => `tests/golden/emitted/${kind}`)
    .map((robot) => ({ folders: ["firmware/src", robot], include: [robot] })),
  { folders: ["firmware/port"], include: [...new Set(filesIn("firmware/port").map((file) => path.dirname(file)))] },
  { folders: ["firmware/src", TEST_ROBOT, "tests/native"], include: [TEST_ROBOT, "tests/native"] },
];

/** All of firmware/src, as it is where parameters can be swapped and where they can't, and as none of the ports' builds has it. The
 * ports are built with the same warnings in src/host/toolchains/toolchains.test.ts. */
const COMPILED: readonly { readonly compiler: string; readonly flags: readonly string[]; readonly slots: readonly number[] }[] = [
  { compiler: "gcc", flags: ["-pedantic"], slots: [0, 2] },
  { compiler: "arm-none-eabi-gcc", flags: ["-pedantic", "-mcpu=cortex-m0plus", "-mthumb"], slots: [0, 2] },
  {
    compiler: "riscv64-unknown-elf-gcc",
    flags: ["-pedantic", "-march=rv32imc", "-misa-spec=2.2", "-mabi=ilp32", "-ffreestanding"],
    slots: [0, 2],
  },
  { compiler: "xtensa-lx106-elf-gcc", flags: ["-pedantic", "-ffreestanding"], slots: [0, 2] },
  { compiler: "avr-gcc", flags: ["-std=gnu99", "-mmcu=atmega328p"], slots: [0] },
];

describe("C", () => {
  test.skipIf(requires("clang-format"))("format", () => {
    run("clang-format", "--dry-run", "--Werror", ...C_FILES);
  });

  test.skipIf(requires("cppcheck"))("cppcheck, of the firmware, its ports, generated robots, and tests", () => {
    for (const { folders, include } of CPPCHECKED) {
      const flags = ["--quiet", "--error-exitcode=1", "--enable=warning,portability,performance", "--std=c99"];
      run("cppcheck", ...flags, ...["firmware/include", ...include].map((folder) => `-I${folder}`), ...folders);
    }
  });

  for (const { compiler, flags, slots } of COMPILED) {
    test.skipIf(requires(compiler))(`the firmware under ${compiler}'s warnings`, () => {
      const sources = filesIn("firmware/src");
      const strict = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror", "-fsyntax-only"];
      for (const count of slots) {
        const robot = ["-Ifirmware/include", `-I${TEST_ROBOT}`, `-DROBOT_PARAMETER_SLOTS=${count}u`];
        run(compiler, ...strict, ...robot, ...flags, ...sources);
      }
    });
  }
});

test("the protocol's generated files are committed as generated, and the lock file names no registry", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
});
