import { existsSync, readFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
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

test("what is no text is read as bytes, and what is left out is not read at all", async () => {
  await withTemporaryFolder(async (folder) => {
    const binary = { zeros: Uint8Array.of(65, 0, 66), damaged: Uint8Array.of(0xff, 0xfe, 65) };
    const text = { "main.c": "int größe;\n", "below/empty.h": "", "below/build/own.c": "yes" };
    await writeTree(
      folder,
      new Map<string, string | Uint8Array>([...Object.entries(binary), ...Object.entries(text), ["build/image.bin", "x"]]),
    );
    await symlink("nowhere", `${folder}/build/dangling`);
    const tree = await readTree(folder, new Set(["build", "zeros"]));
    expect(Object.fromEntries(tree)).toEqual({ damaged: Buffer.from(binary.damaged), ...text });
    expect((await readTree(folder)).get("zeros")).toEqual(Buffer.from(binary.zeros));
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
