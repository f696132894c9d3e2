// What tells the models of Espressif's chips apart: numbers and registers from esptool/targets/*.py of Espressif's esptool 5.6.

import type { EspChip } from "../../../artifacts/board.ts";

export interface EspChipModel {
  /** As GET_SECURITY_INFO tells it; null: the chip has no such command, and is known by its magic number. */
  readonly chipId: number | null;
  /** At MAGIC_REGISTER. */
  readonly magic: number;
  /** Base of the SPI controller that the flash hangs on, and offsets of its registers. */
  readonly spi: { readonly base: number; readonly user2: number; readonly data: number };
  /** Registers that hold something else than 0. */
  readonly registers: ReadonlyMap<number, number>;
  /** Ranges that may be written to: the SPI controller, watchdogs, start options. */
  readonly writable: readonly (readonly [number, number])[];
  /** Whether FLASH_BEGIN and FLASH_DEFL_BEGIN have a fifth word in the ROM: encrypted or not. */
  readonly longBegin: boolean;
}

export const MAGIC_REGISTER = 0x40001000;

const NEWER = { user2: 0x20, data: 0x58 };

/** 24:6f:28:a1:b2:c3, as the two words of the fuses hold it. */
const ADDRESS_LOW = 0x28a1b2c3;
const ADDRESS_HIGH = 0x246f;

export const ESP_MODELS: Readonly<Record<EspChip, EspChipModel>> = {
  ESP32: {
    chipId: null,
    magic: 0x00f01d83,
    spi: { base: 0x3ff42000, user2: 0x24, data: 0x80 },
    // Fuses with the address; the divider of the UART's clock: 40 MHz / 115,200.
    registers: new Map([
      [0x3ff5a004, ADDRESS_LOW],
      [0x3ff5a008, ADDRESS_HIGH],
      [0x3ff40014, 347],
    ]),
    writable: [[0x3ff42000, 0x3ff42100]],
    longBegin: false,
  },
  "ESP32-S3": {
    chipId: 9,
    magic: 0x09,
    spi: { base: 0x60002000, ...NEWER },
    registers: new Map([
      [0x60007044, ADDRESS_LOW],
      [0x60007048, ADDRESS_HIGH],
    ]),
    writable: [
      [0x60002000, 0x60002100],
      [0x60008090, 0x60008130],
    ],
    longBegin: true,
  },
  "ESP32-C3": {
    chipId: 5,
    magic: 0x1b31506f,
    spi: { base: 0x60002000, ...NEWER },
    registers: new Map([
      [0x60008844, ADDRESS_LOW],
      [0x60008848, ADDRESS_HIGH],
    ]),
    writable: [
      [0x60002000, 0x60002100],
      [0x60008090, 0x600080b4],
    ],
    longBegin: true,
  },
  "ESP32-C6": {
    chipId: 13,
    magic: 0x2ce0806f,
    spi: { base: 0x60003000, ...NEWER },
    registers: new Map([
      [0x600b0844, ADDRESS_LOW],
      [0x600b0848, ADDRESS_HIGH],
    ]),
    writable: [
      [0x60003000, 0x60003100],
      [0x600b1c00, 0x600b1c24],
    ],
    longBegin: true,
  },
};
