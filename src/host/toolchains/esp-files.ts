// What a framework's tool built for an Espressif chip, by the names and at the addresses that `flash` knows. In: what the tool says it
// would flash, and where. Out: the files, once both agree.

import { readFile } from "node:fs/promises";
import type { Board, Framework } from "../../artifacts/board.ts";
import { espImages } from "../../artifacts/esp-image.ts";
import { runError } from "../../core/diagnostic.ts";
import { IoError } from "../../core/io.ts";

/** As the tool says it. */
export interface ToldImage {
  /** In the chip's flash. */
  readonly address: number;
  /** Absolute. */
  readonly path: string;
}

/** @param said is told what the tool would flash besides. @throws DiagnosticError when the tool puts a file elsewhere than `flash`
 * does. @throws IoError when it is not there. */
export async function readEspFiles(
  board: Board,
  framework: Framework,
  told: readonly ToldImage[],
  said: (line: string) => void = () => undefined,
): Promise<Map<string, Uint8Array>> {
  const wanted = espImages(board, framework);
  const files = new Map<string, Uint8Array>();
  for (const { name, address } of wanted) {
    const image = told.find((each) => each.address === address);
    if (image === undefined) throw otherLayout(name, address, told);
    files.set(name, await readBuilt(image.path));
  }
  for (const { address, path } of told) {
    if (!wanted.some((image) => image.address === address))
      said(`note: ${path}, at ${hexadecimal(address)}, is not flashed by \`reflexarc flash\``);
  }
  return files;
}

export async function readBuilt(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new IoError(`the build left no ${file}`, "remove the folder that it is in, and build again", cause);
  }
}

function otherLayout(name: string, address: number, told: readonly ToldImage[]): Error {
  const list = told.map((image) => `${hexadecimal(image.address)} ${image.path}`).join(", ");
  return runError(
    "build-other-layout",
    `\`reflexarc flash\` writes ${name} to ${hexadecimal(address)}, where this build has nothing (it has: ${list})`,
    "a setting moved it: delete sdkconfig and build again, or flash with the framework's own tool",
  );
}

function hexadecimal(value: number): string {
  return `0x${value.toString(16)}`;
}
