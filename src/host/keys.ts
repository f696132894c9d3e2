// Keys pressed while something runs, one by one; none where nobody sits at a terminal. Ctrl-C stays Ctrl-C.

export interface Keys {
  /** Whether a person watches. */
  readonly interactive: boolean;
  /** The oldest key not yet taken; null when there is none. */
  take(): string | null;
  /** Resolves after so long, or at once when a key waits. */
  wait(durationMs: number): Promise<void>;
  close(): void;
}

export function readKeys(): Keys {
  const { stdin } = process;
  const pressed: string[] = [];
  let wake: () => void = () => undefined;
  const interactive = stdin.isTTY && process.stderr.isTTY;
  const listen = (bytes: Buffer): void => {
    for (const key of bytes.toString("utf8")) {
      if (key === "\u0003") process.kill(process.pid, "SIGINT");
      else pressed.push(key);
    }
    wake();
  };
  if (interactive) {
    stdin.setRawMode(true);
    stdin.on("data", listen);
    stdin.resume();
  }
  return {
    interactive,
    take: () => pressed.shift() ?? null,
    wait: (durationMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, pressed.length > 0 ? 0 : durationMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    close: () => {
      if (!interactive) return;
      stdin.setRawMode(false);
      stdin.off("data", listen);
      stdin.pause();
    },
  };
}
