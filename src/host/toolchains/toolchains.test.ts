import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { echoRequest } from "../../../tests/echo.ts";
import { requires } from "../../../tests/requires.ts";
import type { Core, ToolchainId } from "../../artifacts/board.ts";
import { DiagnosticError } from "../../core/diagnostic.ts";
import { IoError, type Installation, type BuildRequest, type Toolchain } from "../../core/io.ts";
import { crossGcc } from "./cross-gcc.ts";
import { nativeCc } from "./native-cc.ts";
import { boardToolchain, toolchainFor } from "./toolchains.ts";
import { loadBoard } from "../boards.ts";
import { ELF_ARM, parseElf } from "../elf.ts";
import { boardsFolder } from "../package-files.ts";
import { packageRoot } from "../package-root.ts";
import { yowaspClang } from "./yowasp-clang.ts";

interface Case {
  readonly id: ToolchainId;
  readonly core: Core;
  readonly port: string;
  readonly tools: readonly string[];
  /** What an image of its begins with. */
  readonly magic: string;
}

const ELF = "\x7fELF";

const CASES: readonly Case[] = [
  { id: "yowasp-clang", core: "wasm32", port: "virtual", tools: [], magic: "\0asm" },
  { id: "cc", core: "host", port: "host", tools: ["cc"], magic: "" },
  ...[
    { core: "cortex-m0plus", port: "pico" } as const,
    { core: "cortex-m4f", port: "qemu-mps2-an386" } as const,
    { core: "cortex-m7", port: "qemu-mps2-an386" } as const,
    { core: "cortex-m33", port: "qemu-mps3-an547" } as const,
    { core: "cortex-m55", port: "qemu-mps3-an547" } as const,
  ].map((each) => ({ ...each, id: "arm-none-eabi-gcc", tools: ["arm-none-eabi-gcc"], magic: ELF }) as const),
  { id: "riscv64-unknown-elf-gcc", core: "rv32imc", port: "qemu-riscv32-virt", tools: ["riscv64-unknown-elf-gcc"], magic: ELF },
  { id: "xtensa-lx106-elf-gcc", core: "xtensa-lx106", port: "qemu-xtensa-sim", tools: ["xtensa-lx106-elf-gcc"], magic: ELF },
  { id: "avr-gcc", core: "avr", port: "uno", tools: ["avr-gcc"], magic: ELF },
];

/** Those that tell sizes and stack. */
const CROSS_CASES = CASES.filter(({ magic }) => magic === ELF);

/** 400 bytes of constants, 80 of variables (a pointer and 19 words), and a function that nobody calls. */
const SIZED = `
#include "reflex.h"
void* memcpy(void* destination, const void* source, size_t count);
static const reflex_port* port;
static const int32_t table[100] = {1, 2, 3};
static int32_t state[19];
int unused(int index);
int unused(int index) { static int32_t wasted[1000]; return wasted[index] + table[index]; }
static __attribute__((noinline)) int deep(int index) { volatile char local[200]; local[index] = 1; return local[0] + table[index]; }
int outer(int index);
__attribute__((noinline)) int outer(int index) { memcpy(state, &table[index], (size_t)index); return deep(index) + state[index]; }
float library(float number);
__attribute__((noinline)) float library(float number) { return number * (float)state[5] + 0.1f; }
int64_t wide(int index);
__attribute__((noinline)) int64_t wide(int index) { return (int64_t)state[index] * state[1] >> 31; }
int indirect(int index);
__attribute__((noinline)) int indirect(int index) { return (int)port->now_us() + index; }
int recursive(int depth);
__attribute__((noinline)) int recursive(int depth) { volatile int local = depth; return local == 0 ? 0 : recursive(depth - 1) + local; }
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) { state[0] = outer(state[1]) + recursive(state[2]) + indirect(3); state[3] = (int)library((float)state[4]) + (int)wide(2); }
`;

