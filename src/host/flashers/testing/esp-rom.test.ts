import { deflateSync } from "node:zlib";
import { ESPLoader, Transport } from "esptool-js";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startPatiently } from "../esp-connect.ts";
import { WebSerialPort } from "../web-serial.ts";
import { espBuild } from "./esp-build.ts";
import { EspLine } from "./esp-rom-line.ts";
import { EspRom, type EspState } from "./esp-rom.ts";
import { slipPacket, SlipReader } from "./slip.ts";

test("SLIP packets come out as they went in, however the line cuts them", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1 })), fc.integer({ min: 1, max: 9 }), (packets, piece) => {
      const line = Buffer.concat(packets.map(slipPacket));
      const reader = new SlipReader();
      const out = Array.from({ length: Math.ceil(line.length / piece) }, (_, index) =>
        reader.push(line.subarray(index * piece, (index + 1) * piece)),
      );
      expect(out.flat()).toEqual(packets);
    }),
  );
});

/** The model, and a hand at its line. */
class Bench {
  readonly rom: EspRom;
  readonly answers: Uint8Array[] = [];
  private readonly reader = new SlipReader();

  constructor(state: EspState = "stub") {
    this.rom = new EspRom("ESP32-C3", state);
    this.rom.send = (bytes) => this.answers.push(...this.reader.push(bytes));
  }

  /** @returns the status of the answer. */
  ask(operation: number, words: readonly number[], content: Uint8Array = new Uint8Array(), checksum = sum(content)): readonly number[] {
    const data = Buffer.concat([new Uint8Array(Uint32Array.from(words).buffer), content]);
    const head = Buffer.from([0, operation, data.length & 0xff, data.length >> 8, checksum, 0, 0, 0]);
    this.rom.receive(slipPacket(Buffer.concat([head, data])));
    return [...(this.answers.at(-1)?.subarray(8, 10) ?? [])];
  }
}

function sum(content: Uint8Array): number {
  return content.reduce((total, byte) => total ^ byte, 0xef);
}

describe("the model of the bootloader", () => {
  const block = new Uint8Array(1024).fill(7);

  test.each([
    ["a wrong sequence", (bench: Bench) => bench.ask(0x03, [1024, 1, 0, 0], block), "packet 1 came, 0 was due"],
    ["a wrong length", (bench: Bench) => bench.ask(0x03, [1000, 0, 0, 0], block), "a packet of 1024 bytes says 1000"],
    ["a short packet", (bench: Bench) => bench.ask(0x03, [4, 0, 0, 0], block.subarray(0, 4)), "not filled up to 1024"],
    ["an end too early", (bench: Bench) => bench.ask(0x04, [1]), "a download is ended that is not whole"],
    ["a place beyond the flash", (bench: Bench) => bench.ask(0x02, [4096, 4, 1024, 4 * 2 ** 20]), "beyond the flash"],
    ["half a sector", (bench: Bench) => bench.ask(0xd1, [4096, 1000]), "which are no sectors"],
    ["an unknown command", (bench: Bench) => bench.ask(0x77, []), "command 0x77, which is not modelled"],
    ["a register that is none of ours", (bench: Bench) => bench.ask(0x09, [0x3fc80000, 1, 0xffffffff, 0]), "0x3fc80000 is written to"],
    ["a wrong old rate", (bench: Bench) => bench.ask(0x0f, [460_800, 9_600]), "the rate changes from 9600, and it is 115200"],
  ])("sees %s", (_, wrong, violation) => {
    const bench = new Bench();
    bench.ask(0x02, [2048, 2, 1024, 0x10000]);
    expect(bench.rom.violations).toEqual([]);
    wrong(bench);
    expect(bench.rom.violations.join("\n")).toContain(violation);
  });

  test("sees what is written without erasing", () => {
    const bench = new Bench();
    bench.ask(0x02, [1024, 1, 1024, 0x10000]);
    bench.rom.flash.bytes[0x10000] = 0;
    bench.ask(0x03, [1024, 0, 0, 0], block);
    expect(bench.rom.violations).toEqual([expect.stringContaining("without erasing")]);
  });

  test("refuses a packet whose checksum is wrong, and takes it again", () => {
    const bench = new Bench();
    const packed = deflateSync(block);
    bench.ask(0x10, [1024, 1, 1024, 0x10000]);
    expect(bench.ask(0x11, [packed.length, 0, 0, 0], packed, 1)).toEqual([0xc1, 0]);
    expect(bench.ask(0x11, [packed.length, 0, 0, 0], packed)).toEqual([0, 0]);
    expect(bench.ask(0x12, [1])).toEqual([0, 0]);
    expect(bench.rom.flash.bytes.subarray(0x10000, 0x10400)).toEqual(block);
    expect(bench.rom.violations).toEqual([]);
  });

  test("refuses what can't be unpacked", () => {
    const bench = new Bench();
    bench.ask(0x10, [1024, 1, 1024, 0x10000]);
    expect(bench.ask(0x11, [1024, 0, 0, 0], block)).toEqual([0xc7, 0]);
  });

  test("in the ROM: sees flash that is used before it is attached, and a program that was not loaded", () => {
    const bench = new Bench("rom");
    bench.ask(0x02, [1024, 1, 1024, 0x10000, 0]);
    bench.ask(0x06, [0, 0x40380000]);
    expect(bench.rom.violations).toEqual([expect.stringContaining("before it is attached"), expect.stringContaining("was not loaded")]);
  });
});

/** esptool-js as its own documentation uses it, none of our flasher. */
test.each([true, false])("esptool-js by itself writes to the model, compressed: %s", async (compress) => {
  const line = new EspLine(new EspRom("ESP32", "program"));
  const port = new WebSerialPort(line.path, {}, line.makeLine);
  const transport = new Transport(port);
  transport.trace = () => undefined;
  const terminal = { clean: () => undefined, write: () => undefined, writeLine: () => undefined };
  const loader = new ESPLoader({ transport, baudrate: 460_800, terminal });
  startPatiently(loader);
  expect(await loader.main()).toContain("ESP32");
  const pieces = espBuild("ESP32", 9, 16_384);
  const fileArray = pieces.map(({ bytes, address }) => ({ data: bytes, address: address ?? 0 }));
  await loader.writeFlash({ fileArray, flashMode: "keep", flashFreq: "keep", flashSize: "keep", eraseAll: false, compress });
  for (const { bytes, address } of pieces) {
    expect(Buffer.compare(line.rom.flash.bytes.subarray(address ?? 0, (address ?? 0) + bytes.length), bytes)).toBe(0);
  }
  expect(line.rom.violations).toEqual([]);
  await port.close();
});
