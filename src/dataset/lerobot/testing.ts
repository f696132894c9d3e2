// Data sets in memory, for tests.

import { assert } from "../../core/assert.ts";
import type { SourceTree } from "../../core/io.ts";
import type { DatasetFolder } from "./import-lerobot.ts";

export function folderOf(files: SourceTree, name = "set"): DatasetFolder {
  return {
    name,
    paths: [...files.keys()],
    read: (path) => {
      const content = files.get(path);
      assert(content !== undefined, `no ${path}`);
      // As Node's readFile gives it: a Buffer, whose slices are views.
      return Promise.resolve(Buffer.from(content as Uint8Array));
    },
  };
}
