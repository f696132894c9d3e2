import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { echoRequest } from "../../../tests/echo.ts";
import { requires } from "../../../tests/requires.ts";
import type { ToolchainId } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import { DiagnosticError } from "../../core/diagnostic.ts";
import { IoError, type BuildRequest, type Toolchain } from "../../core/io.ts";
import { armNoneEabiGcc } from "./arm-none-eabi-gcc.ts";
import { nativeCc } from "./native-cc.ts";
import { toolchainFor } from "./toolchains.ts";
import { yowaspClang } from "./yowasp-clang.ts";

interface Case {
  readonly id: ToolchainId;
  readonly port: string;
  readonly tools: readonly string[];
  /** What an image of its begins with. */
  readonly magic: string;
}

const CASES: readonly Case[] = [
  { id: "yowasp-clang", port: "virtual", tools: [], magic: "\0asm" },
  { id: "cc", port: "host", tools: ["cc"], magic: "" },
  { id: "arm-none-eabi-gcc", port: "qemu-mps2-an386", tools: ["arm-none-eabi-gcc"], magic: "\x7fELF" },
];

/** 400 bytes of constants, 80 of variables, and a function that nobody calls. */
const SIZED = `
#include "reflex.h"
#include <string.h>
static const reflex_port* port;
static const int32_t table[100] = {1, 2, 3};
static int32_t state[19];
int unused(int index);
int unused(int index) { static int32_t wasted[1000]; return wasted[index] + table[index]; }
static __attribute__((noinline)) int deep(int index) { volatile char local[200]; local[index] = 1; return local[0] + table[index]; }
int outer(int index);
__attribute__((noinline)) int outer(int index) { memcpy(state, &table[index], (size_t)index); return deep(index) + state[index]; }
int recursive(int depth);
__attribute__((noinline)) int recursive(int depth) { volatile int local = depth; return local == 0 ? 0 : recursive(depth - 1) + local; }
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) { state[0] = outer(state[1]) + recursive(state[2]); (void)port->now_us(); }
`;

function toolchain(id: ToolchainId): Toolchain {
  const found = toolchainFor(id);
  assert(found !== null, "a toolchain of this machine");
  return found;
}

async function failureOf(build: Promise<unknown>): Promise<DiagnosticError> {
  const error: unknown = await build.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DiagnosticError)) throw new Error(`no diagnostic but ${String(error)}`);
  return error;
}

// A folder of this file's own, so that what builds leave behind can be told from other tests' files.
const temporary = mkdtempSync(path.join(tmpdir(), "reflexarc-test-"));
vi.stubEnv("TMPDIR", temporary);
afterAll(() => {
  rmSync(temporary, { recursive: true });
});

for (const test of CASES) {
  describe.skipIf(requires(...test.tools))(`toolchain ${test.id}`, () => {
    it("finds itself", async () => {
      expect(await toolchain(test.id).probe()).toEqual([
        expect.objectContaining({ found: true, version: expect.stringMatching(/\d+\.\d+/) as string }),
      ]);
    });

    it("builds the same image again, printing nothing and leaving nothing behind", async () => {
      const request = await echoRequest(test.port);
      const print = vi.spyOn(console, "log");
      const images = await Promise.all([1, 2].map(async () => (await toolchain(test.id).build(request)).image));
      expect(
        Buffer.from(images[0] ?? [])
          .subarray(0, test.magic.length)
          .toString("latin1"),
      ).toBe(test.magic);
      expect(images[0]).toEqual(images[1]);
      expect(print).not.toHaveBeenCalled();
      expect(readdirSync(temporary)).toEqual([]);
    });

    it("repeats the compiler's words, for every unit that fails, and builds again afterwards", async () => {
      const request = await echoRequest(test.port, "int broken(void) { return missing; }\n");
      const alsoBroken: BuildRequest = {
        ...request,
        sources: new Map([...request.sources, ["app/b.c", "#error too bad"]]),
        units: [...request.units, "app/b.c"],
      };
      const { diagnostics, exitCode } = await failureOf(toolchain(test.id).build(alsoBroken));
      expect(exitCode).toBe(1);
      expect(diagnostics.map(({ code, where }) => [code, where?.file, where?.line])).toEqual([
        ["compile-failed", "app/echo.c", 1],
        ["compile-failed", "app/b.c", 1],
      ]);
      expect(diagnostics[0]?.message).toMatch(/missing.*undeclared|undeclared.*missing/);
      expect(diagnostics[1]?.message).toContain("too bad");
      expect(readdirSync(temporary)).toEqual([]);
      await toolchain(test.id).build(await echoRequest(test.port));
    });

    it("repeats the linker's words", async () => {
      const request = await echoRequest(test.port, "int nothing(void);\nint nothing(void) { return 0; }\n");
      const { diagnostics } = await failureOf(toolchain(test.id).build(request));
      expect(diagnostics).toEqual([
        expect.objectContaining({ code: "link-failed", message: expect.stringContaining("reflex_app_start") as string }),
      ]);
    });

    it("passes definitions on", async () => {
      const request = await echoRequest(test.port, "#if ANSWER != 42\n#error wrong\n#endif\n#include ECHO\n");
      const original = (await echoRequest(test.port)).sources.get("app/echo.c") ?? "";
      const sources = new Map([...request.sources, ["app/real.h", original]]);
      await toolchain(test.id).build({ ...request, sources, defines: ["ANSWER=42", 'ECHO="real.h"'] });
    });
  });
}

