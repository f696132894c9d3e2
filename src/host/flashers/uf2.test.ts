import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { requires } from "../../../tests/requires.ts";
import type { Board, FlashMethod } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import { silentProgress, type Flasher } from "../../core/io.ts";
import { loadBoard } from "../boards.ts";
import { boardsFolder } from "../package-files.ts";
import { withFolder, withPair } from "../ports/testing/pty-pair.ts";
import { writeUf2, type Uf2Family } from "../uf2.ts";
import { failureOf, pattern, ProgressLog, requestOf } from "./testing/flash-bench.ts";
import { Uf2Drive } from "./testing/uf2-drive.ts";
import { uf2Flasher, type Uf2Surroundings } from "./uf2.ts";
import type { Volumes } from "./volumes.ts";

const FLASH_START = 0x10000000;
const PROGRAM = pattern(600 * 256);

let pico: Board;
let method: Extract<FlashMethod, { method: "uf2" }>;

beforeAll(async () => {
  pico = await loadBoard(boardsFolder, "pico");
  assert(pico.flash?.method === "uf2", "a Pico is flashed by copying");
  method = pico.flash;
});

function image(program = PROGRAM, family: Uf2Family = "rp2040"): Uint8Array {
  return writeUf2([{ address: FLASH_START, bytes: program }], family);
}

/** What the system would tell: these folders, and these labels. */
function volumesOf(folders: readonly string[], labels: readonly string[] = []): Volumes {
  return { mounted: () => Promise.resolve(folders), known: (label) => labels.includes(label) };
}

/** No USB device is seen, and nothing takes long. */
function flasher(volumes: Volumes, more: Uf2Surroundings = {}): Flasher {
  return uf2Flasher(pico, method, { volumes, list: () => Promise.resolve([]), patienceMs: 5_000, ...more });
}

describe("a Pico's drive", { concurrent: true }, () => {
  it("is found among others, gets the file, and takes it", () =>
    withFolder(async (folder) => {
      const other = new Uf2Drive(path.join(folder, "other"), "RP2350");
      const drive = new Uf2Drive(path.join(folder, "RPI-RP2"), "RPI-RP2");
      const progress = new ProgressLog();
      const taken = drive.takes();
      const report = await flasher(volumesOf([other.folder, path.join(folder, "none"), drive.folder])).flash(
        requestOf("firmware.uf2", image()),
        progress,
      );
      expect(report).toEqual({ verified: null });
      expect(Buffer.compare((await taken) ?? new Uint8Array(), PROGRAM)).toBe(0);
      expect(progress.bars).toEqual([{ label: `writing ${pico.name}`, done: 1 }]);
    }));

  it("can be named", () =>
    withFolder(async (folder) => {
      const drive = new Uf2Drive(path.join(folder, "anywhere"), "RPI-RP2");
      const taken = drive.takes();
      await flasher(volumesOf([])).flash(requestOf("firmware.uf2", image(), { volume: drive.folder }), silentProgress);
      expect(Buffer.compare((await taken) ?? new Uint8Array(), PROGRAM)).toBe(0);
    }));

  it.each([0, 0.3, 0.9])("takes the file when a copy is repeated that was cut short at %f of it", (part) =>
    withFolder(async (folder) => {
      const drive = new Uf2Drive(path.join(folder, "RPI-RP2"), "RPI-RP2");
      const progress = new ProgressLog();
      progress.onUpdate = () => {
        if ((progress.bars[0]?.done ?? 0) > part) drive.remove();
      };
      const request = requestOf("firmware.uf2", image());
      expect(await failureOf(flasher(volumesOf([drive.folder])).flash(request, progress))).toMatchObject({ code: "flash-interrupted" });
      expect(progress.running).toBe(false);
      drive.show();
      const taken = drive.takes();
      await flasher(volumesOf([drive.folder])).flash(request, silentProgress);
      expect(Buffer.compare((await taken) ?? new Uint8Array(), PROGRAM)).toBe(0);
    }),
  );

  it("that stays has not taken the file", () =>
    withFolder(async (folder) => {
      const drive = new Uf2Drive(path.join(folder, "RPI-RP2"), "RPI-RP2");
      const stubborn = flasher(volumesOf([drive.folder]), { patienceMs: 100 });
      expect(await failureOf(stubborn.flash(requestOf("firmware.uf2", image()), silentProgress))).toMatchObject({
        code: "flash-interrupted",
      });
    }));

  it("gets nothing that is for another chip, or no UF2", () =>
    withFolder(async (folder) => {
      const drive = new Uf2Drive(path.join(folder, "RPI-RP2"), "RPI-RP2");
      const files = [
        [image(PROGRAM, "rp2350"), "RP2350"],
        [image().slice(0, -1), "no image"],
        [Buffer.concat([image().slice(0, 512), image(PROGRAM, "rp2350").slice(512)]), "RP2350"],
        [new Uint8Array(), "no image"],
      ] as const;
      for (const [bytes, words] of files) {
        const { code, message } = await failureOf(
          flasher(volumesOf([drive.folder])).flash(requestOf("firmware.uf2", bytes), silentProgress),
        );
        expect(code).toBe("flash-wrong-image");
        expect(message).toContain(words);
      }
      expect(drive.names()).toEqual(["INFO_UF2.TXT"]);
    }));

  it("is not written to when another board shows it", () =>
    withFolder(async (folder) => {
      const drive = new Uf2Drive(path.join(folder, "RP2350"), "RP2350");
      const request = requestOf("firmware.uf2", image(), { volume: drive.folder });
      const { code, message } = await failureOf(flasher(volumesOf([])).flash(request, silentProgress));
      expect(code).toBe("flash-wrong-chip");
      expect(message).toContain("this is a RP2350");
      expect(drive.names()).toEqual(["INFO_UF2.TXT"]);
    }));

  it("is missed in words that fit", () =>
    withFolder(async (folder) => {
      const [one, two] = ["one", "two"].map((name) => new Uf2Drive(path.join(folder, name), "RPI-RP2").folder);
      assert(one !== undefined && two !== undefined, "two drives");
      const request = requestOf("firmware.uf2", image());
      const cases = [
        [volumesOf([]), request, "flash-no-volume", "hold BOOTSEL"],
        [volumesOf([]), { ...request, volume: folder }, "flash-no-volume", "hold BOOTSEL"],
        [volumesOf([], ["RPI-RP2"]), request, "flash-not-mounted", "udisksctl mount -b /dev/disk/by-label/RPI-RP2"],
        [volumesOf([one, two]), request, "flash-several-volumes", "--volume"],
      ] as const;
      for (const [volumes, asked, code, hint] of cases) {
        expect(await failureOf(flasher(volumes).flash(asked, silentProgress))).toMatchObject({
          code,
          hint: expect.stringContaining(hint) as string,
        });
      }
    }));
});

