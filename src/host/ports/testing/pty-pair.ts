// Two serial ports joined by a cable, for tests: a pair of pseudo-terminals that socat keeps as long as it runs.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";

export interface PtyPair {
  /** Stops socat and waits until both ports are gone. */
  unplug(): Promise<void>;
}

/** @param ends the paths that the two ports get, as links to wherever the system puts them. */
export async function plugPair(ends: readonly [string, string]): Promise<PtyPair> {
  const socat = execa("socat", ["-d", "-d", ...ends.map((end) => `pty,raw,echo=0,link=${end}`)], { buffer: false, reject: false });
  await new Promise<void>((resolve) => {
    let log = "";
    socat.stderr.on("data", (bytes: Buffer) => {
      log += bytes.toString();
      if (log.includes("starting data transfer loop")) resolve();
    });
  });
  return {
    unplug: async () => {
      socat.kill();
      await socat;
    },
  };
}

/** Runs a test with a folder for its ports. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "reflexarc-test-"));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a test with a pair, and unplugs it. */
export function withPair(use: (ends: readonly [string, string], pair: PtyPair) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const ends = [path.join(folder, "a"), path.join(folder, "b")] as const;
    const pair = await plugPair(ends);
    try {
      await use(ends, pair);
    } finally {
      await pair.unplug();
    }
  });
}
