// Files as a build for an Espressif chip leaves them, without a compiler: headers that say the truth, and content that compresses about
// as code does.

import type { EspChip } from "../../../artifacts/board.ts";
import { Random } from "../../../core/random.ts";
import type { FlashPiece } from "../../../core/io.ts";
import { ESP_CHIPS } from "../esp-chips.ts";

const PARTITION_TABLE = { address: 0x8000, bytes: 3072, magic: [0xaa, 0x50] };
const PROGRAM_ADDRESS = 0x10000;
const BOOTLOADER_BYTES = 20_003;

/** @param seed of the content: another seed is another build. */
export function espBuild(chip: EspChip, seed: number, programBytes = 65_536): readonly FlashPiece[] {
  const random = new Random(seed);
  const table = content(random, PARTITION_TABLE.bytes);
  table.set(PARTITION_TABLE.magic);
  return [
    { name: "bootloader.bin", bytes: image(chip, random, BOOTLOADER_BYTES), address: chip === "ESP32" ? 0x1000 : 0 },
    { name: "partition-table.bin", bytes: table, address: PARTITION_TABLE.address },
    { name: "firmware.bin", bytes: image(chip, random, programBytes), address: PROGRAM_ADDRESS },
  ];
}

function image(chip: EspChip, random: Random, bytes: number): Uint8Array {
  const whole = content(random, bytes);
  whole.fill(0, 0, 24);
  whole.set([0xe9, 1, 2, 0x20]);
  whole[12] = ESP_CHIPS[chip].imageId;
  return whole;
}

/** Runs of random bytes and of zeros, END and ESCAPE of SLIP among them. */
function content(random: Random, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (index % 96 < 48 ? random.integer(256) : index % 7 === 0 ? 0xc0 : 0));
}
