// Files of this machine: whole trees in and out, and writes that are either done or not done at all.

import { existsSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { runError } from "../core/diagnostic.ts";
import { IoError, type SourceTree } from "../core/io.ts";

/** Every file below a folder, by path relative to it: text, or bytes where it is none.
 * @param leaveOut files and folders directly in it that are not looked into.
 * @throws IoError when the folder can't be read. */
export async function readTree(folder: string, leaveOut: ReadonlySet<string> = new Set()): Promise<SourceTree> {
  const tree = new Map<string, string | Uint8Array>();
  for (const path of await filesBelow(folder, leaveOut)) tree.set(path, textOrBytes(await readFile(join(folder, path))));
  return tree;
}

/** Their paths relative to it, sorted. */
async function filesBelow(folder: string, leaveOut: ReadonlySet<string>): Promise<readonly string[]> {
  try {
    const paths: string[] = [];
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (leaveOut.has(entry.name)) continue;
      if (entry.isFile()) paths.push(entry.name);
      if (!entry.isDirectory()) continue;
      const below = await readdir(join(folder, entry.name), { recursive: true, withFileTypes: true });
      const files = below.filter((each) => each.isFile()).map((each) => relative(folder, join(each.parentPath, each.name)));
      paths.push(...files.map((path) => path.split(sep).join("/")));
    }
    return paths.sort();
  } catch (cause) {
    throw new IoError(`can't read the folder ${folder}`, "check that it exists and that you may read it", cause);
  }
}

function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  if (bytes.includes(0)) return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

/** Writes a tree into a folder, each file whole or not at all. @param keep paths that stay as they are when they exist. */
export async function writeTree(folder: string, tree: SourceTree, keep: ReadonlySet<string> = new Set()): Promise<void> {
  for (const [path, content] of tree) {
    const target = join(folder, path);
    if (keep.has(path) && (await readIfPresent(target)) !== undefined) continue;
    await writeWhole(target, content);
  }
}

/** Makes a folder and those above it, one by one: Node's recursive mkdir never returns where the system refuses (/proc). */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.push(folder);
  for (const folder of missing.reverse()) {
    await mkdir(folder).catch((cause: unknown) => {
      // Somebody else may have been faster.
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    });
  }
}

/** Writes beside the target and renames: a reader, or a cut of power, sees the old file or the new one. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await makeFolder(dirname(path));
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new IoError(`can't write ${path}`, "check the permissions and the free space", cause);
  }
}

/** The bytes of a file the user named. @throws DiagnosticError when it can't be read. */
export async function readNamed(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw runError("file-unreadable", `${path} ${unreadable(cause as NodeJS.ErrnoException)}`, "check the path");
  });
}

function unreadable(cause: NodeJS.ErrnoException): string {
  if (cause.code === "ENOENT") return "does not exist";
  return cause.code === "EISDIR" ? "is a folder" : `can't be read (${cause.message})`;
}

/** A file's text, or undefined when there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw new IoError(`can't read ${path}`, "check its permissions", cause);
  }
}

/** Names in a folder, sorted; none when the folder is missing. */
export async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    if (code === "ENOTDIR") throw new IoError(`${folder} is no folder, or lies in something that is none`, "give another path", cause);
    throw new IoError(`can't read the folder ${folder}`, "check its permissions", cause);
  }
}

export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() ?? false;
}
