import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FlashMethod } from "../artifacts/board.ts";
import { IoError } from "../core/io.ts";
import { ELF_ARM, ELF_AVR, type ElfSegment } from "./elf.ts";
import { flashEnding, flashImage, parseProgram, readBinary, writeBinary } from "./flash-image.ts";
import { readIntelHex, writeIntelHex } from "./intel-hex.ts";
import { readUf2, writeUf2 } from "./uf2.ts";

const FLASH = 0x10000000;

/** What flash holds, erased where nothing was written: as text, which compares fast. */
function memoryOf(segments: readonly ElfSegment[], origin: number): string {
  const memory = Buffer.alloc(4096, 0xff);
  for (const { address, bytes } of segments) memory.set(bytes, address - origin);
  return memory.toString("hex");
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
        const file = writeUf2(program, "rp2040");
        const blocks = readUf2(file, "rp2040");
        expect(blocks?.every(({ address, bytes }) => address % 256 === 0 && bytes.length === 256)).toBe(true);
        expect(memoryOf(blocks ?? [], FLASH)).toBe(memoryOf(program, FLASH));
      }),
    );
  });

  it("begins as Microsoft's specification has it", () => {
    const file = writeUf2([{ address: FLASH, bytes: Uint8Array.of(1, 2, 3) }], "rp2040");
    const view = new DataView(file.buffer);
    expect(Array.from({ length: 8 }, (_, word) => view.getUint32(4 * word, true))).toEqual([
      ...[0x0a324655, 0x9e5d5157, 0x2000, FLASH, 256, 0, 1, 0xe48bff56],
    ]);
    const forPico2 = writeUf2([{ address: FLASH, bytes: Uint8Array.of(1) }], "rp2350");
    expect(new DataView(forPico2.buffer).getUint32(28, true)).toBe(0xe48bff59);
    expect([file.length, ...file.subarray(32, 36), view.getUint32(508, true)]).toEqual([512, 1, 2, 3, 0xff, 0x0ab16f30]);
  });

  it("cut short, out of order or for another chip is refused", () => {
    const file = writeUf2([{ address: FLASH, bytes: new Uint8Array(600) }], "rp2040");
    const other = writeUf2([{ address: FLASH, bytes: new Uint8Array(600) }], "rp2350");
    for (const wrong of [file.subarray(0, 1000), file.subarray(512), other]) {
      expect(readUf2(wrong, "rp2040")).toBeNull();
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
        expect(memoryOf(readIntelHex(writeIntelHex(program)) ?? [], 0)).toBe(memoryOf(program, 0));
      }),
    );
  });

  it("goes beyond 64 KB, also within a segment", () => {
    fc.assert(
      fc.property(segments(0x0800ffe5), (program) => {
        expect(memoryOf(readIntelHex(writeIntelHex(program)) ?? [], 0x0800ffe5)).toBe(memoryOf(program, 0x0800ffe5));
      }),
    );
    const text = new TextDecoder().decode(writeIntelHex([{ address: 0x0800ffff, bytes: Uint8Array.of(1, 2) }]));
    expect(text.split("\r\n")).toEqual([":020000040800F2", ":01FFFF000100", ":020000040801F1", ":0100000002FD", ":00000001FF", ""]);
  });

  it("may say where the program starts, as other writers do", () => {
    const text = ":020000040800F2\n:0400000508000101ED\n:0100000002FD\n:00000001FF\n";
    expect(readIntelHex(new TextEncoder().encode(text))).toEqual([{ address: 0x08000000, bytes: Uint8Array.of(2) }]);
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

/** What a Cortex-M's flash begins with, and an instruction. */
function cortexProgram(start: number): Uint8Array {
  const words = Uint32Array.of(0x20004000, start + 9, 0xe7fee7fe);
  return new Uint8Array(words.buffer);
}

describe("a plain binary", () => {
  it("is all that a program has in flash, from its first byte on", () => {
    fc.assert(
      fc.property(segments(0x08000000), (program) => {
        const { bytes, address } = writeBinary(program.toReversed());
        expect(address).toBe(0x08000000);
        expect(memoryOf([{ address, bytes }], address)).toBe(memoryOf(program, address));
      }),
    );
    expect(() => writeBinary([])).toThrow(IoError);
    expect(() => writeBinary([...segmentsAt(0x08000000), ...segmentsAt(0x20000000)])).toThrow(IoError);
  });

  it("is known by its vectors, for the chip that it is for", () => {
    const file = cortexProgram(0x08000000);
    expect(parseProgram(file, ELF_ARM, 0x08000000).segments).toEqual([{ address: 0x08000000, bytes: file }]);
    expect(() => parseProgram(file, ELF_ARM)).toThrow("it is no 32-bit ELF file");
    for (const wrong of [cortexProgram(0), file.subarray(0, 7), file.subarray(1), new Uint8Array(64).fill(0xff)]) {
      expect(readBinary(wrong, 0x08000000)).toBeNull();
      expect(() => parseProgram(wrong, ELF_ARM, 0x08000000)).toThrow(IoError);
    }
  });
});

const segmentsAt = (address: number): ElfSegment[] => [{ address, bytes: Uint8Array.of(1) }];

/** The least ELF file: a header, a segment. */
function elfFile(machine: number, address: number, bytes: Uint8Array): Uint8Array {
  const file = new Uint8Array(84 + bytes.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1]);
  view.setUint16(18, machine, true);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, 1, true);
  [1, 84, 0x20000000, address, bytes.length].forEach((word, index) => {
    view.setUint32(52 + 4 * index, word, true);
  });
  file.set(bytes, 84);
  return file;
}

