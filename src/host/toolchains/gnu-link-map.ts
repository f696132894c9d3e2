// The map that GNU ld prints (-Map), as the sections it kept after --gc-sections. A line is ` .text.name 0xaddress 0xsize
// object`; a long name stands on a line of its own.

import type { UnitSize } from "../../core/io.ts";
import { sectionKind, type KeptSection } from "./unit-sizes.ts";

const SECTION = /^ (\.\S+|COMMON)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (?:.*\bunit-(\d+)\.o|.+\.(?:o|a\(.*\)))$/gm;

/** @param readOnly what read-only data takes up: on an AVR RAM, as all that its loads can reach. */
export function* gnuKeptSections(map: string, readOnly: keyof UnitSize = "constants"): Generator<KeptSection> {
  const memoryMap = map.slice(map.indexOf("\nLinker script and memory map\n"));
  for (const [, section = "", bytes = "", unit] of memoryMap.matchAll(SECTION)) {
    const kind = /^\.rodata\b/.test(section) ? readOnly : sectionKind(section);
    if (kind !== null) yield { unit: unit === undefined ? null : Number(unit), kind, bytes: Number.parseInt(bytes, 16) };
  }
}