function toolchain({ id, core }: Pick<Case, "id" | "core">): Toolchain {
  return toolchainFor(id, core);
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
  describe.skipIf(requires(...test.tools))(`toolchain ${test.id} for ${test.core}`, () => {
    it("finds itself", async () => {
      expect(await toolchain(test).probe()).toEqual([
        expect.objectContaining({ found: true, version: expect.stringMatching(/\d+\.\d+/) as string }),
      ]);
    });

    it("builds the same image again, printing nothing and leaving nothing behind", async () => {
      const request = await echoRequest(test.port);
      const print = vi.spyOn(console, "log");
      const images = await Promise.all([1, 2].map(async () => (await toolchain(test).build(request)).image));
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
      const { diagnostics, exitCode } = await failureOf(toolchain(test).build(alsoBroken));
      expect(exitCode).toBe(1);
      expect(diagnostics.map(({ code, where }) => [code, where?.file, where?.line])).toEqual([
        ["compile-failed", "app/echo.c", 1],
        ["compile-failed", "app/b.c", 1],
      ]);
      expect(diagnostics[0]?.message).toMatch(/missing.*undeclared|undeclared.*missing/);
      expect(diagnostics[1]?.message).toContain("too bad");
      expect(readdirSync(temporary)).toEqual([]);
      await toolchain(test).build(await echoRequest(test.port));
    });

    it("repeats the linker's words", async () => {
      const request = await echoRequest(test.port, "int nothing(void);\nint nothing(void) { return 0; }\n");
      const { diagnostics } = await failureOf(toolchain(test).build(request));
      expect(diagnostics).toEqual([
        expect.objectContaining({ code: "link-failed", message: expect.stringContaining("reflex_app_start") as string }),
      ]);
    });

    it("passes definitions on", async () => {
      const request = await echoRequest(test.port, "#if ANSWER != 42\n#error wrong\n#endif\n#include ECHO\n");
      const original = (await echoRequest(test.port)).sources.get("app/echo.c") ?? "";
      const sources = new Map([...request.sources, ["app/real.h", original]]);
      await toolchain(test).build({ ...request, sources, defines: ["ANSWER=42", 'ECHO="real.h"'] });
    });
  });
}

describe.skipIf(requires("cc"))("a second build", () => {
  it("compiles only what has changed, in another process too, and all of it for another compiler", async () => {
    const folder = mkdtempSync(path.join(temporary, "bin-"));
    const log = path.join(folder, "log");
    // Stands before the real compiler, and notes what it is asked for.
    writeFileSync(
      path.join(folder, "cc"),
      `#!/bin/sh\n[ "$1$SAYS" = --versionother ] && echo other && exit\necho "$@" >> ${log}\nPATH=\${PATH#*:}\nexec cc "$@"\n`,
      { mode: 0o755 },
    );
    vi.stubEnv("PATH", `${folder}${path.delimiter}${process.env["PATH"] ?? ""}`);
    vi.stubEnv("XDG_CACHE_HOME", path.join(folder, "cache"));
    const compiled = async (application: string, compiler = nativeCc): Promise<readonly string[]> => {
      const request = await echoRequest("host", `${application}\nvoid reflex_app_start(const reflex_port* port) { (void)port; }`);
      writeFileSync(log, "");
      await compiler({ flags: ["-DSECOND_BUILD"] }).build(request);
      return [...readFileSync(log, "utf8").matchAll(/ -c (\S+)/g)].map(([, unit = ""]) => unit).sort();
    };
    const application = '#include "reflex.h"\nvoid reflex_app_poll(void) {}';
    expect(await compiled(application)).toEqual(["app/echo.c", "port/host/main.c"]);
    expect(await compiled(`${application}\nint more;`)).toEqual(["app/echo.c"]);
    expect(await compiled(application)).toEqual([]);
    vi.resetModules(); // as another process has them
    const { nativeCc: another } = await import("./native-cc.ts");
    expect(await compiled(application, another)).toEqual([]);
    vi.stubEnv("SAYS", "other");
    expect(await compiled(application, another)).toEqual(["app/echo.c", "port/host/main.c"]);
    vi.unstubAllEnvs();
    vi.stubEnv("TMPDIR", temporary);
    rmSync(folder, { recursive: true });
  });
});

