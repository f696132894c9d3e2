import { beforeAll, describe, expect, it } from "vitest";
import { ask, FRAGILE, HASTY, pattern, received, TICKER } from "../../../tests/board-applications.ts";
import { echoRequest } from "../../../tests/echo.ts";
import { requires } from "../../../tests/requires.ts";
import { assert } from "../../core/assert.ts";
import { IoError } from "../../core/io.ts";
import { crossGcc } from "../toolchains/cross-gcc.ts";
import { ELF_ARM, parseElf } from "../elf.ts";
import { emulatorFor } from "./emulators.ts";
import { crc32 } from "./rp2040.ts";

const CASES = [
  {
    emulator: "rp2040js",
    core: "cortex-m0plus",
    port: "pico",
    compiler: "arm-none-eabi-gcc",
    end: /HardFault: at 0x10000/,
    ring: 512,
    uart: 34,
  },
  { emulator: "avr8js", core: "avr", port: "uno", compiler: "avr-gcc", end: /stopped for good, at 0x/, ring: 64, uart: 2 },
] as const;
type Case = (typeof CASES)[number];

/** At 115200 baud. */
const MICROSECONDS_PER_BYTE = 87;

/** Tells how many counts its own counter sees while the clock advances by 20 ms. */
const COUNTER = `
#include "reflex.h"
static const reflex_port* port;
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) {
    uint8_t bytes[4];
    if (port->read(bytes, 1) == 1U) {
        const uint32_t begun_us = port->now_us();
        const uint32_t begun = port->counter();
        uint32_t counts;
        while (port->now_us() - begun_us < 20000U) { }
        counts = port->counter() - begun;
        for (uint8_t i = 0; i < 4U; i++) { bytes[i] = (uint8_t)(counts >> (8U * i)); }
        (void)port->write(bytes, 4);
    }
}
`;

async function build({ core, port }: Case, application?: string): Promise<Uint8Array> {
  return (await crossGcc(core).build(await echoRequest(port, application))).image;
}

/** policy_infer in assembly: instructions and cycles can be counted by hand. The helper is also called from elsewhere. */
const COUNTED = {
  pico: {
    infer: `"push {r4, lr}\\n\\t"        /* 1 + 2 */
            "mov r0, #10\\n\\t"         /* 1 */
            "1: sub r0, #1\\n\\t"       /* 10 x 1 */
            "bne 1b\\n\\t"               /* 9 x 2, 1 x 1 */
            "bl helper\\n\\t"            /* 3 */
            "mul r0, r0\\n\\t"          /* 1 */
            "pop {r4, pc}\\n\\t"         /* 3 + 2 */`,
    helper: `"ldr r1, [sp]\\n\\t"        /* 2 */
             "bx lr\\n\\t"               /* 2 */`,
    // 300,000 cycles, 2.4 ms, see the alarm that ends sleeps after 1 ms.
    long: `"ldr r0, =100000\\n\\t"       /* 2 */
           "1: sub r0, #1\\n\\t"        /* 100000 x 1 */
           "bne 1b\\n\\t"                /* 99999 x 2, 1 x 1 */
           "bx lr\\n\\t"                 /* 2 */`,
    cost: { instructions: 27, cycles: 3 + 1 + 10 + 19 + 3 + 2 + 2 + 1 + 5 },
    longCost: { instructions: 200_002, cycles: 2 + 100_000 + 199_999 + 2 },
  },
  uno: {
    infer: `"ldi r24, 10\\n\\t"          /* 1 */
            "1: dec r24\\n\\t"           /* 10 x 1 */
            "brne 1b\\n\\t"              /* 9 x 2, 1 x 1 */
            "call helper\\n\\t"          /* 4 */
            "mul r24, r24\\n\\t"         /* 2 */
            "ret\\n\\t"                  /* 4 */`,
    helper: `"clr r1\\n\\t"              /* 1 */
             "ret\\n\\t"                 /* 4 */`,
    // 120,000 cycles see the timer overflow at 65,536.
    long: `"ldi r24, lo8(30000)\\n\\t"   /* 1 */
           "ldi r25, hi8(30000)\\n\\t"   /* 1 */
           "1: sbiw r24, 1\\n\\t"        /* 30000 x 2 */
           "brne 1b\\n\\t"               /* 29999 x 2, 1 x 1 */
           "ret\\n\\t"                   /* 4 */`,
    cost: { instructions: 26, cycles: 1 + 10 + 19 + 4 + 1 + 4 + 2 + 4 },
    longCost: { instructions: 60_003, cycles: 2 + 60_000 + 59_999 + 4 },
  },
} as const;

function counted(infer: string, helper: string): string {
  return `
#include "reflex.h"
int policy_infer(void);
int helper(void);
__attribute__((naked, noinline)) int policy_infer(void) { __asm__ volatile(${infer}); }
__attribute__((naked, noinline)) int helper(void) { __asm__ volatile(${helper}); }
static const reflex_port* port;
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) {
    uint8_t byte;
    if (port->read(&byte, 1) == 1U) {
        (void)helper();
        (void)policy_infer();
        (void)helper();
        (void)port->write(&byte, 1);
    }
}
`;
}

