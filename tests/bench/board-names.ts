// The core of each board, for headings.

import { readdirSync, readFileSync } from "node:fs";

const BOARDS = new URL("../../boards/", import.meta.url);

/** `cortex-m4f` by `qemu-cortex-m4`. */
export function loadBoardNames(): ReadonlyMap<string, string> {
  const files = readdirSync(BOARDS).filter((name) => name.endsWith(".json"));
  return new Map(
    files.map((name) => {
      const { id, core } = JSON.parse(readFileSync(new URL(name, BOARDS), "utf8")) as { id: string; core: string };
      return [id, core];
    }),
  );
}