describe("sizes", () => {
  it("of WebAssembly are what the linker kept of each unit", async () => {
    const { sizes } = await yowaspClang().build(await echoRequest("virtual", SIZED));
    expect(sizes.get("app/echo.c")).toEqual({ code: expect.any(Number) as number, constants: 400, ram: 80 });
    expect(sizes.get("app/echo.c")?.code).toBeGreaterThan(50);
    expect(sizes.get("port/virtual/main.c")?.ram).toBeGreaterThan(16_384 + 4_096);
  });

  it.skipIf(requires("arm-none-eabi-gcc"))("of a vector table are in its unit", async () => {
    const { sizes } = await crossGcc("cortex-m4f").build(await echoRequest("qemu-mps2-an386", SIZED));
    expect(sizes.get("port/qemu-mps2-an386/cortex_m.c")?.constants).toBeGreaterThanOrEqual(64);
  });
});

for (const { core, port, tools } of CROSS_CASES) {
  describe.skipIf(requires(...tools))(`what is known of an image for ${core}`, () => {
    const built = (async () => crossGcc(core).build(await echoRequest(port, SIZED)))();

    it("are the sizes of what the linker kept of each unit", async () => {
      const size = (await built).sizes.get("app/echo.c");
      const pointer = core === "avr" ? 2 : 4;
      const variables = 19 * 4 + pointer;
      // An AVR's loads reach RAM alone, so its constants are there; the float 0.1 may be a constant, too.
      const [constants, ram] = core === "avr" ? [0, variables + 400] : [400, variables];
      expect(size?.code).toBeGreaterThan(50);
      expect(size?.code).toBeLessThan(700);
      expect([constants, constants + 4]).toContain(size?.constants);
      expect([ram, ram + 4]).toContain(size?.ram);
    });

    it("is the stack of a call with its callees, library functions too; not with recursion or a call through a pointer", async () => {
      const { stackBytes } = await built;
      const deep = stackBytes("deep") ?? 0;
      expect(deep).toBeGreaterThanOrEqual(200);
      expect(deep).toBeLessThan(232);
      expect(stackBytes("outer")).toBeGreaterThan(deep);
      expect(stackBytes("outer")).toBeLessThan(deep + 64);
      if (core !== "avr") expect(stackBytes("library")).toBeLessThan(200);
      expect(stackBytes("wide")).toBeLessThan(100);
      expect(["recursive", "indirect", "reflex_app_poll"].map((name) => stackBytes(name))).toEqual([undefined, undefined, undefined]);
      expect(stackBytes("indirect", ["deep"])).toBeGreaterThanOrEqual(deep);
      expect(stackBytes("indirect", ["deep"])).toBeLessThan(deep + 32);
      expect(stackBytes("indirect", ["deep", "recursive"])).toBeUndefined();
    });

    it("is the stack of interrupts, of a port that has some", async () => {
      const bytes = (await built).interruptStackBytes() ?? NaN;
      if (core === "avr" || core === "cortex-m0plus") {
        expect(bytes).toBeGreaterThanOrEqual(10);
        expect(bytes).toBeLessThan(200);
      } else expect(bytes).toBe(0);
    });
  });
}

