// Flashes boards with a debugger that shows a drive: DAPLink (micro:bit) and ST-LINK (Nucleo). In: a hex or binary file. Out: the
// debugger has taken it; when it could not write the chip, it leaves its reason in a file on the drive
// (https://github.com/ARMmbed/DAPLink/blob/main/docs/MSD_COMMANDS.md).

import path from "node:path";
import type { Board, FlashMethod } from "../../artifacts/board.ts";
import type { Flasher } from "../../core/io.ts";
import { debuggerFailed, notMounted, noVolume, severalVolumes } from "./flash-error.ts";
import { onlyPiece } from "./pieces.ts";
import { waitFor } from "./until.ts";
import { copyToDrive, systemVolumes, vanishes, volumeFile, type Drive, type Volumes } from "./volumes.ts";

type DaplinkMethod = Extract<FlashMethod, { method: "daplink" }>;

const PLUG = "plug it in with a cable that carries data";
/** What DAPLink and ST-LINK have on their drives. */
const MARKS = ["DETAILS.TXT", "MBED.HTM"];
/** After the copy the drive goes and comes back, while the chip is still written; and the system has to mount it again. */
const REMOUNT_MS = 10_000;

/** @param patienceMs how long the drive may stay, and how long stay away. */
export function daplinkFlasher(board: Board, method: DaplinkMethod, volumes: Volumes = systemVolumes, patienceMs = REMOUNT_MS): Flasher {
  const { volume, ending } = method;
  return {
    id: "daplink",
    probe: () => Promise.resolve([]),
    flash: async (request, progress) => {
      const name = `firmware.${ending}`;
      const { bytes } = onlyPiece(request.pieces, name);
      const drive = await findDrive(board, method, request.volume, volumes);
      const earlier = await volumeFile(drive.folder, "FAIL.TXT");
      await copyToDrive(board, drive, name, bytes, progress);
      const gone = await vanishes(drive, patienceMs);
      const back = gone ? await waitFor(() => folderOf(volume, request.volume, volumes), patienceMs) : drive.folder;
      // Where nobody mounts it again, nothing is known.
      const reason = back === null ? null : await volumeFile(back, "FAIL.TXT");
      if (reason !== null && (gone || reason !== earlier)) throw debuggerFailed(board, reason);
      return { verified: null };
    },
  };
}

async function findDrive(board: Board, { volume }: DaplinkMethod, given: string | null, volumes: Volumes): Promise<Drive> {
  const found = given === null ? await foldersOf(volume, volumes) : (await isDebugger(given)) ? [given] : [];
  if (found.length > 1) throw severalVolumes(board, found);
  const folder = found[0];
  if (folder !== undefined) return { folder, here: () => isDebugger(folder) };
  throw given === null && volumes.known(volume) ? notMounted(board, volume) : noVolume(board, given ?? volume, PLUG);
}

async function folderOf(volume: string, given: string | null, volumes: Volumes): Promise<string | null> {
  if (given !== null) return (await isDebugger(given)) ? given : null;
  return (await foldersOf(volume, volumes))[0] ?? null;
}

/** Drives are mounted at folders named after their label, with a number where that was taken; Windows names them by a letter. */
async function foldersOf(volume: string, volumes: Volumes): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const folder of await volumes.mounted()) {
    const name = path.basename(folder);
    const named = name === "" || (name.startsWith(volume) && /^\d*$/.test(name.slice(volume.length)));
    if (named && (await isDebugger(folder))) folders.push(folder);
  }
  return folders;
}

async function isDebugger(folder: string): Promise<boolean> {
  const texts = await Promise.all(MARKS.map((name) => volumeFile(folder, name)));
  return texts.some((text) => text !== null);
}
