import { beforeAll, describe, expect, it } from "vitest";
import { BUSY, flood, FRAGILE, pattern, received, TICKER } from "../../../tests/board-applications.ts";
import { echoRequest } from "../../../tests/echo.ts";
import { requires } from "../../../tests/requires.ts";
import type { Core, EmulatorId, ToolchainId } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import { IoError } from "../../core/io.ts";
import { toolchainFor } from "../toolchains/toolchains.ts";
import { emulatorFor } from "./emulators.ts";

interface Case {
  readonly emulator: EmulatorId;
  readonly toolchain: ToolchainId;
  readonly core: Core;
  readonly port: string;
  readonly tools: readonly string[];
}

const ARM_TOOLS = ["arm-none-eabi-gcc", "qemu-system-arm"];

/** In QEMU, by an image's own compiler. Where nothing else is said, the emulator's id is that of the port. */
const QEMU_CASES: readonly Case[] = (
  [
    { emulator: "qemu-mps2-an386", toolchain: "arm-none-eabi-gcc", core: "cortex-m4f", tools: ARM_TOOLS },
    { emulator: "qemu-mps3-an547", toolchain: "arm-none-eabi-gcc", core: "cortex-m55", tools: ARM_TOOLS },
    { emulator: "qemu-netduinoplus2", toolchain: "arm-none-eabi-gcc", core: "cortex-m4f", port: "stm32f4", tools: ARM_TOOLS },
    {
      emulator: "qemu-riscv32-virt",
      toolchain: "riscv64-unknown-elf-gcc",
      core: "rv32imc",
      tools: ["riscv64-unknown-elf-gcc", "qemu-system-riscv32"],
    },
    {
      emulator: "qemu-xtensa-sim",
      toolchain: "xtensa-lx106-elf-gcc",
      core: "xtensa-lx106",
      tools: ["xtensa-lx106-elf-gcc", "qemu-system-xtensa"],
    },
  ] as const
).map((each) => ({ port: each.emulator, ...each }));

const CASES: readonly Case[] = [
  { emulator: "virtual", toolchain: "yowasp-clang", core: "wasm32", port: "virtual", tools: [] },
  { emulator: "process", toolchain: "cc", core: "host", port: "host", tools: ["cc"] },
  ...QEMU_CASES,
];

async function build(test: Case, application?: string): Promise<Uint8Array> {
  const toolchain = toolchainFor(test.toolchain, test.core);
  return (await toolchain.build(await echoRequest(test.port, application))).image;
}

/** Tells how many counts its counter sees in 256 runs of a thousand instructions that do nothing, less what none of them take. */
const COUNTER = `
#include "reflex.h"
static const reflex_port* port;
static uint32_t counts(uint32_t runs) {
    const uint32_t begun = port->counter();
    for (uint32_t i = 0; i < runs; i++) { __asm__ volatile(".rept 1000\\n\\tnop\\n\\t.endr"); }
    return port->counter() - begun;
}
static uint32_t loop_counts(uint32_t runs) {
    const uint32_t begun = port->counter();
    for (uint32_t i = 0; i < runs; i++) { __asm__ volatile(""); }
    return port->counter() - begun;
}
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) {
    uint8_t byte;
    if (port->read(&byte, 1) == 1U) {
        const uint32_t words[2] = {counts(256) - loop_counts(256), port->counter_hz};
        (void)port->write((const uint8_t*)words, sizeof(words));
    }
}
`;

/** The first build of a compiler takes long on a busy machine. */
const BUILD_TIMEOUT_MS = 180_000;

