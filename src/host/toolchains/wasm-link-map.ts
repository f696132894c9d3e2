// The map that wasm-ld prints (-Map), as the sections it kept: what each unit adds to the module once unused functions are
// gone. Columns: address, offset, size (hexadecimal), then `unit-0.o:(function)` or `unit-0.o:(.rodata.table)`.

import { sectionKind, type KeptSection } from "./unit-sizes.ts";

export function* wasmKeptSections(map: string): Generator<KeptSection> {
  let inCode = false;
  for (const line of map.split("\n")) {
    const heading = /^\s*\S+\s+\S+\s+\S+ (\S+)$/.exec(line);
    if (heading !== null) inCode = heading[1] === "CODE";
    const section = /^\s*\S+\s+\S+\s+([0-9a-f]+) {9}unit-(\d+)\.o:\((.+)\)$/.exec(line);
    if (section === null) continue;
    const kind = inCode ? "code" : sectionKind(section[3] ?? "");
    if (kind !== null) yield { unit: Number(section[2]), kind, bytes: Number.parseInt(section[1] ?? "", 16) };
  }
}
