import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IoError } from "../core/io.ts";
import { ELF_ARM, ELF_AVR, type ElfSegment } from "./elf.ts";
import { flashEnding, parseProgram, readIntelHex, readUf2, writeIntelHex, writeUf2 } from "./flash-image.ts";

const FLASH = 0x10000000;

/** What flash holds: erased where nothing was written. */
function memoryOf(segments: readonly ElfSegment[], origin: number): Uint8Array {
  const memory = new Uint8Array(8192).fill(0xff);
  for (const { address, bytes } of segments) memory.set(bytes, address - origin);
  return memory;
}

const segments = (origin: number): fc.Arbitrary<ElfSegment[]> =>
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 700 }), fc.nat(900), fc.uint8Array({ minLength: 1, maxLength: 700 }))
    .map(([first, gap, second]) => [
      { address: origin, bytes: first },
      { address: origin + first.length + gap, bytes: second },
    ]);

describe("UF2", () => {
  it("holds what the program has in flash, in pages of 256 bytes, each in a block that says how many there are", () => {
    fc.assert(
      fc.property(segments(FLASH), (program) => {
        const file = writeUf2(program);
        const blocks = readUf2(file);
        expect(blocks?.every(({ address, bytes }) => address % 256 === 0 && bytes.length === 256)).toBe(true);
        expect(memoryOf(blocks ?? [], FLASH)).toEqual(memoryOf(program, FLASH));
      }),
    );
  });

  it("begins as Microsoft's specification has it", () => {
    const file = writeUf2([{ address: FLASH, bytes: Uint8Array.of(1, 2, 3) }]);
    const view = new DataView(file.buffer);
    expect(Array.from({ length: 8 }, (_, word) => view.getUint32(4 * word, true))).toEqual([
      ...[0x0a324655, 0x9e5d5157, 0x2000, FLASH, 256, 0, 1, 0xe48bff56],
    ]);
    expect([file.length, ...file.subarray(32, 36), view.getUint32(508, true)]).toEqual([512, 1, 2, 3, 0xff, 0x0ab16f30]);
  });

  it("cut short, out of order or for another chip is refused", () => {
    const file = writeUf2([{ address: FLASH, bytes: new Uint8Array(600) }]);
    const other = file.slice();
    other[28] = 0;
    for (const wrong of [file.subarray(0, 1000), file.subarray(512), other]) {
      expect(readUf2(wrong)).toBeNull();
      expect(() => parseProgram(wrong, ELF_ARM)).toThrow(IoError);
    }
    expect(() => parseProgram(file, ELF_AVR)).toThrow(/another machine/);
    expect(parseProgram(file, ELF_ARM).segments).toHaveLength(3);
  });
});

describe("Intel HEX", () => {
  it("holds what the program has in flash", () => {
    fc.assert(
      fc.property(segments(0), (program) => {
        expect(memoryOf(readIntelHex(writeIntelHex(program)) ?? [], 0)).toEqual(memoryOf(program, 0));
      }),
    );
  });

  it("has rows with their checksums, and an end", () => {
    const text = new TextDecoder().decode(writeIntelHex([{ address: 0x30, bytes: Uint8Array.of(2, 0x33, 0x7a) }]));
    expect(text).toBe(":0300300002337A1E\r\n:00000001FF\r\n");
  });

  it("with a wrong digit anywhere, or without its end, is refused", () => {
    const file = writeIntelHex([{ address: 0, bytes: Uint8Array.of(1, 2, 3, 4) }]);
    const text = new TextDecoder().decode(file);
    for (let place = 0; place < text.length; place++) {
      if (!/[0-9A-F]/.test(text.charAt(place))) continue;
      const garbled = `${text.slice(0, place)}${text.charAt(place) === "0" ? "1" : "0"}${text.slice(place + 1)}`;
      expect(readIntelHex(new TextEncoder().encode(garbled)), garbled).toBeNull();
    }
    expect(() => parseProgram(file.subarray(0, 15), ELF_AVR)).toThrow(/damaged Intel HEX/);
    expect(() => parseProgram(file, ELF_ARM)).toThrow(/another machine/);
  });
});

it("boards of another kind are flashed with what their compiler writes", () => {
  expect([flashEnding("pico"), flashEnding("uno"), flashEnding("qemu-mps2-an386"), flashEnding(null)]).toEqual(["uf2", "hex", null, null]);
});
