// The board files of a folder as Boards. An unknown id is answered with what the person may have meant.

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { verifyBoard, type Board } from "../artifacts/board.ts";
import { runError, usageError, valueOf } from "../core/diagnostic.ts";

/** All boards of the folder, by id.
 * @throws DiagnosticError when a file is no board. */
export async function listBoards(folder: string): Promise<readonly Board[]> {
  return Promise.all((await boardIds(folder)).map((id) => readBoard(folder, id)));
}

/** One board.
 * @throws DiagnosticError when there is none of this id, naming those there are. */
export async function loadBoard(folder: string, id: string): Promise<Board> {
  const ids = await boardIds(folder);
  if (ids.includes(id)) return readBoard(folder, id);
  const near = ids.filter((each) => each.includes(id.toLowerCase()) || editDistance(each, id.toLowerCase()) <= 2);
  const question = near.length === 0 || id === "" ? "" : `did you mean ${near.join(" or ")}? `;
  throw usageError("board-unknown", `there is no board "${id}"`, `${question}The boards are ${ids.join(", ")}.`);
}

async function boardIds(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith(".json"))
    .map((file) => path.basename(file, ".json"))
    .sort();
}

async function readBoard(folder: string, id: string): Promise<Board> {
  const file = path.join(folder, `${id}.json`);
  return valueOf(verifyBoard(id, parseJson(await readFile(file, "utf8"), file)));
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw runError("board-invalid", `${file} is not JSON: ${(cause as Error).message}`, "compare it with boards/virtual.json", { file });
  }
}

/** Levenshtein's distance: letters to insert, delete or replace. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, replaced));
    }
    row = next;
  }
  return row[right.length] as number;
}
