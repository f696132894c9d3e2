import { describe, expect, it } from "vitest";
import { echoRequest } from "../../../tests/echo.ts";
import { requires } from "../../../tests/requires.ts";
import type { EmulatorId, ToolchainId } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import { IoError, type BytePort } from "../../core/io.ts";
import { toolchainFor } from "../toolchains/toolchains.ts";
import { emulatorFor } from "./emulators.ts";

interface Case {
  readonly emulator: EmulatorId;
  readonly toolchain: ToolchainId;
  readonly port: string;
  readonly tools: readonly string[];
}

const CASES: readonly Case[] = [
  { emulator: "virtual", toolchain: "yowasp-clang", port: "virtual", tools: [] },
  { emulator: "process", toolchain: "cc", port: "host", tools: ["cc"] },
  { emulator: "qemu-mps2-an386", toolchain: "arm-none-eabi-gcc", port: "qemu-mps2-an386", tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
];

/** On the first byte: 'a' ends badly, anything else is echoed. */
const FRAGILE = `
#include "reflex.h"
static const reflex_port* port;
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) {
    uint8_t bytes[64];
    const size_t count = port->read(bytes, sizeof(bytes));
    if (count > 0U && bytes[0] == (uint8_t)'a') { __builtin_trap(); }
    (void)port->write(bytes, count);
}
`;

/** Says something every tick of its own clock. */
const TICKER = `
#include "reflex.h"
static const reflex_port* port;
static uint32_t last;
void reflex_app_start(const reflex_port* board) { port = board; last = board->now_us(); }
void reflex_app_poll(void) {
    if (port->now_us() - last >= 5000U) { last += 5000U; (void)port->write((const uint8_t*)"t", 1U); }
}
`;

async function build(test: Case, application?: string): Promise<Uint8Array> {
  const toolchain = toolchainFor(test.toolchain);
  assert(toolchain !== null, "a toolchain of this machine");
  return (await toolchain.build(await echoRequest(test.port, application))).image;
}

/** What comes back until there are `count` bytes. */
function received(port: BytePort, count: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const bytes: number[] = [];
    port.onData((piece) => {
      if (bytes.push(...piece) >= count) resolve(Uint8Array.from(bytes));
    });
    port.onClose((reason) => {
      reject(new Error(reason));
    });
  });
}

function pattern(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

for (const test of CASES) {
  describe.skipIf(requires(...test.tools))(`emulator ${test.emulator}`, () => {
    const emulator = emulatorFor(test.emulator);
    const echo = build(test);

    it.each([64, 16_384])("echoes %i bytes", async (count) => {
      const board = await emulator.boot(await echo);
      const answer = received(board.port, count);
      await board.port.write(pattern(count));
      expect(await answer).toEqual(pattern(count));
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
        test.emulator === "virtual"
          ? /trapped: unreachable/
          : test.emulator === "process"
            ? /signal SIG(ILL|TRAP)/
            : /HardFault: status 0x/,
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
            : /did not boot: .*signal SIGABRT\nqemu: fatal/s;
      await expect(emulator.boot(wrong)).rejects.toThrow(words);
    });
  });
}
