// A file that grows: where a recording's bytes go as they are made, so that a killed host leaves what it wrote.

import { open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { IoError } from "../core/io.ts";
import { makeFolder } from "./files.ts";

export class FileSink {
  readonly path: string;
  private readonly handle: FileHandle;
  private length = 0n;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** @throws IoError when the file exists or can't be made. */
  static async create(path: string): Promise<FileSink> {
    try {
      await makeFolder(dirname(path));
      return new FileSink(path, await open(path, "wx"));
    } catch (cause) {
      throw new IoError(`can't create ${path}`, "check the folder's permissions and the free space", cause);
    }
  }

  position(): bigint {
    return this.length;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.handle.appendFile(bytes);
    } catch (cause) {
      throw new IoError(`can't write ${this.path}`, "free some space; what was recorded before is safe", cause);
    }
    this.length += BigInt(bytes.length);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
