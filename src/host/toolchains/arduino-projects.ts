// The build tool of an Arduino project, of those that are installed: arduino-cli, or for AVRs what Debian packages.

import type { Board } from "../../artifacts/board.ts";
import type { ProjectBuilder } from "../../core/io.ts";
import { arduinoBuilder } from "./arduino-builder.ts";
import { arduinoCli } from "./arduino-cli.ts";

/** arduino-cli wins where it has the board's core, and speaks where nothing does. */
export function arduinoProjects(board: Board): ProjectBuilder {
  return {
    id: "arduino",
    probe: async () => (await installed(board)).probe(),
    build: async (folder, said) => (await installed(board)).build(folder, said),
  };
}

async function installed(board: Board): Promise<ProjectBuilder> {
  const cli = arduinoCli(board);
  for (const builder of [cli, arduinoBuilder(board)]) {
    if (builder !== null && (await builder.probe()).every(({ found }) => found)) return builder;
  }
  return cli;
}
