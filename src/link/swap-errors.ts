// Why a board does not take new parameters, in words, with what to do.

import { runError, type DiagnosticError } from "../core/diagnostic.ts";
import type { SwapOutcome } from "./messages.generated.ts";

/** What was asked of the board. */
export type SwapStep = "begin" | "transfer" | "prove" | "commit" | "revert";

/** What else there is to do when a swap is not possible. */
const FLASH = "compile and flash instead: `reflexarc compile`, then `reflexarc flash`";
const OLD_DRIVES = "the policy from before still drives";

export function refusedSwap(outcome: Exclude<SwapOutcome, "ok">, step: SwapStep): DiagnosticError {
  switch (outcome) {
    case "no-slot":
      return step === "revert"
        ? runError("swap-nothing-before", "there is nothing to go back to: the board runs the policy that it was flashed with", FLASH)
        : runError("swap-no-slot", "the firmware on this board has no room to exchange its policy", FLASH);
    case "other-schema":
      return runError(
        "swap-other-schema",
        `the policy was made for another robot.ts than the firmware on the board; ${OLD_DRIVES}`,
        "compile and flash the firmware for this robot.ts, or train the policy for the one on the board",
      );
    case "other-layout":
      return runError("swap-other-layout", `the policy needs other code than the firmware on the board has; ${OLD_DRIVES}`, FLASH);
    case "wrong-size":
      return runError("swap-wrong-size", `the policy's parameters have another length than those on the board; ${OLD_DRIVES}`, FLASH);
    case "wrong-place":
    case "wrong-crc":
    case "other-base":
    case "not-ready":
      return runError(
        "swap-garbled",
        `the parameters did not arrive as they were sent, however often; ${OLD_DRIVES}`,
        "check the cable, try a lower baud rate, and see that no other program sends to this board",
      );
    case "wrong-output":
      return runError(
        "swap-wrong-output",
        `with the new parameters the board computed another output than the int8 oracle; ${OLD_DRIVES}`,
        `${FLASH}; if the flashed firmware differs too, please report it with the policy bundle`,
      );
  }
}

/** Answers stopped coming although the line is there. */
export function silentSwap(step: SwapStep): DiagnosticError {
  return step === "prove"
    ? runError(
        "swap-no-time",
        `the board's ticks leave no time to try the new policy; ${OLD_DRIVES}`,
        "stop the robot (mode safe) and push again, or choose a lower rateHz in robot.ts",
      )
    : runError(
        "swap-silent",
        `the board stopped answering while it was to take a new policy; ${OLD_DRIVES}`,
        "check the board and its cable, and push again",
      );
}
