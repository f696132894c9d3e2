// What a flasher is handed is what `build` left; methods that know one file take it from there by its name.

import { assert } from "../../core/assert.ts";
import type { FlashPiece } from "../../core/io.ts";

export function onlyPiece(pieces: readonly FlashPiece[], name: string): FlashPiece {
  const piece = pieces.find((each) => each.name === name);
  assert(piece !== undefined, `no ${name} among ${pieces.map((each) => each.name).join(", ")}`);
  return piece;
}
