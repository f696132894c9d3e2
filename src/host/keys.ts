// Keys pressed while something runs, one by one; none where nobody sits at a terminal. Ctrl-C stays Ctrl-C, and the terminal is
// as it was however this process ends.

import { onExit } from "signal-exit";

export interface Keys {
  /** Whether a person watches. */
  readonly interactive: boolean;
  /** The oldest key not yet taken; null when there is none. */
  take(): string | null;
  close(): void;
}

const CONTROL_C = "\u0003";

export function readKeys(): Keys {
  const { stdin } = process;
  const pressed: string[] = [];
  if (!stdin.isTTY || !process.stderr.isTTY) return { interactive: false, take: () => null, close: () => undefined };
  const listen = (bytes: Buffer): void => {
    for (const key of bytes.toString("utf8")) {
      if (key === CONTROL_C) process.kill(process.pid, "SIGINT");
      else pressed.push(key);
    }
  };
  const restore = (): void => {
    stdin.setRawMode(false);
  };
  const forget = onExit(restore);
  stdin.setRawMode(true);
  stdin.on("data", listen);
  stdin.resume();
  return {
    interactive: true,
    take: () => pressed.shift() ?? null,
    close: () => {
      forget();
      restore();
      stdin.off("data", listen);
      stdin.pause();
    },
  };
}
