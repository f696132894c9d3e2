// A model of a SAM-BA bootloader as Arduino extended it, for tests: commands end with #, numbers are hexadecimal, data is binary
// (BOSSA's Samba.cpp is the other side). In: bossac's bytes. Out: answers. As a SAMD21 it is an Arduino Zero, which any bossac
// knows; as an nRF52840 it is a Nano 33 BLE, which only Arduino's knows.

import type { BytePort } from "../../../core/io.ts";

export type SamBaChip = "SAMD21" | "nRF52840";

export interface SamBaFaults {
  /** It never answers. */
  readonly silent?: boolean;
  /** This byte of its flash holds what it likes. */
  readonly badByte?: number;
  /** After so many pieces of flash were written it is heard no more. */
  readonly diesAfterWrites?: number;
}

type Listening<Result> = Generator<undefined, Result, number>;

const RAM_BYTES = 32 * 1024;
/** What bossac asks a chip whose bootloader can't name it: its core (Cortex-M0+), its kind (SAMD21G18A); and whether its flash is
 * ready, which it would ask for ever. */
const REGISTERS: Readonly<Record<number, number>> = { 0xe000ed00: 0x410cc600, 0x41002018: 0x10010005, 0x41004014: 1 };
const RESET_REGISTER = 0xe000ed0c;

export class SamBa {
  readonly flash: Uint8Array;
  writes = 0;
  resets = 0;
  faults: SamBaFaults;
  /** Called after each piece, with how many there were. */
  onWrite: (writes: number) => void = () => undefined;
  private readonly chip: SamBaChip;
  private readonly ram = new Uint8Array(RAM_BYTES);
  private program = this.listen();
  private answers: number[] = [];
  /** Of what is written into the flash next. */
  private source = 0;

  constructor(chip: SamBaChip, faults: SamBaFaults = {}) {
    this.chip = chip;
    this.flash = new Uint8Array(chip === "SAMD21" ? 256 * 1024 : 960 * 1024).fill(0xff);
    this.faults = faults;
    this.program.next();
  }

  /** @returns what it answers at once. */
  hear(bytes: Uint8Array): Uint8Array {
    for (const byte of bytes) if (!this.dead) this.program.next(byte);
    const answers = Uint8Array.from(this.answers);
    this.answers = [];
    return answers;
  }

  /** Its button, pressed twice: the bootloader begins anew, and answers again. */
  reset(): void {
    this.faults = {};
    this.program = this.listen();
    this.program.next();
  }

  private get dead(): boolean {
    return this.faults.silent === true || this.writes >= (this.faults.diesAfterWrites ?? Infinity);
  }

  private *listen(): Listening<never> {
    for (;;) {
      const command = yield* line();
      const [first = 0, second = 0] = command
        .slice(1)
        .split(",")
        .map((text) => Number.parseInt(text, 16));
      switch (command[0]) {
        case "N":
          this.say("\n\r");
          break;
        case "V":
          this.say(`Arduino Bootloader (SAM-BA extended) 2.0 [Arduino:${this.chip === "SAMD21" ? "XYZ" : "IKXYZ"}]\n\r`);
          break;
        case "I":
          if (this.chip === "nRF52840") this.say("nRF52840-QIAA\n\r");
          break;
        case "w":
          if (this.chip === "SAMD21") this.answers.push(...littleEndian(REGISTERS[first] ?? 0));
          break;
        case "W":
          if (first === RESET_REGISTER) this.resets += 1;
          break;
        case "S":
          for (let index = 0; index < second; index++) this.ram[(first + index) % RAM_BYTES] = yield;
          break;
        case "X":
          this.flash.fill(0xff, first);
          this.say("X\n\r");
          break;
        case "Y":
          this.copy(first, second);
          this.say("Y\n\r");
          break;
        case "Z":
          this.say(
            `Z${crc16(this.flash.subarray(first, first + second))
              .toString(16)
              .padStart(8, "0")}#\n\r`,
          );
          break;
        case "R":
          this.answers.push(...this.flash.subarray(first, first + second));
          break;
        case "K":
          this.resets += 1;
          break;
        default: // not answered
      }
    }
  }

  private copy(address: number, length: number): void {
    if (length === 0) {
      this.source = address % RAM_BYTES;
      return;
    }
    this.flash.set(this.ram.subarray(this.source, this.source + length), address);
    const { badByte } = this.faults;
    if (badByte !== undefined) this.flash[badByte] = 0x5a;
    this.writes += 1;
    this.onWrite(this.writes);
  }

  private say(text: string): void {
    this.answers.push(...Buffer.from(text, "latin1"));
  }
}

function* line(): Listening<string> {
  for (let text = ""; ;) {
    const character = String.fromCharCode(yield);
    if (character === "#") return text;
    text += character;
  }
}

function littleEndian(word: number): readonly number[] {
  return [word & 0xff, (word >> 8) & 0xff, (word >> 16) & 0xff, word >>> 24];
}

/** CRC-16 of XMODEM: polynomial 0x1021, from 0. */
function crc16(bytes: Uint8Array): number {
  return bytes.reduce((crc, byte) => {
    let sum = crc ^ (byte << 8);
    for (let bit = 0; bit < 8; bit++) sum = (sum & 0x8000) === 0 ? sum << 1 : (sum << 1) ^ 0x1021;
    return sum & 0xffff;
  }, 0);
}

/** Lets the model answer on a port. */
export function plugSamBa(port: BytePort, model: SamBa): void {
  port.onData((bytes) => {
    const answers = model.hear(bytes);
    if (answers.length > 0) void port.write(answers);
  });
}