/** The first build of a compiler takes long on a busy machine. */
const BUILD_TIMEOUT_MS = 180_000;

for (const test of CASES) {
  describe.skipIf(requires(test.compiler))(`emulator ${test.emulator}`, () => {
    const emulator = emulatorFor(test.emulator);
    const echo = build(test);
    beforeAll(async () => {
      await echo;
    }, BUILD_TIMEOUT_MS);

    it.each([64, 4096])("echoes %i bytes", async (count) => {
      const board = await emulator.boot(await echo);
      expect(await ask(board.port, pattern(count), count)).toEqual(pattern(count));
      await board.stop();
    });

    it("boots the same image again, and several at once", async () => {
      const image = await echo;
      for (let round = 0; round < 2; round++) {
        const boards = await Promise.all([emulator.boot(image), emulator.boot(image)]);
        const answers = await Promise.all(boards.map((board, index) => ask(board.port, Uint8Array.of(index, 0, 7), 3)));
        expect(answers).toEqual([Uint8Array.of(0, 0, 7), Uint8Array.of(1, 0, 7)]);
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

    it("counts cycles beside its microseconds", async () => {
      const board = await emulator.boot(await build(test, COUNTER));
      const answer = await ask(board.port, Uint8Array.of(1), 4);
      const expected = test.port === "pico" ? 2_500_000 : 320_000;
      expect(Math.abs(new DataView(answer.buffer).getUint32(0, true) - expected) / expected).toBeLessThan(0.001);
      await board.stop();
    });

    it("sends while its program computes, and never makes it wait for the line", async () => {
      const board = await emulator.boot(await build(test, HASTY));
      const answer = new Promise<DataView>((resolve) => {
        const bytes: number[] = [];
        board.port.onData((piece) => {
          bytes.push(...piece);
          const mark = bytes.indexOf(255);
          if (mark >= 0 && bytes.length >= mark + 9) resolve(new DataView(Uint8Array.from(bytes.slice(mark + 1)).buffer));
        });
      });
      await board.port.write(Uint8Array.of(1));
      const view = await answer;
      const [first = 0, tookUs = 0, second = 0, third = 0] = [0, 2, 4, 6].map((offset) => view.getUint16(offset, true));
      const { ring, uart } = test;
      expect(first).toBeGreaterThanOrEqual(ring);
      expect(first).toBeLessThanOrEqual(ring + uart);
      expect(tookUs).toBeLessThan((ring * MICROSECONDS_PER_BYTE) / 4);
      expect(second).toBeLessThan(ring / 4);
      expect(third).toBe(first);
      await board.stop();
    });

    it.each([
      ["a", test.end],
      ["s", /stack/],
    ] as const)("closes the port with a reason when the program goes wrong: %s", async (command, words) => {
      const board = await emulator.boot(await build(test, FRAGILE));
      const reason = new Promise<string>((resolve) => {
        board.port.onClose(resolve);
      });
      await board.port.write(new TextEncoder().encode(command));
      expect(await reason).toMatch(words);
      await board.stop();
    });

    it("counts exactly what calls execute, callees included and interrupts not, and counts the same again", async () => {
      const { infer, helper, long, cost, longCost } = COUNTED[test.port];
      for (const [body, expected] of [
        [infer, cost],
        [long, longCost],
      ] as const) {
        const image = await build(test, counted(body, helper));
        for (let round = 0; round < 2; round++) {
          const calls = await emulator.countCalls?.(image, "policy_infer", async (port) => {
            for (let call = 0; call < 3; call++) await ask(port, Uint8Array.of(call), 1);
          });
          expect(calls).toEqual([expected, expected, expected]);
        }
      }
    });

    it("counts nothing when nothing happens", async () => {
      expect(await emulator.countCalls?.(await echo, "policy_infer", () => Promise.resolve())).toEqual([]);
    });

    it("refuses an image that is not its own, in its own words", async () => {
      await expect(emulator.boot(new TextEncoder().encode("this is no program"))).rejects.toThrow(/did not boot: .*no 32-bit ELF file/);
      const other = CASES.find((each) => each !== test);
      assert(other !== undefined, "two cases");
      await expect(emulator.boot(await build(other))).rejects.toThrow(/another machine/);
    });
  });
}

describe.skipIf(requires("arm-none-eabi-gcc"))("the ROM of the RP2040", () => {
  it("refuses a second stage whose checksum is wrong, and tells the right one", async () => {
    const image = Uint8Array.from(await build(CASES[0]));
    const [stage] = parseElf(image, ELF_ARM).segments;
    assert(stage?.address === 0x10000000 && stage.bytes.length === 256, "the second stage comes first");
    expect(crc32(stage.bytes.subarray(0, 252))).toBe(new DataView(image.buffer, stage.bytes.byteOffset).getUint32(252, true));
    stage.bytes[3] = 0xff;
    await expect(emulatorFor("rp2040js").boot(image)).rejects.toThrow(
      `checksum of its second stage of booting is 0x${crc32(stage.bytes.subarray(0, 252)).toString(16).padStart(8, "0")}`,
    );
  });
});
