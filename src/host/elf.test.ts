import { describe, expect, it } from "vitest";
import { IoError } from "../core/io.ts";
import { ELF_ARM, ELF_AVR, loadSegments, parseElf } from "./elf.ts";

/** A file of one segment with 4 bytes for 0x10000000 and one symbol, laid out by hand: header, segment table, section table, bytes,
 * symbols, names. */
function tinyElf(): Uint8Array {
  const file = new Uint8Array(52 + 32 + 2 * 40 + 4 + 32 + 8);
  const view = new DataView(file.buffer);
  const words = (at: number, ...values: readonly number[]): void => {
    values.forEach((value, index) => {
      view.setUint32(at + 4 * index, value, true);
    });
  };
  const [segments, sections, bytes, symbols, names] = [52, 84, 164, 168, 200];
  words(0, 0x464c457f, 0x00010101);
  view.setUint16(18, ELF_ARM, true);
  words(28, segments, sections);
  [32, 1, 40, 2].forEach((value, index) => {
    view.setUint16(42 + 2 * index, value, true);
  });
  words(segments, 1, bytes, 0x20000000, 0x10000000, 4, 4);
  words(sections, 0, 2, 0, 0, symbols, 32, 1);
  words(sections + 40, 0, 3, 0, 0, names, 8);
  file.set([1, 2, 3, 4], bytes);
  words(symbols + 16, 1, 0x10000001);
  file.set(new TextEncoder().encode("\0infer\0"), names);
  return file;
}

describe("an ELF file", () => {
  it("gives what goes into flash, at its load address, and the names", () => {
    const { segments, symbols } = parseElf(tinyElf(), ELF_ARM);
    expect(segments).toEqual([{ address: 0x10000000, bytes: Uint8Array.of(1, 2, 3, 4) }]);
    expect([...symbols]).toEqual([["infer", 0x10000001]]);
  });

  it("for another machine is refused", () => {
    expect(() => parseElf(tinyElf(), ELF_AVR)).toThrow(/another machine/);
  });

  it("that is cut short, anywhere, is refused", () => {
    const whole = tinyElf();
    for (let length = 0; length < whole.length; length++) expect(() => parseElf(whole.subarray(0, length), ELF_ARM)).toThrow(IoError);
  });

  it("that does not fit the memory is refused", () => {
    const image = parseElf(tinyElf(), ELF_ARM);
    const memory = new Uint8Array(8);
    loadSegments(image.segments, memory, 0x10000000 - 4);
    expect(memory).toEqual(Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4));
    expect(() => {
      loadSegments(image.segments, memory, 0x10000000 - 5);
    }).toThrow(/does not fit/);
    expect(() => {
      loadSegments(image.segments, memory, 0x10000001);
    }).toThrow(/does not fit/);
  });
});
