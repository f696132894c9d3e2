// The manifest of ESP Web Tools (https://esphome.github.io/esp-web-tools/): which files a browser writes to a chip and where. Printed
// beside a project for an Espressif chip; `flash` reads the same file, so that browser and command line write the same.

import { espImages } from "../../artifacts/esp-image.ts";
import type { Board, EspChip, Framework } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import { runError } from "../../core/diagnostic.ts";

export const WEB_TOOLS_MANIFEST = "manifest.json";

/** Where `build` leaves what a board is flashed with, beside the manifest. */
const IMAGE_FOLDER = "image";

/** The chips' flash is erased in these pieces. */
const SECTOR_BYTES = 4096;
const CHIPS: readonly string[] = ["ESP32", "ESP32-S3", "ESP32-C3", "ESP32-C6"] satisfies readonly EspChip[];

export interface WebToolsProgram {
  /** Shown before it is installed. */
  readonly name: string;
  readonly version: string;
  /** One that is flashed with esptool. */
  readonly board: Board;
  readonly framework: Framework;
}

/** A file to write. */
export interface FlashPart {
  /** Relative to the manifest's folder, with forward slashes. */
  readonly path: string;
  /** In the chip's flash. */
  readonly address: number;
}

export function webToolsManifest({ name, version, board, framework }: WebToolsProgram): string {
  assert(board.flash?.method === "esptool", `${board.id} is no Espressif chip`);
  const parts = espImages(board, framework).map((image) => ({ path: `${IMAGE_FOLDER}/${image.name}`, offset: image.address }));
  const manifest = { name, version, new_install_prompt_erase: true, builds: [{ chipFamily: board.flash.chip, parts }] };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** What a manifest of `compile` says must be written, in the order of addresses.
 * @throws DiagnosticError when it is damaged: no JSON, no single build, a path that leaves the folder, a place that is no sector. */
export function flashParts(manifest: string): readonly FlashPart[] {
  const { builds } = entries(parseJson(manifest));
  if (!Array.isArray(builds) || builds.length !== 1) throw damaged("it has not exactly one build");
  const { chipFamily, parts } = entries(builds[0]);
  if (typeof chipFamily !== "string" || !CHIPS.includes(chipFamily)) throw damaged("its build is for no chip that is known");
  if (!Array.isArray(parts) || parts.length === 0) throw damaged("its build has no parts");
  const read = parts.map(flashPart).sort((left, right) => left.address - right.address);
  if (new Set(read.map((part) => part.address)).size < read.length) throw damaged("two parts have the same offset");
  return read;
}

function flashPart(part: unknown): FlashPart {
  const { path, offset } = entries(part);
  if (typeof path !== "string" || !path.split("/").every((part) => /^[\w-][\w.-]*$/.test(part)))
    throw damaged(`${JSON.stringify(path)} is no path below its folder`);
  if (typeof offset !== "number" || !Number.isSafeInteger(offset) || offset < 0 || offset % SECTOR_BYTES !== 0)
    throw damaged(`${path} has no offset that begins a sector of ${SECTOR_BYTES} bytes`);
  return { path, address: offset };
}

/** What belongs to each name of a JSON object; nothing where it is none. */
function entries(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged("it is no JSON");
  }
}

function damaged(reason: string): Error {
  return runError(
    "flash-manifest-damaged",
    `${WEB_TOOLS_MANIFEST} does not say what to flash: ${reason}`,
    "run `reflexarc compile` again",
    {
      file: WEB_TOOLS_MANIFEST,
    },
  );
}
