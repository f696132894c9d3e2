// Adds up, unit by unit, the sections that a linker kept. Both linkers' maps end here.

import { LIBRARIES, type UnitSize } from "../../core/io.ts";

/** One section of one unit, as it stands in the image. */
export interface KeptSection {
  /** Index into the request's units; null for what a library brings. */
  readonly unit: number | null;
  readonly kind: keyof UnitSize;
  readonly bytes: number;
}

/** What a unit's section holds, by its name; null for what isn't loaded, such as debug information. */
export function sectionKind(section: string): keyof UnitSize | null {
  if (/^\.(text|literal)\b/.test(section)) return "code";
  if (/^\.(s?rodata|progmem|vectors|init_array|ARM\.ex)/.test(section)) return "constants";
  if (/^(\.s?data|\.s?bss|\.noinit|COMMON)\b/.test(section)) return "ram";
  return null;
}

/** Every unit has an entry, if only of zeros, and so have the libraries. */
export function sumSizes(units: readonly string[], sections: Iterable<KeptSection>): ReadonlyMap<string, UnitSize> {
  const sums = new Map([...units, LIBRARIES].map((unit) => [unit, { code: 0, constants: 0, ram: 0 }]));
  for (const { unit, kind, bytes } of sections) {
    const sum = sums.get(unit === null ? LIBRARIES : (units[unit] ?? ""));
    if (sum !== undefined) sum[kind] += bytes;
  }
  return sums;
}
