// A program that boots a board and is then ended from outside must take the board with it.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echoRequest } from "../../../tests/echo.ts";
import { requires } from "../../../tests/requires.ts";
import type { Core, EmulatorId, ToolchainId } from "../../artifacts/board.ts";
import { readTree } from "../files.ts";
import { packageRoot } from "../package-root.ts";
import { toolchainFor } from "../toolchains/toolchains.ts";

const PROGRAM = `
import { readFileSync } from "node:fs";
import { emulatorFor } from "./host/emulators/emulators.js";
const [emulator, image, ending] = process.argv.slice(2);
await emulatorFor(emulator).boot(readFileSync(image));
process.on("message", () => {
  if (ending === "throw") throw new Error("on purpose");
  process.exit(0);
});
process.send("booted");
`;

/** The sources as JavaScript that plain Node runs, in a place from where it finds the packages. */
let compiled: string;
let temporary: string;

beforeAll(async () => {
  const cache = path.join(packageRoot, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  compiled = mkdtempSync(path.join(cache, "no-orphans-"));
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, rewriteRelativeImportExtensions: true };
  for (const folder of ["core", "artifacts", "host"]) {
    for (const [name, text] of await readTree(path.join(packageRoot, "src", folder))) {
      const file = path.join(compiled, folder, name.replace(/\.ts$/, ".js"));
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, ts.transpileModule(String(text), { compilerOptions }).outputText);
    }
  }
  writeFileSync(path.join(compiled, "package.json"), '{"type": "module"}');
  writeFileSync(path.join(compiled, "program.js"), PROGRAM);
  temporary = mkdtempSync(path.join(tmpdir(), "reflexarc-test-"));
});

afterAll(() => {
  rmSync(compiled, { recursive: true });
  rmSync(temporary, { recursive: true });
});

/** Ids of the running processes that this one started. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const { stdout } = await execa("ps", ["-axo", "pid=,ppid="]);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child ?? 0);
}

/** A process that has ended but that nobody has asked for its result is as good as gone. */
async function isRunning(pid: number): Promise<boolean> {
  const { stdout } = await execa("ps", ["-o", "stat=", "-p", String(pid)], { reject: false });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

interface Case {
  readonly emulator: EmulatorId;
  readonly toolchain: ToolchainId;
  readonly core: Core;
  readonly port: string;
  readonly tools: readonly string[];
}

const CASES: readonly Case[] = [
  { emulator: "process", toolchain: "cc", core: "host", port: "host", tools: ["cc", "ps"] },
  {
    emulator: "qemu-mps2-an386",
    toolchain: "arm-none-eabi-gcc",
    core: "cortex-m4f",
    port: "qemu-mps2-an386",
    tools: ["arm-none-eabi-gcc", "qemu-system-arm", "ps"],
  },
];

for (const test of CASES) {
  describe.skipIf(requires(...test.tools))(`a board in ${test.emulator}`, () => {
    it.each(["SIGINT", "SIGTERM", "SIGHUP", "exit", "throw"])("is gone after %s", async (ending) => {
      const toolchain = toolchainFor(test.toolchain, test.core);
      const { image } = await toolchain.build(await echoRequest(test.port));
      const own = mkdtempSync(path.join(temporary, "run-"));
      const imageFile = path.join(temporary, "image");
      writeFileSync(imageFile, image);
      const program = execa("node", [path.join(compiled, "program.js"), test.emulator, imageFile, ending], {
        env: { TMPDIR: own },
        ipc: true,
        reject: false,
      });
      expect(await program.getOneMessage()).toBe("booted");
      const children = await childrenOf(program.pid ?? 0);
      expect(children).toHaveLength(1);

      if (ending.startsWith("SIG")) program.kill(ending as NodeJS.Signals);
      else await program.sendMessage("end").catch(() => undefined); // it may be gone before it says that it heard
      const result = await program;

      expect(result.signal ?? result.exitCode).toBe(ending.startsWith("SIG") ? ending : ending === "exit" ? 0 : 1);
      try {
        await expect.poll(() => isRunning(children[0] ?? 0), { timeout: 10_000 }).toBe(false);
      } finally {
        if (await isRunning(children[0] ?? 0)) process.kill(children[0] ?? 0, "SIGKILL"); // the failed test's orphan
      }
      expect(readdirSync(own)).toEqual([]);
    });
  });
}
