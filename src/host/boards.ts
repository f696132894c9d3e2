// The board files of a folder as Boards, checked by the schema beside them. An unknown id is answered with what the person may
// have meant.

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Board } from "../artifacts/board.ts";
import { DiagnosticError, errorDiagnostic, usageError } from "../core/diagnostic.ts";
import { BOARD_SCHEMA, parseBoard } from "./board-problems.ts";
import { nearest } from "./nearest.ts";

/** All boards of the folder, by id.
 * @throws DiagnosticError when a file is no board. */
export async function listBoards(folder: string): Promise<readonly Board[]> {
  return Promise.all((await boardIds(folder)).map((id) => readBoard(folder, id)));
}

/** One board.
 * @throws DiagnosticError when there is none of this id, naming those there are, or its file is no board. */
export async function loadBoard(folder: string, id: string): Promise<Board> {
  const ids = await boardIds(folder);
  if (ids.includes(id)) return readBoard(folder, id);
  const near = nearest(id, ids);
  const question = near.length === 0 ? "" : `did you mean ${near.join(" or ")}? `;
  throw usageError("board-unknown", `there is no board "${id}"`, `${question}The boards are ${ids.join(", ")}.`);
}

async function boardIds(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith(".json") && file !== BOARD_SCHEMA)
    .map((file) => path.basename(file, ".json"))
    .sort();
}

async function readBoard(folder: string, id: string): Promise<Board> {
  const file = path.join(folder, `${id}.json`);
  const board = parseBoard(id, await readFile(file, "utf8"));
  if (!isBoard(board)) throw new DiagnosticError(board.map(([what, hint]) => errorDiagnostic("board-invalid", what, hint, { file })));
  return board;
}

function isBoard(parsed: ReturnType<typeof parseBoard>): parsed is Board {
  return !Array.isArray(parsed);
}
