// What reflexarc must know of Espressif's chips beyond what esptool-js does. In: a chip's name. Out: numbers of its image format and
// registers, from esptool/targets/*.py of Espressif's esptool 5.6.

import type { EspChip } from "../../artifacts/board.ts";

/** The chip's timers that reset it unless they are fed; a reset over its own USB leaves them running. */
export interface Watchdogs {
  readonly writeProtect: number;
  readonly key: number;
  readonly config: number;
  readonly superWriteProtect: number;
  readonly superKey: number;
  readonly superConfig: number;
  /** In `superConfig`. */
  readonly feedsItself: number;
}

export interface EspChipFacts {
  /** In the extended header of an image: docs/en/advanced-topics/firmware-image-format.rst. */
  readonly imageId: number;
  /** Null: the chip has no USB of its own. */
  readonly watchdogs: Watchdogs | null;
  /** Register whose lowest bit keeps the chip in the bootloader after a reset; null: it has none. */
  readonly forcedDownload: number | null;
}

/** Of the real-time clock's block; the same key in each chip. */
const WATCHDOG_KEY = 0x50d83aa1;
const SUPER_WATCHDOG_KEY = 0x8f1d312a;

export const ESP_CHIPS: Readonly<Record<EspChip, EspChipFacts>> = {
  ESP32: { imageId: 0, watchdogs: null, forcedDownload: null },
  "ESP32-S3": {
    imageId: 9,
    watchdogs: {
      writeProtect: 0x600080b0,
      key: WATCHDOG_KEY,
      config: 0x60008098,
      superWriteProtect: 0x600080b8,
      superKey: SUPER_WATCHDOG_KEY,
      superConfig: 0x600080b4,
      feedsItself: 2 ** 31,
    },
    forcedDownload: 0x6000812c,
  },
  "ESP32-C3": {
    imageId: 5,
    watchdogs: {
      writeProtect: 0x600080a8,
      key: WATCHDOG_KEY,
      config: 0x60008090,
      superWriteProtect: 0x600080b0,
      superKey: SUPER_WATCHDOG_KEY,
      superConfig: 0x600080ac,
      feedsItself: 2 ** 31,
    },
    forcedDownload: null,
  },
  "ESP32-C6": {
    imageId: 13,
    watchdogs: {
      writeProtect: 0x600b1c18,
      key: WATCHDOG_KEY,
      config: 0x600b1c00,
      superWriteProtect: 0x600b1c20,
      superKey: WATCHDOG_KEY,
      superConfig: 0x600b1c1c,
      feedsItself: 2 ** 18,
    },
    forcedDownload: null,
  },
};

/** The chip that an image with this number is for; null: one that reflexarc does not know. */
export function chipOfImage(imageId: number): EspChip | null {
  const chips = Object.keys(ESP_CHIPS) as EspChip[];
  return chips.find((chip) => ESP_CHIPS[chip].imageId === imageId) ?? null;
}
