// Flashes boards whose bootloader shows a drive (Raspberry Pi Pico). In: a UF2 file. Out: the board has taken it, which is seen by the
// drive's vanishing: its bootloader starts the program when each block of the file has come. (RP2040 datasheet 2.8.4, RP2350
// datasheet 5.5; https://github.com/microsoft/uf2.)

import type { Board, FlashMethod } from "../../artifacts/board.ts";
import type { FlashRequest, Flasher } from "../../core/io.ts";
import { listUsbSerialDevices } from "../ports/usb-identity.ts";
import { interrupted, noBootloader, notMounted, noVolume, severalVolumes, wrongChip, wrongImage } from "./flash-error.ts";
import { onlyPiece } from "./pieces.ts";
import { isBoard, touch, type ListDevices } from "./touch.ts";
import { waitFor } from "./until.ts";
import { copyToDrive, systemVolumes, vanishes, volumeFile, type Drive, type Volumes } from "./volumes.ts";

type Uf2Method = Extract<FlashMethod, { method: "uf2" }>;

const FILE = "firmware.uf2";
const BUTTON = "hold BOOTSEL while you plug it in";
/** After a touch, until the system has mounted the drive. */
const MOUNT_MS = 15_000;
/** After the last block, until the bootloader has gone. */
const TAKEN_MS = 10_000;

const BLOCK_BYTES = 512;
const MAGIC = [0x0a324655, 0x9e5d5157] as const;
const HAS_FAMILY = 0x2000;
/** Of utils/uf2families.json. The chips of one kind have several: of an RP2350, its cores, its modes, and what is for any. */
const CHIPS: ReadonlyMap<number, string> = new Map([
  [0xe48bff56, "RP2040"],
  ...[0xe48bff57, 0xe48bff58, 0xe48bff59, 0xe48bff5a, 0xe48bff5b].map((family) => [family, "RP2350"] as const),
]);

export interface Uf2Surroundings {
  readonly volumes?: Volumes;
  readonly list?: ListDevices;
  /** Instead of MOUNT_MS and TAKEN_MS. */
  readonly patienceMs?: number;
}

export function uf2Flasher(board: Board, method: Uf2Method, surroundings: Uf2Surroundings = {}): Flasher {
  return {
    id: "uf2",
    probe: () => Promise.resolve([]),
    flash: async (request, progress) => {
      const { bytes } = onlyPiece(request.pieces, FILE);
      requireFamily(board, method, bytes);
      const drive = await findDrive(board, method, request, surroundings);
      await copyToDrive(board, drive, "NEW.UF2", bytes, progress);
      if (!(await vanishes(drive, surroundings.patienceMs ?? TAKEN_MS)))
        throw interrupted(board, `its drive ${drive.folder} is still there: the bootloader did not take the whole file`);
      return { verified: null };
    },
  };
}

/** @throws DiagnosticError when a block of the file is for another chip: the bootloader would pass over it without a word. */
function requireFamily(board: Board, { family }: Uf2Method, file: Uint8Array): void {
  const expected = family.toUpperCase();
  const chips = new Set(blocksOf(file).map(chipOf));
  const other = [...chips].find((chip) => chip !== expected);
  if (chips.size === 0 || other !== undefined) throw wrongImage(board, FILE, expected, other ?? null);
}

function blocksOf(file: Uint8Array): readonly DataView[] {
  return Array.from(
    { length: Math.ceil(file.length / BLOCK_BYTES) },
    (_, index) =>
      new DataView(file.buffer, file.byteOffset + index * BLOCK_BYTES, Math.min(BLOCK_BYTES, file.length - index * BLOCK_BYTES)),
  );
}

/** @returns null for what is no block of a UF2 file. */
function chipOf(block: DataView): string | null {
  const word = (place: number): number => block.getUint32(4 * place, true);
  if (block.byteLength < BLOCK_BYTES || word(0) !== MAGIC[0] || word(1) !== MAGIC[1] || (word(2) & HAS_FAMILY) === 0) return null;
  return CHIPS.get(word(7)) ?? `chip family 0x${word(7).toString(16)}`;
}

async function findDrive(board: Board, method: Uf2Method, request: FlashRequest, surroundings: Uf2Surroundings): Promise<Drive> {
  const { volumes = systemVolumes, list = listUsbSerialDevices, patienceMs = MOUNT_MS } = surroundings;
  if (request.volume !== null) {
    const found = await boardOf(request.volume);
    if (found === null) throw noVolume(board, request.volume, BUTTON);
    if (found !== method.volume) throw wrongChip(board, method.volume, found);
    return driveAt(request.volume, method, volumes);
  }
  const look = async (): Promise<Drive | null> => {
    const folders: string[] = [];
    for (const folder of await volumes.mounted()) if ((await boardOf(folder)) === method.volume) folders.push(folder);
    if (folders.length > 1) throw severalVolumes(board, folders);
    return folders[0] === undefined ? null : driveAt(folders[0], method, volumes);
  };
  const there = await look();
  if (there !== null) return there;
  if (volumes.known(method.volume)) throw notMounted(board, method.volume);
  const device = request.device ?? (await onlyRunning(board, list));
  if (device === null || !method.touch) throw noVolume(board, method.volume, BUTTON);
  await touch(board, device);
  const drive = await waitFor(look, patienceMs);
  if (drive !== null) return drive;
  throw volumes.known(method.volume) ? notMounted(board, method.volume) : noBootloader(board, device, BUTTON);
}

/** What the bootloader calls the board that shows this drive; null: it is none. */
async function boardOf(folder: string): Promise<string | null> {
  return /^Board-ID: *(\S+)/m.exec((await volumeFile(folder, "INFO_UF2.TXT")) ?? "")?.[1] ?? null;
}

/** What is mounted by hand stays mounted, and read from memory, when it is gone: so the system is asked, too. */
function driveAt(folder: string, { volume }: Uf2Method, volumes: Volumes): Drive {
  const known = volumes.known(volume);
  return { folder, here: async () => (!known || volumes.known(volume)) && (await boardOf(folder)) !== null };
}

async function onlyRunning(board: Board, list: ListDevices): Promise<string | null> {
  const running = (await list()).filter((each) => isBoard(board, each, "running"));
  return running.length === 1 ? (running[0]?.path ?? null) : null;
}
