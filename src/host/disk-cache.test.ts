import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { diskCache, userCacheFolder } from "./disk-cache.ts";

const OBJECT = Uint8Array.from([0, 97, 115, 109, 255]);

describe("the cache of objects", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "reflexarc-cache-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const files = (): string[] => readdirSync(folder).map((name) => path.join(folder, name));

  it("gives another process what one wrote, and only by its key", () => {
    diskCache(path.join(folder, "new")).write("key", OBJECT);
    const other = diskCache(path.join(folder, "new"));
    expect(other.read("key")).toEqual(OBJECT);
    expect(other.read("other")).toBeUndefined();
  });

  it("gives nothing that is damaged", () => {
    const cache = diskCache(folder);
    cache.write("key", OBJECT);
    const [file = ""] = files();
    truncateSync(file, statSync(file).size - 1);
    expect(cache.read("key")).toBeUndefined();
    truncateSync(file, 0);
    expect(cache.read("key")).toBeUndefined();
    cache.write("key", OBJECT);
    expect(cache.read("key")).toEqual(OBJECT);
  });

  it("makes room by removing what was not used for longest", () => {
    const writer = diskCache(folder);
    for (const key of ["a", "b", "c"]) writer.write(key, OBJECT);
    for (const file of files()) utimesSync(file, 1, 1);
    const { size } = statSync(files()[0] ?? "");
    const reader = diskCache(folder, 2 * size);
    reader.read("b");
    reader.write("d", OBJECT);
    expect(["b", "d"].map((key) => reader.read(key))).toEqual([OBJECT, OBJECT]);
    expect(files()).toHaveLength(3);
  });

  it("does without a folder that can't be made", () => {
    const file = path.join(folder, "file");
    writeFileSync(file, "");
    const cache = diskCache(file);
    cache.write("key", OBJECT);
    expect(cache.read("key")).toBeUndefined();
  });

  it("lies where the user wants caches", () => {
    vi.stubEnv("XDG_CACHE_HOME", folder);
    expect(userCacheFolder("objects")).toBe(path.join(folder, "reflexarc", "objects"));
    vi.stubEnv("XDG_CACHE_HOME", "relative");
    expect(path.isAbsolute(userCacheFolder("objects"))).toBe(true);
    vi.unstubAllEnvs();
  });
});
