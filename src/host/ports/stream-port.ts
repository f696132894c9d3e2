// A BytePort over Node's streams: serial lines, sockets and the pipes of a child process differ only in how they open and end.

import type { Readable, Writable } from "node:stream";
import { IoError, type BytePort } from "../../core/io.ts";
import { PortListeners } from "./port-listeners.ts";

/** QEMU's UART stalls on more than 4 KB that nobody has taken yet. */
const LARGEST_WRITE = 2048;

export interface PortStreams {
  readonly url: string;
  readonly input: Readable;
  readonly output: Writable;
  /** Ends it; the streams are gone when this resolves. */
  readonly close: () => Promise<void>;
  /** Resolves with a sentence when the other side is gone. */
  readonly gone: Promise<string>;
}

export function streamPort(streams: PortStreams): BytePort {
  const listeners = new PortListeners(streams.url);
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      streams.output.write(bytes, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  /** One write after the other: the parts of two must not mix. */
  let last: Promise<void> = Promise.resolve();
  const writeParts = async (bytes: Uint8Array): Promise<void> => {
    for (let start = 0; start < bytes.length; start += LARGEST_WRITE) await write(bytes.subarray(start, start + LARGEST_WRITE));
  };
  streams.input
    .on("data", (bytes: Uint8Array) => {
      listeners.data(bytes);
    })
    .resume();
  // A broken stream is told to the writer by write(), and to everyone by `gone`.
  streams.output.on("error", () => undefined);
  streams.input.on("error", () => undefined);
  void streams.gone.then((reason) => {
    listeners.closed(reason);
  });
  return {
    url: streams.url,
    onData: listeners.onData,
    onClose: listeners.onClose,
    write: async (bytes) => {
      listeners.assertOpen();
      const mine = last.then(() => writeParts(bytes));
      last = mine.catch(() => undefined);
      try {
        await mine;
      } catch (cause) {
        throw new IoError(`cannot write to ${streams.url}: ${await streams.gone}`, "open it again", cause);
      }
    },
    close: async () => {
      listeners.closed("closed from this side");
      await streams.close();
    },
  };
}