for (const test of CASES) {
  describe.skipIf(requires(...test.tools))(`emulator ${test.emulator}`, () => {
    const emulator = emulatorFor(test.emulator);
    const echo = build(test);
    beforeAll(async () => {
      await echo;
    }, BUILD_TIMEOUT_MS);

    it.each([64, 16_384])("echoes %i bytes", async (count) => {
      const board = await emulator.boot(await echo);
      const answer = received(board.port, count);
      await board.port.write(pattern(count));
      expect(await answer).toEqual(pattern(count));
      await board.stop();
    });

    it("sends more than its line holds, and loses nothing", async () => {
      const count = test.emulator.startsWith("qemu") ? 16_000 : 300_000;
      const board = await emulator.boot(await build(test, flood(count)));
      const bytes = await received(board.port, count);
      expect(bytes.length).toBe(count);
      expect(bytes.findIndex((byte, index) => byte !== (index & 0xff))).toBe(-1);
      await board.stop();
    });

    it("boots the same image again, and several at once", async () => {
      const image = await echo;
      for (let round = 0; round < 2; round++) {
        const boards = await Promise.all([emulator.boot(image), emulator.boot(image)]);
        const answers = boards.map((board) => received(board.port, 3));
        await Promise.all(boards.map((board, index) => board.port.write(Uint8Array.of(index, 0, 7))));
        expect(await Promise.all(answers)).toEqual([Uint8Array.of(0, 0, 7), Uint8Array.of(1, 0, 7)]);
        await Promise.all(boards.map((board) => board.stop()));
      }
    });

    it("tells once that it was stopped, and refuses to write afterwards", async () => {
      const board = await emulator.boot(await echo);
      const reasons: string[] = [];
      board.port.onClose((reason) => reasons.push(reason));
      await board.stop();
      await board.stop();
      expect(reasons).toEqual(["the board was stopped"]);
      await expect(board.port.write(Uint8Array.of(1))).rejects.toThrow(IoError);
    });

    it("runs on its own clock while nobody writes", async () => {
      const board = await emulator.boot(await build(test, TICKER));
      expect(new TextDecoder().decode(await received(board.port, 5))).toMatch(/^t{5,}$/);
      await board.stop();
    });

    it("closes the port with a reason when the program goes wrong", async () => {
      const board = await emulator.boot(await build(test, FRAGILE));
      const reason = new Promise<string>((resolve) => {
        board.port.onClose(resolve);
      });
      await board.port.write(new TextEncoder().encode("a")).catch(() => undefined);
      expect(await reason).toMatch(
        test.emulator === "virtual" ? /trapped: unreachable/ : test.emulator === "process" ? /signal SIG(ILL|TRAP)/ : /Fault: \w+ 0x/,
      );
      await board.stop();
    });

    it("refuses an image that is not its own, in its own words", async () => {
      const wrong = new TextEncoder().encode("this is no program");
      const words =
        test.emulator === "virtual"
          ? /does not run on the virtual board/
          : test.emulator === "process"
            ? /did not boot/
            : /does not run here: it is no 32-bit ELF file/;
      await expect(emulator.boot(wrong)).rejects.toThrow(words);
    });
  });
}

for (const test of QEMU_CASES) {
  describe.skipIf(requires(...test.tools))(test.emulator, () => {
    it("tells a stack overflow as one, instead of overwriting variables", async () => {
      const board = await emulatorFor(test.emulator).boot(await build(test, FRAGILE));
      const reason = new Promise<string>((resolve) => {
        board.port.onClose(resolve);
      });
      await board.port.write(new TextEncoder().encode("s")).catch(() => undefined);
      expect(await reason).toMatch(/Fault: .*stack overflow/);
      await board.stop();
    });

    it("counts instructions as nanoseconds, always the same", async () => {
      const emulator = emulatorFor(test.emulator, { icount: true });
      const image = await build(test, COUNTER);
      for (let round = 0; round < 2; round++) {
        const board = await emulator.boot(image);
        const answer = received(board.port, 8);
        await board.port.write(Uint8Array.of(1));
        const [counts, counterHz] = new Uint32Array((await answer).slice(0, 8).buffer);
        await board.stop();
        expect(Math.round((Number(counts) * 1e9) / Number(counterHz) / 256)).toBe(1000);
      }
    });

    it("refuses an image for another processor", async () => {
      const other = QEMU_CASES.find(({ core }) => core !== test.core && !(core.startsWith("cortex") && test.core.startsWith("cortex")));
      assert(other !== undefined, "there are several processors");
      await expect(emulatorFor(test.emulator).boot(await build(other))).rejects.toThrow("it is for another machine");
    });
  });
}

describe.skipIf(requires(...ARM_TOOLS))("the Nucleo-F446RE's port", () => {
  it("keeps what arrives while the program computes, and lets wait what finds no room", async () => {
    const image = (await toolchainFor("arm-none-eabi-gcc", "cortex-m4f").build(await echoRequest("stm32f4", BUSY))).image;
    const board = await emulatorFor("qemu-netduinoplus2").boot(image);
    await board.port.write(Uint8Array.of(1));
    const answer = received(board.port, 3000);
    await board.port.write(pattern(3000));
    expect(await answer).toEqual(pattern(3000));
    await board.stop();
  });
});
