// What a reset button, a power cut and a watchdog do to a board, and what its storage keeps through them.

import { beforeAll, describe, expect, it } from "vitest";
import { ask, command, KEEPER, keeperPattern, KEEPER_BYTES, received } from "../../../tests/board-applications.ts";
import { echoRequest } from "../../../tests/echo.ts";
import { requires } from "../../../tests/requires.ts";
import type { Core, EmulatorId, ToolchainId } from "../../artifacts/board.ts";
import { IoError, type RunningBoard } from "../../core/io.ts";
import { toolchainFor } from "../toolchains/toolchains.ts";
import { memoryStorage } from "./board-storage.ts";
import { emulatorFor } from "./emulators.ts";

interface Case {
  readonly emulator: EmulatorId;
  readonly toolchain: ToolchainId;
  readonly core: Core;
  readonly port: string;
  readonly tools: readonly string[];
  readonly has: readonly ("storage" | "watchdog")[];
}

const ARM_GCC = "arm-none-eabi-gcc";
const RISCV_GCC = "riscv64-unknown-elf-gcc";
const XTENSA_GCC = "xtensa-lx106-elf-gcc";
const CASES: readonly Case[] = [
  { emulator: "virtual", toolchain: "yowasp-clang", core: "wasm32", port: "virtual", tools: [], has: ["storage"] },
  { emulator: "process", toolchain: "cc", core: "host", port: "host", tools: ["cc"], has: ["storage"] },
  { emulator: "avr8js", toolchain: "avr-gcc", core: "avr", port: "uno", tools: ["avr-gcc"], has: ["storage", "watchdog"] },
  { emulator: "rp2040js", toolchain: ARM_GCC, core: "cortex-m0plus", port: "pico", tools: [ARM_GCC], has: ["watchdog"] },
  {
    ...{ emulator: "qemu-mps2-an386", toolchain: ARM_GCC, core: "cortex-m4f", port: "qemu-mps2-an386" },
    ...{ tools: [ARM_GCC, "qemu-system-arm"], has: [] },
  },
  {
    ...{ emulator: "qemu-mps3-an547", toolchain: ARM_GCC, core: "cortex-m55", port: "qemu-mps3-an547" },
    ...{ tools: [ARM_GCC, "qemu-system-arm"], has: [] },
  },
  {
    ...{ emulator: "qemu-netduinoplus2", toolchain: ARM_GCC, core: "cortex-m4f", port: "stm32f4" },
    ...{ tools: [ARM_GCC, "qemu-system-arm"], has: [] },
  },
  {
    ...{ emulator: "qemu-riscv32-virt", toolchain: RISCV_GCC, core: "rv32imc", port: "qemu-riscv32-virt" },
    ...{ tools: [RISCV_GCC, "qemu-system-riscv32"], has: ["storage"] },
  },
  {
    ...{ emulator: "qemu-xtensa-sim", toolchain: XTENSA_GCC, core: "xtensa-lx106", port: "qemu-xtensa-sim" },
    ...{ tools: [XTENSA_GCC, "qemu-system-xtensa"], has: [] },
  },
];

/** The first build of a compiler, and a chip that computes for a second, take long on a busy machine. */
const PATIENCE_MS = 180_000;

async function build(test: Case): Promise<Uint8Array> {
  const toolchain = toolchainFor(test.toolchain, test.core);
  return (await toolchain.build(await echoRequest(test.port, KEEPER))).image;
}

const GREETING = Uint8Array.of(0);

/** Erases a slot and writes the pattern to it. */
async function fill({ port }: RunningBoard, slot: number, seed: number): Promise<void> {
  expect(await ask(port, command("e", slot), 1)).toEqual(new TextEncoder().encode("e"));
  expect(await ask(port, command("w", slot, seed), 2)).toEqual(new TextEncoder().encode("hw"));
}

function content({ port }: RunningBoard, slot: number): Promise<Uint8Array> {
  return ask(port, command("r", slot), KEEPER_BYTES);
}

for (const test of CASES) {
  describe.skipIf(requires(...test.tools))(`a board in ${test.emulator}`, () => {
    // Boards without one have no such test, rather than one that is skipped.
    const withA = (part: Case["has"][number], name: string, run: () => Promise<void>, timeoutMs?: number): void => {
      if (test.has.includes(part)) it(name, run, timeoutMs);
    };

    const emulator = emulatorFor(test.emulator);
    let image: Uint8Array;
    beforeAll(async () => {
      image = await build(test);
    }, PATIENCE_MS);

    it("boots again on the same port when its reset button is pressed", async () => {
      const board = await emulator.boot(image);
      const ends: string[] = [];
      board.port.onClose((reason) => ends.push(reason));
      expect(await ask(board.port, command("c"), 1)).toEqual(Uint8Array.of(1));
      expect(await ask(board.port, command("c"), 1)).toEqual(Uint8Array.of(2));
      for (let round = 0; round < 2; round++) {
        const next = received(board.port, 1);
        await board.reset?.();
        expect(await next).toEqual(GREETING);
        expect(await ask(board.port, command("c"), 1)).toEqual(Uint8Array.of(1));
      }
      expect(ends).toEqual([]);
      await board.stop();
      expect(ends).toEqual(["the board was stopped"]);
      await expect(board.reset?.()).rejects.toThrow(IoError);
    });

    withA("storage", "keeps its storage through resets and power cuts, and each board its own", async () => {
      const storage = memoryStorage();
      const first = await emulator.boot(image, { storage });
      await fill(first, 0, 1);
      await fill(first, 1, 2);
      await first.reset?.();
      expect(await content(first, 0)).toEqual(keeperPattern(1));
      await fill(first, 0, 3);
      await first.stop();

      const second = await emulator.boot(image, { storage });
      expect(await content(second, 0)).toEqual(keeperPattern(3));
      expect(await content(second, 1)).toEqual(keeperPattern(2));
      await second.stop();

      const other = await emulator.boot(image);
      expect(await content(other, 0)).toEqual(new Uint8Array(KEEPER_BYTES).fill(0xff));
      await other.stop();
    });

    withA("storage", "leaves one slot alone when the power goes while the other is written", async () => {
      const storage = memoryStorage();
      const board = await emulator.boot(image, { storage });
      await fill(board, 0, 4);
      await fill(board, 1, 5);
      await ask(board.port, command("e", 1), 1);
      await ask(board.port, command("w", 1, 6), 1); // it is halfway
      await board.stop();

      const again = await emulator.boot(image, { storage });
      expect(await content(again, 0)).toEqual(keeperPattern(4));
      const half = KEEPER_BYTES / 2;
      expect((await content(again, 1)).subarray(0, half)).toEqual(keeperPattern(6).subarray(0, half));
      await again.stop();
    });

    withA(
      "watchdog",
      "starts again by itself when its program hangs, and not while it works",
      async () => {
        const board = await emulator.boot(image);
        await ask(board.port, command("c"), 1);
        await ask(board.port, command("d", 0, 15), 1);
        expect(await ask(board.port, command("c"), 1)).toEqual(Uint8Array.of(2));
        expect(await ask(board.port, command("x"), 1)).toEqual(GREETING);
        expect(await ask(board.port, command("c"), 1)).toEqual(Uint8Array.of(1));
        expect(await ask(board.port, command("b", 0, 3), 1)).toEqual(new TextEncoder().encode("b"));
        await board.stop();
      },
      PATIENCE_MS,
    );
  });
}
