import { describe, expect, it } from "vitest";
import type { Board } from "../../artifacts/board.ts";
import { loadBoard } from "../boards.ts";
import { boardsFolder } from "../package-files.ts";
import { withFolder } from "../ports/testing/pty-pair.ts";
import { failureOf, pattern, ProgressLog } from "./testing/flash-bench.ts";
import { copyToDrive, mountsOf, type OpenFile } from "./volumes.ts";

const BYTES = pattern(100_000);

async function board(): Promise<Board> {
  return loadBoard(boardsFolder, "pico");
}

/** A file whose drive vanishes when so many bytes were handed to it; from then on nothing works. */
function vanishing(atByte: number): { file: OpenFile; drive: { folder: string; here: () => Promise<boolean> }; taken: () => number } {
  let taken = 0;
  let synced = 0;
  const file = {
    write: (bytes: Uint8Array) => {
      if (synced >= atByte) return Promise.reject(new Error("EIO: i/o error, write"));
      taken += bytes.length;
      return Promise.resolve({ bytesWritten: bytes.length, buffer: bytes });
    },
    sync: () => {
      if (taken >= atByte) return Promise.reject(new Error("EIO: i/o error, fsync"));
      synced = taken;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return { file: file as OpenFile, drive: { folder: "/drive", here: () => Promise.resolve(taken < atByte) }, taken: () => taken };
}

describe("copying onto a drive", () => {
  it("is done when the drive vanishes with the last block, whatever the system says of it", async () => {
    const { file, drive, taken } = vanishing(BYTES.length);
    const progress = new ProgressLog();
    await copyToDrive(await board(), drive, "NEW.UF2", BYTES, progress, () => Promise.resolve(file));
    expect(taken()).toBe(BYTES.length);
    expect(progress.running).toBe(false);
  });

  it.each([1, 512, 40_000, BYTES.length - 512])("is interrupted when the drive vanishes at byte %i before", async (atByte) => {
    const { file, drive } = vanishing(atByte);
    const copy = copyToDrive(await board(), drive, "NEW.UF2", BYTES, new ProgressLog(), () => Promise.resolve(file));
    expect(await failureOf(copy)).toMatchObject({ code: "flash-interrupted", message: expect.stringContaining("i/o error") as string });
  });

  it("is interrupted when the last block fails and the drive is still there", async () => {
    const { file } = vanishing(BYTES.length);
    const drive = { folder: "/drive", here: () => Promise.resolve(true) };
    const copy = copyToDrive(await board(), drive, "NEW.UF2", BYTES, new ProgressLog(), () => Promise.resolve(file), 0);
    expect(await failureOf(copy)).toMatchObject({ code: "flash-interrupted" });
  });

  it.each(["EACCES", "EPERM", "EROFS"])("needs the right to write: %s", async (code) => {
    const refused = (): Promise<OpenFile> => Promise.reject(Object.assign(new Error(code), { code }));
    const drive = { folder: "/drive", here: () => Promise.resolve(true) };
    const copy = copyToDrive(await board(), drive, "NEW.UF2", BYTES, new ProgressLog(), refused);
    expect(await failureOf(copy)).toMatchObject({ code: "flash-no-permission", message: "you may not write to /drive" });
  });

  it("finds no folder where there is none", () =>
    withFolder(async (folder) => {
      const drive = { folder: `${folder}/gone`, here: () => Promise.resolve(false) };
      const copy = copyToDrive(await board(), drive, "NEW.UF2", BYTES, new ProgressLog());
      expect(await failureOf(copy)).toMatchObject({ code: "flash-interrupted" });
    }));
});

it("the kernel's list of mounts is read: what is FAT, odd names unescaped", () => {
  const mounts = [
    "/dev/sda1 / ext4 rw 0 0",
    "/dev/sdb1 /media/ada/RPI-RP2 vfat rw,uid=1000 0 0",
    "/dev/sdc /run/media/ada/my\\040\\134drive vfat rw 0 0",
    "",
  ];
  expect(mountsOf(mounts.join("\n"))).toEqual(["/media/ada/RPI-RP2", "/run/media/ada/my \\drive"]);
});
