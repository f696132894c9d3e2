// A board that is a child process: started, heard from, and gone when it is stopped or this process ends. In: a command and
// where its link is. Out: a RunningBoard whose death tells the child's last words.

import type { ChildProcess } from "node:child_process";
import { Readable, Writable } from "node:stream";
import { execa } from "execa";
import { onExit } from "signal-exit";
import { assert } from "../../core/assert.ts";
import { IoError, type RunningBoard } from "../../core/io.ts";
import { streamPort } from "../ports/stream-port.ts";
import type { TemporaryFolder } from "../temporary-folder.ts";
import { complaintLines, faultLines, recordTail } from "./last-words.ts";

interface Link {
  readonly input: Readable;
  readonly output: Writable;
}

export interface ChildBoard {
  readonly url: string;
  readonly command: string;
  readonly arguments: readonly string[];
  /** Added to this process's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Its working folder, removed when the child has ended. */
  readonly folder: TemporaryFolder;
  /** Called before that. */
  readonly ended: () => void;
  /** Where the child has its link: in its standard input and output, or in a socket that it inherits as file descriptor 3. */
  readonly link: "standard" | "inherited";
  /** What to do when it doesn't boot. */
  readonly hint: string;
}

/** Boards answer within a tenth of a second; on a machine under load it may take long. */
const BOOT_TIMEOUT_MS = 30_000;
/** A child that ignores the request to end is killed after this. */
const PATIENCE_MS = 2_000;

/** Starts the child and waits for the byte 0 with which every port's main() begins.
 * @throws IoError with the last output when the child ends before, or stays silent. */
export async function startChildBoard(board: ChildBoard): Promise<RunningBoard> {
  // A group of its own: Ctrl-C in the terminal reaches this process alone, which may still want to stop the robot.
  const child = execa(board.command, board.arguments, {
    ...{
      cwd: board.folder.path,
      env: board.environment ?? {},
      stdio: ["pipe", "pipe", "pipe", ...(board.link === "inherited" ? (["pipe"] as const) : [])],
    },
    ...{ buffer: false, reject: false, detached: true, cleanup: false },
  });
  const kill = (signal: NodeJS.Signals): void => {
    killGroup(child.pid, signal);
  };
  const forget = onExit(() => {
    kill("SIGKILL");
  });
  const complaints = recordTail(child.stderr);
  let linkText = (): string => "";
  let linkClosed: Promise<void> = Promise.resolve();
  let stopping = false;
  const ended = child.then(async (result) => {
    await linkClosed;
    forget();
    board.ended();
    board.folder.remove();
    if (stopping) return "the board was stopped";
    return [`${board.command} ${howEnded(result)}`, ...faultLines(linkText()), ...complaintLines(complaints())].join("\n");
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    kill("SIGTERM");
    const impatient = setTimeout(() => {
      kill("SIGKILL");
    }, PATIENCE_MS);
    await ended;
    clearTimeout(impatient);
  };
  const died = ended.then((reason): never => {
    throw new IoError(`${board.url} did not boot: ${reason}`, board.hint);
  });
  const deadline = rejectAfter(BOOT_TIMEOUT_MS, new IoError(`${board.url} did not boot: it stays silent`, board.hint));
  try {
    const link = linkOf(board.link, child.stdio);
    linkText = recordTail(link.input);
    linkClosed = closing(link.input);
    await Promise.race([greeting(link.input), died, deadline.promise]);
    return { port: streamPort({ url: board.url, ...link, gone: ended, close: stop }), stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    deadline.cancel();
    died.catch(() => undefined); // its death from now on is the port's to tell
  }
}

function linkOf(kind: ChildBoard["link"], stdio: ChildProcess["stdio"]): Link {
  const [input, output, , inherited] = stdio;
  const link = kind === "standard" ? { input: output, output: input } : { input: inherited, output: inherited };
  assert(link.input instanceof Readable && link.output instanceof Writable, "its descriptors are pipes");
  return { input: link.input, output: link.output };
}

/** Resolves once the byte 0 has arrived; what follows it stays in the stream. */
function greeting(input: Readable): Promise<void> {
  return new Promise((resolve) => {
    const listen = (bytes: Buffer): void => {
      const zero = bytes.indexOf(0);
      if (zero < 0) return;
      input.off("data", listen);
      input.pause();
      if (zero + 1 < bytes.length) input.unshift(bytes.subarray(zero + 1));
      resolve();
    };
    input.on("data", listen);
  });
}

function howEnded(result: {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
}): string {
  if (result.signal !== undefined) return `ended with signal ${result.signal}`;
  if (result.exitCode !== undefined) return `ended with exit code ${result.exitCode}`;
  return result.code === "ENOENT" ? "is not installed" : `cannot be started: ${result.code ?? "for no known reason"}`;
}

function closing(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once("close", resolve);
  });
}

function rejectAfter(milliseconds: number, error: Error): { promise: Promise<never>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>(
    (_, reject) =>
      (timer = setTimeout(() => {
        reject(error);
      }, milliseconds)),
  );
  return {
    promise,
    cancel: () => {
      clearTimeout(timer);
    },
  };
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