describe("the ports' C", () => {
  const strict = ["-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-pedantic", "-Werror"];

  it("is clean as WebAssembly", async () => {
    await yowaspClang({ flags: strict }).build(await echoRequest("virtual"));
  });

  it.skipIf(requires("cc"))("is clean as a host program, sanitized", async () => {
    await nativeCc({ flags: strict, sanitizers: ["address", "undefined"] }).build(await echoRequest("host"));
  });

  for (const { core, port, tools } of CROSS_CASES) {
    it.skipIf(requires(...tools))(`is clean for ${core}`, async () => {
      // Debian's avr-gcc warns of its library's headers and, without a name, of naked functions.
      const flags = core === "avr" ? ["-Wall", "-Wextra", "-Werror=conversion", "-Werror=sign-conversion", "-Werror=unused"] : strict;
      await crossGcc(core, { flags }).build(await echoRequest(port));
    });
  }

  it.skipIf(requires("arm-none-eabi-gcc"))("is clean for the Nucleo-F446RE, and the stack of its interrupts is known", async () => {
    const { interruptStackBytes } = await crossGcc("cortex-m4f", { flags: strict }).build(await echoRequest("stm32f4"));
    expect(interruptStackBytes()).toBeGreaterThanOrEqual(104); // with floating point, the core alone saves so much
    expect(interruptStackBytes()).toBeLessThan(200);
  });

  it.skipIf(requires("arm-none-eabi-gcc")).each(["cortex-m0plus", "cortex-m4f"] as const)(
    "is clean for any board with a %s, as robot_io.c describes it at first",
    async (core) => {
      const request = await echoRequest("cortex-m");
      const described = readFileSync(path.join(packageRoot, "templates/projects/bare/examples/cortex-m.c"), "utf8");
      const sources = new Map([...request.sources, ["app/board.c", described]]);
      const { image } = await crossGcc(core, { flags: strict }).build({ ...request, sources, units: [...request.units, "app/board.c"] });
      const { segments, symbols } = parseElf(image, ELF_ARM);
      expect(segments[0]?.address).toBe(0x08000000);
      expect(symbols.get("stack_bottom")).toBe(0x20000000);
    },
  );
});

describe("a missing compiler", () => {
  it.each([
    ["cc", "host", "host", "there is no C compiler"],
    ["arm-none-eabi-gcc", "cortex-m4f", "qemu-mps2-an386", "arm-none-eabi-gcc is not installed"],
    ["riscv64-unknown-elf-gcc", "rv32imc", "qemu-riscv32-virt", "riscv64-unknown-elf-gcc is not installed"],
    ["xtensa-lx106-elf-gcc", "xtensa-lx106", "qemu-xtensa-sim", "xtensa-lx106-elf-gcc is not installed"],
    ["avr-gcc", "avr", "uno", "avr-gcc is not installed"],
  ] as const)("%s is named, with how to get it", async (id, core, port, words) => {
    const request = await echoRequest(port);
    vi.stubEnv("PATH", temporary);
    const statuses = await toolchain({ id, core }).probe();
    const error: unknown = await toolchain({ id, core })
      .build(request)
      .catch((thrown: unknown) => thrown);
    vi.unstubAllEnvs();
    vi.stubEnv("TMPDIR", temporary);
    expect(statuses).toEqual([
      expect.objectContaining({
        found: false,
        install: expect.objectContaining({ debian: expect.stringContaining("apt install") as string }) as Installation,
      }),
    ]);
    expect(error).toBeInstanceOf(IoError);
    expect(error).toMatchObject({
      message: expect.stringContaining(words) as string,
      hint: expect.stringContaining("apt install") as string,
    });
    expect(readdirSync(temporary)).toEqual([]);
  });
});

it("a compiler without its C library is told apart from none", async () => {
  const folder = mkdtempSync(path.join(temporary, "bin-"));
  writeFileSync(path.join(folder, "avr-gcc"), '#!/bin/sh\n[ "$1" = --version ] && echo avr-gcc 5.4 || echo libc.a\n', { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}${path.delimiter}${process.env["PATH"] ?? ""}`);
  const statuses = await toolchain({ id: "avr-gcc", core: "avr" }).probe();
  vi.unstubAllEnvs();
  vi.stubEnv("TMPDIR", temporary);
  rmSync(folder, { recursive: true });
  expect(statuses).toEqual([
    expect.objectContaining({ tool: "avr-gcc", found: true }),
    expect.objectContaining({
      tool: "avr-libc",
      found: false,
      install: expect.objectContaining({ debian: expect.stringContaining("avr-libc") as string }) as Installation,
    }),
  ]);
});

it("leaves Arduino and ESP-IDF to build by themselves", async () => {
  expect(boardToolchain(await loadBoard(boardsFolder, "esp32"))).toBeNull();
  expect(boardToolchain(await loadBoard(boardsFolder, "uno"))?.id).toBe("avr-gcc");
});
