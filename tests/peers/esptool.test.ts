// Espressif's own esptool as the client of our model of its chips' bootloader: so that the model, and what is tested against it, is no
// mere opinion.

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { EspChip } from "../../src/artifacts/board.ts";
import type { FlashPiece } from "../../src/core/io.ts";
import { espBuild } from "../../src/host/flashers/testing/esp-build.ts";
import { plugIntoPty } from "../../src/host/flashers/testing/esp-rom-line.ts";
import { EspRom } from "../../src/host/flashers/testing/esp-rom.ts";
import { withPair } from "../../src/host/ports/testing/pty-pair.ts";
import { peersAreMissing, runPeer } from "./peers.ts";

const PROGRAM_BYTES = 24_576;

/** What esptool is asked after the options about the line, given the arguments that name pieces and their addresses. */
type Commands = (pieces: readonly string[]) => readonly (readonly string[])[];

interface Session {
  readonly rom: EspRom;
  readonly pieces: readonly FlashPiece[];
  /** @returns what esptool printed. @throws with its last words when it fails. */
  readonly esptool: (commands: Commands) => Promise<string>;
}

function withChip(chip: EspChip, use: (session: Session) => Promise<void>): Promise<void> {
  return withPair(async ([end, other]) => {
    const rom = new EspRom(chip);
    const unplug = await plugIntoPty(rom, other);
    const pieces = espBuild(chip, 21, PROGRAM_BYTES);
    const folder = path.dirname(end);
    const places = pieces.flatMap(({ name, address }) => [String(address), path.join(folder, name)]);
    await Promise.all(pieces.map(({ name, bytes }) => writeFile(path.join(folder, name), bytes)));
    // Pseudo-terminals have no reset lines.
    const line = ["--port", end, "--before", "no-reset", "--after", "no-reset", "--baud", "460800"];
    const esptool = (commands: Commands): Promise<string> =>
      runPeer("esptool_run.py", JSON.stringify(commands(places).map((command) => [...line, ...command])));
    try {
      await use({ rom, pieces, esptool });
      expect(rom.violations).toEqual([]);
    } finally {
      await unplug();
    }
  });
}

function holds(rom: EspRom, pieces: readonly FlashPiece[]): boolean {
  return pieces.every(
    ({ bytes, address }) => Buffer.compare(rom.flash.bytes.subarray(address ?? 0, (address ?? 0) + bytes.length), bytes) === 0,
  );
}

describe.skipIf(peersAreMissing())("esptool, with the model", () => {
  test.each(["ESP32", "ESP32-S3", "ESP32-C3", "ESP32-C6"] as const)("of the %s: knows it, writes by the stub, and verifies", (chip) =>
    withChip(chip, async ({ rom, pieces, esptool }) => {
      const words = await esptool((places) => [["flash-id"], ["write-flash", ...places], ["verify-flash", ...places]]);
      expect(words).toMatch(new RegExp(`Connected to ${chip} on`));
      expect(words).toMatch(/MAC: +24:6f:28:a1:b2:c3/);
      expect(words).toContain("Detected flash size: 4MB");
      expect(words.match(/Hash of data verified/g)).toHaveLength(pieces.length);
      expect(words.match(/Verification successful/g)).toHaveLength(pieces.length);
      expect(holds(rom, pieces)).toBe(true);
    }),
  );

  test.each(["ESP32", "ESP32-C3"] as const)("of the %s: writes without compression, and by the ROM alone", (chip) =>
    withChip(chip, async ({ rom, pieces, esptool }) => {
      await esptool((places) => [["write-flash", "--no-compress", ...places]]);
      expect(holds(rom, pieces)).toBe(true);
      rom.reset(true);
      rom.flash.bytes.fill(0xff);
      const words = await esptool((places) => [
        ["--no-stub", "write-flash", "--no-compress", ...places],
        ["--no-stub", "write-flash", ...places],
        ["--no-stub", "verify-flash", ...places],
      ]);
      expect(words).not.toContain("Stub flasher running");
      expect(words.match(/Hash of data verified/g)).toHaveLength(2 * pieces.length);
      expect(words.match(/Verification successful/g)).toHaveLength(pieces.length);
      expect(holds(rom, pieces)).toBe(true);
    }),
  );

  test("sees a flash that does not hold what was written", () =>
    withChip("ESP32-C3", async ({ rom, esptool }) => {
      rom.flash.weakAddress = 0x10000 + 100;
      await expect(esptool((places) => [["write-flash", ...places]])).rejects.toThrow("MD5 of file does not match data in flash");
    }));
});
