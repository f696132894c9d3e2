// What can go wrong between host and board, each as a sentence that says what happened and what to do.

import { IoError } from "../core/io.ts";
import type { LinkStatistics } from "./message-stream.ts";
import { judgeNoise } from "./noise.ts";
import type { Message, Mode, ProblemCode } from "./messages.generated.ts";

/** Nothing that answered `hello-request`: silence and garbage have different causes.
 * @param early the first bytes that came, when no message did. */
export function noAnswer(url: string, statistics: LinkStatistics, waitedMs: number, early: Uint8Array = new Uint8Array()): IoError {
  const baud = /[?&]baud=(\d+)/.exec(url)?.[1];
  const where = baud === undefined ? url : `${url} (${baud} baud)`;
  const { bytesReceived, framesReceived } = statistics;
  if (bytesReceived === 0) {
    const rate = baud === undefined ? "" : `, and that it was built for ${baud} baud`;
    return new IoError(
      `no answer from ${where} within ${waitedMs} ms: not a single byte came`,
      `check that the board has power, that firmware made by reflexarc runs on it, that this is its port${rate}`,
    );
  }
  if (framesReceived > 0) {
    return new IoError(
      `${where} sends messages, but did not say who it is within ${waitedMs} ms`,
      "check that no other program uses the same port, and that bytes get from here to the board",
    );
  }
  const what = `${where} sends something else than reflexarc's link: ${bytesReceived} bytes, none of them a whole message`;
  const noise = baud === undefined ? "unclear" : judgeNoise(early);
  switch (noise) {
    case "text":
      return new IoError(`${what}, but text: "${firstLine(early)}"`, "another program runs on the board: flash firmware made by reflexarc");
    case "slower":
      return new IoError(what, `the board's baud rate is half of ${baud} or less: try --port with a lower ?baud=`);
    case "unclear":
      return new IoError(
        what,
        baud === undefined
          ? "flash firmware made by reflexarc"
          : "try the baud rate that the firmware was built for, or flash firmware made by reflexarc",
      );
  }
}

/** The first words of a text from the line, short enough for a message. */
function firstLine(bytes: Uint8Array): string {
  const lines = new TextDecoder().decode(bytes).split(/[\r\n]+/);
  return (lines.find((line) => line.trim().length > 3) ?? "").trim().slice(0, 40);
}

export function otherVersion(board: number, host: number): IoError {
  return board < host
    ? new IoError(`the board speaks version ${board} of the link, older than ${host} here`, "compile and flash the firmware again")
    : new IoError(`the board speaks version ${board} of the link, newer than ${host} here`, "update reflexarc on this machine");
}

export function closedPort(url: string, reason: string): IoError {
  return new IoError(`${url} is closed: ${reason}`, "check the cable, and connect again");
}

export function lostBoard(url: string, reason: string): IoError {
  return new IoError(`the board on ${url} is lost: ${reason}`, "it is greeted again by itself when it is back; ask again then");
}

export function otherRobot(url: string, expected: string, found: string): IoError {
  const what = found === expected ? `${found}, made from another robot.ts` : found;
  return new IoError(`another board came back on ${url}: ${what}, instead of ${expected}`, "connect again to go on with this one");
}

/** @param dropped frames that the board says it could not use. */
export function silentBoard(url: string, request: Message["kind"], waitedMs: number, dropped: number): IoError {
  const what = `the board on ${url} did not answer ${request} within ${waitedMs} ms`;
  return dropped === 0
    ? new IoError(what, "check that the board is still running: reset it and connect again")
    : new IoError(
        `${what}; it dropped ${dropped} frames as garbled or too long for it`,
        "check the line, and that the firmware was made from this robot.ts",
      );
}

export function refusedMode(mode: Mode): IoError {
  return new IoError(`the board stays in safe instead of ${mode}: its policy failed`, "compile and flash the policy again");
}

export function supersededMode(): IoError {
  return new IoError("the board was asked for another mode before it had answered", "ask again if it is still wanted");
}

export function refusedRequest(request: Message["kind"], code: ProblemCode): IoError {
  switch (code) {
    case "wrong-size":
      return new IoError(
        `the board refused ${request}: its size is not that of the robot or policy on the board`,
        "compile and flash again",
      );
    case "unknown-message":
      return new IoError(
        `the board refused ${request}: the image on it was made for something else`,
        "flash the image that belongs to this command",
      );
    case "unexpected-message":
      return new IoError(`the board refused ${request}: it is not in the mode for it`, "set the mode first; the board may have been reset");
    case "malformed-message":
    case "bad-frames":
      return new IoError(`the board could not read ${request}`, "compile and flash the firmware again");
  }
}