describe("sizes", () => {
  it("of WebAssembly are what the linker kept of each unit", async () => {
    const { sizes } = await yowaspClang().build(await echoRequest("virtual", SIZED));
    expect(sizes.get("app/echo.c")).toEqual({ code: expect.any(Number) as number, constants: 400, ram: 80 });
    expect(sizes.get("app/echo.c")?.code).toBeGreaterThan(50);
    expect(sizes.get("port/virtual/main.c")?.ram).toBeGreaterThan(16_384 + 4_096);
  });

  it.skipIf(requires("arm-none-eabi-gcc"))("of an ELF file are what the linker kept of each unit", async () => {
    const { sizes } = await armNoneEabiGcc().build(await echoRequest("qemu-mps2-an386", SIZED));
    expect(sizes.get("app/echo.c")).toEqual({ code: expect.any(Number) as number, constants: 400, ram: 80 });
    expect(sizes.get("app/echo.c")?.code).toBeGreaterThan(50);
    expect(sizes.get("port/qemu-mps2-an386/startup.c")?.constants).toBeGreaterThanOrEqual(64);
  });
});

describe.skipIf(requires("arm-none-eabi-gcc"))("stack", () => {
  it("of a call includes callees, library functions too; unknown with recursion", async () => {
    const { stackBytes } = await armNoneEabiGcc().build(await echoRequest("qemu-mps2-an386", SIZED));
    const deep = stackBytes("deep") ?? 0;
    expect(deep).toBeGreaterThanOrEqual(200);
    expect(deep).toBeLessThan(232);
    expect(stackBytes("outer")).toBeGreaterThan(deep);
    expect(stackBytes("recursive")).toBeUndefined();
    expect(stackBytes("reflex_app_poll")).toBeUndefined();
  });
});

describe("the ports' C", () => {
  const strict = ["-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-pedantic", "-Werror"];

  it("is clean as WebAssembly", async () => {
    await yowaspClang({ flags: strict }).build(await echoRequest("virtual"));
  });

  it.skipIf(requires("cc"))("is clean as a host program, sanitized", async () => {
    await nativeCc({ flags: strict, sanitizers: ["address", "undefined"] }).build(await echoRequest("host"));
  });

  it.skipIf(requires("arm-none-eabi-gcc"))("is clean on the Cortex-M4F", async () => {
    await armNoneEabiGcc({ flags: strict }).build(await echoRequest("qemu-mps2-an386"));
  });
});

describe("a missing compiler", () => {
  it.each([
    ["cc", "host", "there is no C compiler"],
    ["arm-none-eabi-gcc", "qemu-mps2-an386", "arm-none-eabi-gcc is not installed"],
  ] as const)("%s is named, with how to get it", async (id, port, words) => {
    const request = await echoRequest(port);
    vi.stubEnv("PATH", temporary);
    const statuses = await toolchain(id).probe();
    const error: unknown = await toolchain(id)
      .build(request)
      .catch((thrown: unknown) => thrown);
    vi.unstubAllEnvs();
    vi.stubEnv("TMPDIR", temporary);
    expect(statuses).toEqual([expect.objectContaining({ found: false, install: expect.stringContaining("apt install") as string })]);
    expect(error).toBeInstanceOf(IoError);
    expect(error).toMatchObject({
      message: expect.stringContaining(words) as string,
      hint: expect.stringContaining("apt install") as string,
    });
    expect(readdirSync(temporary)).toEqual([]);
  });
});

it("leaves Arduino and ESP-IDF to build by themselves", () => {
  expect([toolchainFor("arduino"), toolchainFor("esp-idf")]).toEqual([null, null]);
});
