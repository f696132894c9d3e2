// The build tool of a framework, for a board.

import type { Board, Framework } from "../../artifacts/board.ts";
import type { ProjectBuilder } from "../../core/io.ts";
import { arduinoProjects } from "./arduino-projects.ts";
import { idf } from "./idf.ts";
import { platformio } from "./platformio.ts";

/** Null where there is no framework: our own toolchain builds those. @param framework one that the board has. */
export function projectBuilder(board: Board, framework: Framework): ProjectBuilder | null {
  switch (framework) {
    case "bare":
      return null;
    case "arduino":
      return arduinoProjects(board);
    case "platformio":
      return platformio(board);
    case "esp-idf":
      return idf(board);
  }
}
