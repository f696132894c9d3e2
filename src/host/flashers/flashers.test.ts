import { describe, expect, it } from "vitest";
import { listBoards } from "../boards.ts";
import { boardsFolder } from "../package-files.ts";
import { flasherFor } from "./flashers.ts";

const boards = (await listBoards(boardsFolder)).filter((board) => board.flash !== null);

describe("each board that can be flashed", () => {
  it("is one of many", () => {
    expect(boards.length).toBeGreaterThan(10);
  });

  it.each(boards.map((board) => [board.id, board] as const))("%s has its method's flasher", (_, board) => {
    expect(flasherFor(board).id).toBe(board.flash?.method);
  });
});