describe("damaged files", () => {
  const program = cortexProgram(0x08000000);
  const files: readonly (readonly [string, Uint8Array, number])[] = [
    ["UF2", writeUf2([{ address: FLASH, bytes: new Uint8Array(300).fill(7) }], "rp2040"), ELF_ARM],
    ["Intel HEX", writeIntelHex([{ address: 0, bytes: new Uint8Array(40).fill(7) }]), ELF_AVR],
    ["ELF", elfFile(ELF_ARM, 0x08000000, program), ELF_ARM],
    ["plain binary", program, ELF_ARM],
  ];

  it.each(files)("%s: are read, or refused in words; nothing else happens", (_, file, machine) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1 }), fc.nat(file.length), (changes, length) => {
        const damaged = file.slice(0, length);
        for (const [place, value] of changes) if (place < length) damaged[place] = value;
        try {
          parseProgram(damaged, machine, 0x08000000);
        } catch (error) {
          expect(error).toBeInstanceOf(IoError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("what a board is flashed with", () => {
  const daplink = { method: "daplink", volume: "X" } as const;
  const endings: readonly (readonly [FlashMethod | null, ReturnType<typeof flashEnding>])[] = [
    [{ method: "uf2", family: "rp2040", volume: "RPI-RP2", touch: true }, "uf2"],
    [{ method: "avrdude", part: "m328p", programmer: "arduino", baudRate: 115_200 }, "hex"],
    [{ method: "teensy-loader", mcu: "TEENSY41" }, "hex"],
    [{ method: "bossac", touch: true }, "bin"],
    [{ method: "dfu-util", alternate: 0, touch: true }, "bin"],
    [{ ...daplink, ending: "bin" }, "bin"],
    [{ ...daplink, ending: "hex" }, "hex"],
    [{ method: "arduino-cli" }, null],
    [{ method: "esptool", chip: "ESP32", bootloaderAddress: 0x1000 }, null],
    [null, null],
  ];

  it.each(endings)("%j", (method, ending) => {
    expect(flashEnding(method)).toBe(ending);
    const machine = method?.method === "avrdude" ? ELF_AVR : ELF_ARM;
    const program = cortexProgram(0x08000000);
    const image = flashImage(method, elfFile(machine, 0x08000000, program));
    expect(image?.ending ?? null).toBe(ending);
    expect(image?.address ?? null).toBe(ending === "bin" ? 0x08000000 : null);
    if (ending === "bin") expect(image?.bytes).toEqual(program);
    if (ending === "hex") expect(readIntelHex(image?.bytes ?? new Uint8Array())).toEqual([{ address: 0x08000000, bytes: program }]);
  });
});
