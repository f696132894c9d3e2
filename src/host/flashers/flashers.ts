// The flasher of each board. In: a board. Out: what puts an image onto it, by the method that the board's file names.

import type { Board, FlashMethod } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import type { Flasher } from "../../core/io.ts";
import { arduinoCliFlasher } from "./arduino-cli.ts";
import { avrdudeFlasher } from "./avrdude.ts";
import { bossacFlasher } from "./bossac.ts";
import { daplinkFlasher } from "./daplink.ts";
import { dfuUtilFlasher } from "./dfu-util.ts";
import { espFlasher } from "./esp.ts";
import { teensyLoaderFlasher } from "./teensy-loader.ts";
import { uf2Flasher } from "./uf2.ts";

/** @param board one that is more than emulated: its `flash` is not null. */
export function flasherFor(board: Board): Flasher {
  assert(board.flash !== null, `${board.id} is only emulated`);
  return flasherBy(board, board.flash);
}

function flasherBy(board: Board, method: FlashMethod): Flasher {
  switch (method.method) {
    case "esptool":
      return espFlasher(board, method);
    case "uf2":
      return uf2Flasher(board, method);
    case "avrdude":
      return avrdudeFlasher(board, method);
    case "bossac":
      return bossacFlasher(board, method);
    case "dfu-util":
      return dfuUtilFlasher(board, method);
    case "arduino-cli":
      return arduinoCliFlasher(board);
    case "teensy-loader":
      return teensyLoaderFlasher(board, method);
    case "daplink":
      return daplinkFlasher(board, method);
  }
}