describe.skipIf(requires("socat", "stty"))("a Pico that runs", () => {
  const DEVICE = { vendorId: "2e8a", productId: "000a", serialNumber: null, interfaceNumber: "00", socket: "1-1" };

  it("is touched, and flashed when its drive comes", () =>
    withPair(([device]) =>
      withFolder(async (folder) => {
        const drive = new Uf2Drive(path.join(folder, "RPI-RP2"), "RPI-RP2");
        drive.remove();
        let looks = 0;
        const mounted = async (): Promise<readonly string[]> => {
          looks += 1;
          if (looks === 3) {
            expect((await execa("stty", ["-F", device, "speed"])).stdout).toBe("1200");
            drive.show();
          }
          return [drive.folder];
        };
        const taken = drive.takes();
        const volumes = { ...volumesOf([]), mounted };
        await flasher(volumes, { list: () => Promise.resolve([{ ...DEVICE, path: device }]) }).flash(
          requestOf("firmware.uf2", image()),
          silentProgress,
        );
        expect(Buffer.compare((await taken) ?? new Uint8Array(), PROGRAM)).toBe(0);
      }),
    ));

  it("and shows no drive is left to its button", () =>
    withPair(async ([device]) => {
      const request = requestOf("firmware.uf2", image(), { device });
      expect(await failureOf(flasher(volumesOf([]), { patienceMs: 100 }).flash(request, silentProgress))).toMatchObject({
        code: "flash-no-bootloader",
        hint: expect.stringContaining("hold BOOTSEL") as string,
      });
    }));
});

it("a Pico 2 takes what its tools make: blocks for its cores, and one for any", () =>
  withFolder(async (folder) => {
    const pico2 = await loadBoard(boardsFolder, "pico2");
    assert(pico2.flash?.method === "uf2", "a Pico 2 is flashed by copying");
    const drive = path.join(folder, "RP2350");
    mkdirSync(drive);
    writeFileSync(path.join(drive, "INFO_UF2.TXT"), "Board-ID: RP2350\r\n");
    const file = image(PROGRAM, "rp2350");
    new DataView(file.buffer).setUint32(28, 0xe48bff57, true);
    const flash = uf2Flasher(pico2, pico2.flash, { volumes: volumesOf([drive]), patienceMs: 0 }).flash(
      requestOf("firmware.uf2", file),
      silentProgress,
    );
    expect(await failureOf(flash)).toMatchObject({ code: "flash-interrupted" }); // nobody takes it
    expect(Buffer.compare(readFileSync(path.join(drive, "NEW.UF2")), file)).toBe(0);
    rmSync(drive, { recursive: true });
  }));
