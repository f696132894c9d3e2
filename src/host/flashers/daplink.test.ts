import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Board } from "../../artifacts/board.ts";
import { silentProgress } from "../../core/io.ts";
import { loadBoard } from "../boards.ts";
import { boardsFolder } from "../package-files.ts";
import { withFolder } from "../ports/testing/pty-pair.ts";
import { daplinkFlasher } from "./daplink.ts";
import { failureOf, pattern, ProgressLog, requestOf } from "./testing/flash-bench.ts";
import { until } from "./until.ts";
import type { Volumes } from "./volumes.ts";

const MICROBIT = { method: "daplink", volume: "MICROBIT", ending: "hex" } as const;
const NUCLEO = { method: "daplink", volume: "NODE_F446RE", ending: "bin" } as const;
const PROGRAM = pattern(100_000);
const PATIENCE_MS = 2_000;

let microbit: Board;
let nucleo: Board;

beforeAll(async () => {
  microbit = await loadBoard(boardsFolder, "microbit-v2");
  nucleo = await loadBoard(boardsFolder, "nucleo-f446re");
});

function volumesOf(folders: readonly string[], labels: readonly string[] = []): Volumes {
  return { mounted: () => Promise.resolve(folders), known: (label) => labels.includes(label) };
}

/** Makes the drive. @param mark the file by which it is known. */
function show(folder: string, mark = "DETAILS.TXT", fail?: string): void {
  mkdirSync(folder);
  writeFileSync(path.join(folder, mark), "# DAPLink Firmware - see https://daplink.io\r\n");
  if (fail !== undefined) writeFileSync(path.join(folder, "FAIL.TXT"), fail);
}

/** Waits for the whole file, goes with it, and comes back elsewhere. @returns the file. */
async function takes(file: string, back: () => void): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  await until(() => {
    try {
      bytes = new Uint8Array(readFileSync(file));
    } catch {
      // not yet
    }
    return Promise.resolve(bytes.length === PROGRAM.length);
  }, 30_000);
  rmSync(path.dirname(file), { recursive: true });
  back();
  return bytes;
}

describe("the drive of a debugger", { concurrent: true }, () => {
  it("is found by its name, gets the file, and comes back", () =>
    withFolder(async (folder) => {
      const [other, drive, again] = ["KEYS", "MICROBIT", "MICROBIT1"].map((name) => path.join(folder, name)) as [string, string, string];
      show(other);
      show(drive);
      const taken = takes(path.join(drive, "firmware.hex"), () => {
        show(again);
      });
      const progress = new ProgressLog();
      const flasher = daplinkFlasher(microbit, MICROBIT, volumesOf([other, drive, again]), PATIENCE_MS);
      expect(await flasher.flash(requestOf("firmware.hex", PROGRAM), progress)).toEqual({ verified: null });
      expect(Buffer.compare(await taken, PROGRAM)).toBe(0);
      expect(progress.bars).toEqual([{ label: `writing ${microbit.name}`, done: 1 }]);
    }));

  it("tells why it could not write the chip", () =>
    withFolder(async (folder) => {
      const drive = path.join(folder, "MICROBIT");
      show(drive, "DETAILS.TXT", "of yesterday");
      const taken = takes(path.join(drive, "firmware.hex"), () => {
        show(drive, "DETAILS.TXT", "error: The hex file cannot be decoded.\r\ntype: user\r\n");
      });
      const flasher = daplinkFlasher(microbit, MICROBIT, volumesOf([drive]), PATIENCE_MS);
      const { code, message } = await failureOf(flasher.flash(requestOf("firmware.hex", PROGRAM), silentProgress));
      expect(code).toBe("flash-debugger-failed");
      expect(message).toContain("could not write the chip: error: The hex file cannot be decoded.");
      await taken;
    }));

  it("that stays, with what it said yesterday, has taken the file; with a new reason it has not", () =>
    withFolder(async (folder) => {
      const drive = path.join(folder, "NODE_F446RE");
      show(drive, "MBED.HTM", "of yesterday");
      const flasher = daplinkFlasher(nucleo, NUCLEO, volumesOf([drive]), 100);
      const progress = new ProgressLog();
      await flasher.flash(requestOf("firmware.bin", PROGRAM), progress);
      expect(Buffer.compare(readFileSync(path.join(drive, "firmware.bin")), PROGRAM)).toBe(0);
      progress.onUpdate = () => {
        writeFileSync(path.join(drive, "FAIL.TXT"), "of today");
      };
      expect(await failureOf(flasher.flash(requestOf("firmware.bin", PROGRAM), progress))).toMatchObject({ code: "flash-debugger-failed" });
    }));

  it("that never comes back, where nobody mounts it, tells nothing", () =>
    withFolder(async (folder) => {
      const drive = path.join(folder, "MICROBIT");
      show(drive);
      const taken = takes(path.join(drive, "firmware.hex"), () => undefined);
      const flasher = daplinkFlasher(microbit, MICROBIT, volumesOf([drive]), PATIENCE_MS);
      expect(await flasher.flash(requestOf("firmware.hex", PROGRAM), silentProgress)).toEqual({ verified: null });
      expect(Buffer.compare(await taken, PROGRAM)).toBe(0);
    }));

  it.each([0, 0.5])("gets the file again when the copy was cut short at %f of it", (part) =>
    withFolder(async (folder) => {
      const drive = path.join(folder, "anywhere");
      show(drive);
      const progress = new ProgressLog();
      progress.onUpdate = () => {
        if ((progress.bars[0]?.done ?? 0) > part) rmSync(drive, { recursive: true, force: true });
      };
      const request = requestOf("firmware.hex", PROGRAM, { volume: drive });
      const flasher = daplinkFlasher(microbit, MICROBIT, volumesOf([]), PATIENCE_MS);
      expect(await failureOf(flasher.flash(request, progress))).toMatchObject({ code: "flash-interrupted" });
      show(drive);
      const taken = takes(path.join(drive, "firmware.hex"), () => {
        show(drive);
      });
      await flasher.flash(request, silentProgress);
      expect(Buffer.compare(await taken, PROGRAM)).toBe(0);
    }),
  );

  it("is missed in words that fit", () =>
    withFolder(async (folder) => {
      const [one, two] = ["MICROBIT", "MICROBIT1"].map((name) => path.join(folder, name)) as [string, string];
      show(one);
      show(two);
      const request = requestOf("firmware.hex", PROGRAM);
      const cases = [
        [volumesOf([]), request, "flash-no-volume"],
        [volumesOf([folder]), request, "flash-no-volume"],
        [volumesOf([one]), { ...request, volume: folder }, "flash-no-volume"],
        [volumesOf([], ["MICROBIT"]), request, "flash-not-mounted"],
        [volumesOf([one, two]), request, "flash-several-volumes"],
      ] as const;
      for (const [volumes, asked, code] of cases)
        expect(await failureOf(daplinkFlasher(microbit, MICROBIT, volumes, 0).flash(asked, silentProgress))).toMatchObject({ code });
    }));
});
