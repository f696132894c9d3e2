import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeFolder, readTree, writeTree, writeWhole } from "./files.ts";
import { withTemporaryFolder } from "./temporary-folder.ts";

test("a tree is written and read back; personal files stay as they are", async () => {
  await withTemporaryFolder(async (folder) => {
    await writeTree(
      folder,
      new Map([
        ["a.txt", "one"],
        ["b/c/d.txt", "two"],
      ]),
    );
    await writeTree(
      folder,
      new Map([
        ["a.txt", "three"],
        ["b/c/d.txt", "four"],
      ]),
      new Set(["a.txt"]),
    );
    expect([...(await readTree(folder))]).toEqual([
      ["a.txt", "one"],
      ["b/c/d.txt", "four"],
    ]);
  });
});

test("a write that fails says so and leaves what was there", async () => {
  await withTemporaryFolder(async (folder) => {
    await writeWhole(`${folder}/file`, "kept");
    await expect(writeWhole(`${folder}/file/below`, "x")).rejects.toThrow("can't write");
    expect(readFileSync(`${folder}/file`, "utf8")).toBe("kept");
    expect([...(await readTree(folder)).keys()]).toEqual(["file"]);
  });
});

test.skipIf(!existsSync("/proc"))("a folder where none can be made is refused, not tried for ever", async () => {
  await expect(makeFolder("/proc/reflexarc/below")).rejects.toThrow("ENOENT");
});
