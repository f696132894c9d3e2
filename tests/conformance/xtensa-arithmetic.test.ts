// The arithmetic that the port for the LX106 brings along, because the compiler's library has none: against JavaScript's, which
// is IEEE 754's.

import { describe, expect, test } from "vitest";
import { bareSupport } from "../../src/artifacts/board.ts";
import { at } from "../../src/core/assert.ts";
import { Random } from "../../src/core/random.ts";
import { emulatedTarget } from "../../src/cli/target.ts";
import { echoRequest } from "../echo.ts";
import { requires } from "../requires.ts";

const PAIRS = 3000;

/** Of each two words that arrive, eleven results. */
const CALCULATOR = `
#include "reflex.h"
static const reflex_port* port;
static union { uint8_t bytes[8]; uint32_t words[2]; float floats[2]; } in;
static size_t count;
static union { uint32_t words[11]; float floats[11]; } out;
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) {
    count += port->read(&in.bytes[count], sizeof(in) - count);
    if (count < sizeof(in)) { return; }
    count = 0;
    const uint32_t a = in.words[0];
    const uint32_t b = in.words[1] != 0U ? in.words[1] : 1U;
    const uint64_t product = (uint64_t)((int64_t)(int32_t)a * (int32_t)b);
    out.floats[0] = in.floats[0] + in.floats[1];
    out.floats[1] = in.floats[0] - in.floats[1];
    out.floats[2] = in.floats[0] * in.floats[1];
    out.floats[3] = (float)a;
    out.floats[4] = (float)(int32_t)a;
    out.words[5] = (uint32_t)in.floats[0];
    out.words[6] = (uint32_t)product;
    out.words[7] = (uint32_t)(product >> 32);
    out.words[8] = a / b;
    out.words[9] = a % b;
    out.words[10] = (uint32_t)((int32_t)a / (int32_t)b);
    for (size_t sent = 0; sent < sizeof(out);) {
        sent += port->write((const uint8_t*)out.words + sent, sizeof(out) - sent);
    }
}
`;

const RESULTS = 11;
const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

function floatOf(bits: number): number {
  words[0] = bits;
  return at(floats, 0);
}

/** All NaNs are one. */
function bitsOf(float: number): number {
  floats[0] = float;
  return Number.isNaN(float) ? 0x7fc00000 : at(words, 0);
}

/** Results 0 to 4 are floats. Null: C leaves it open. */
function expected(a: number, b: number): (number | null)[] {
  const [x, y] = [floatOf(a), floatOf(b)];
  const divisor = b === 0 ? 1 : b;
  const product = BigInt(a | 0) * BigInt(divisor | 0);
  const overflows = a === 0x80000000 && divisor === 0xffffffff;
  return [
    ...[x + y, x - y, x * y, a, a | 0].map((value) => bitsOf(Math.fround(value))),
    x > -1 && x < 2 ** 32 ? Math.trunc(x) >>> 0 : null,
    Number(BigInt.asUintN(32, product)),
    Number(BigInt.asUintN(32, product >> 32n)),
    Math.trunc(a / divisor),
    a % divisor,
    overflows ? null : Math.trunc((a | 0) / (divisor | 0)) >>> 0,
  ];
}

/** Zeros, the ends of subnormal and normal numbers, infinities, a NaN, and numbers whose sum or product is a tie. */
const SPECIAL = [0, 1, 0x007fffff, 0x00800000, 0x00800001, 0x3f800000, 0x3f800001, 0x4b800000, 0x7f7fffff, 0x7f800000, 0x7fc00000];
const SPECIALS = SPECIAL.flatMap((bits) => [bits, (bits | 0x80000000) >>> 0]);

/** Every two special ones, and random ones: of any bits, and of nearby exponents, where cancellation and ties are. */
function operands(): Uint32Array {
  const random = new Random(11);
  const word = (): number => random.integer(2 ** 32);
  const pairs = SPECIALS.flatMap((a) => SPECIALS.map((b) => [a, b]));
  while (pairs.length < PAIRS) {
    const exponent = random.integer(255);
    const near = (): number =>
      ((random.integer(2) << 31) | (Math.min(254, exponent + random.integer(26)) << 23) | random.integer(1 << 23)) >>> 0;
    pairs.push([word(), word()], [near(), near()], [near(), random.integer(1 << 23)], [word(), random.integer(1 << 16)]);
  }
  return Uint32Array.from(pairs.flat());
}

describe.skipIf(requires("xtensa-lx106-elf-gcc", "qemu-system-xtensa"))("arithmetic on the LX106", () => {
  test("equals JavaScript's, to the bit", async () => {
    const { board, toolchain, emulator } = await emulatedTarget("qemu-xtensa");
    const { image } = await toolchain.build(await echoRequest(bareSupport(board).port, CALCULATOR));
    const running = await emulator.boot(image);
    const input = operands();
    const total = (input.length / 2) * RESULTS * 4;
    const answer = new Promise<Uint32Array>((resolve, reject) => {
      const bytes: number[] = [];
      running.port.onData((piece) => {
        for (const byte of piece) bytes.push(byte);
        if (bytes.length >= total) resolve(new Uint32Array(Uint8Array.from(bytes).buffer));
      });
      running.port.onClose((reason) => {
        reject(new Error(reason));
      });
    });
    await running.port.write(new Uint8Array(input.buffer));
    const results = await answer;
    await running.stop();
    const differing: unknown[] = [];
    for (let pair = 0; pair < input.length / 2; pair++) {
      const [a, b] = [at(input, 2 * pair), at(input, 2 * pair + 1)];
      expected(a, b).forEach((want, index) => {
        const word = at(results, pair * RESULTS + index);
        const got = index < 5 ? bitsOf(floatOf(word)) : word;
        if (want !== null && want !== got) differing.push({ a: a.toString(16), b: b.toString(16), index, want, got });
      });
    }
    expect(differing).toEqual([]);
  });
});
