// A reset button for boards that have none of their own: the board is stopped and another one booted behind the same port. In:
// how to boot it. Out: a RunningBoard with `reset`.

import type { RunningBoard } from "../../core/io.ts";
import { PortListeners } from "../ports/port-listeners.ts";

/** @param boot boots the board with what it had stored. @throws IoError when it doesn't. */
export async function withResetButton(url: string, boot: () => Promise<RunningBoard>): Promise<RunningBoard> {
  const listeners = new PortListeners(url);
  /** Null while it is being reset. */
  let board: RunningBoard | null = null;
  const start = async (): Promise<void> => {
    const started = await boot();
    board = started;
    started.port.onClose((reason) => {
      if (board === started) listeners.closed(reason);
    });
  };
  const listen = (): void => {
    board?.port.onData((bytes) => {
      listeners.data(bytes);
    });
  };
  const reset = async (): Promise<void> => {
    listeners.assertOpen();
    const old = board;
    board = null;
    await old?.stop();
    try {
      await start();
    } catch (error) {
      listeners.closed((error as Error).message);
      throw error;
    }
    listeners.data(Uint8Array.of(0));
    listen();
  };
  let lastReset = Promise.resolve();
  const end = async (reason: string): Promise<void> => {
    listeners.closed(reason);
    await lastReset.catch(() => undefined);
    await board?.stop();
  };
  await start();
  listen();
  return {
    port: {
      url,
      onData: listeners.onData,
      onClose: listeners.onClose,
      write: async (bytes) => {
        listeners.assertOpen();
        const written = board;
        await written?.port.write(bytes).catch((error: unknown) => {
          if (board === written) throw error;
        });
      },
      close: () => end("closed from this side"),
    },
    stop: () => end("the board was stopped"),
    reset: () => (lastReset = lastReset.then(reset)),
  };
}
