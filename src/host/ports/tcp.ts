// A TCP connection as a BytePort: boards behind a serial-to-network bridge, emulators elsewhere.

import { connect } from "node:net";
import { IoError, type BytePort } from "../../core/io.ts";
import { streamPort } from "./stream-port.ts";

/** A peer that lost its power says nothing: after so long without a word it is asked whether it is still there. */
const KEEP_ALIVE_MS = 5000;

/** @throws IoError when nobody answers there. */
export async function openTcp(host: string, port: number): Promise<BytePort> {
  const url = `tcp:${host.includes(":") ? `[${host}]` : host}:${port}`;
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", (cause: NodeJS.ErrnoException) => {
      reject(connectError(url, cause));
    });
  });
  const ended = new Promise<void>((resolve) =>
    socket.once("close", () => {
      resolve();
    }),
  );
  let failure = "the other side hung up";
  socket.once("error", (error) => (failure = `the connection broke: ${error.message}`));
  return streamPort({
    url,
    input: socket,
    output: socket,
    gone: ended.then(() => failure),
    close: async () => {
      socket.destroy();
      await ended;
    },
  });
}

function connectError(url: string, cause: NodeJS.ErrnoException): IoError {
  if (cause.code === "ECONNREFUSED") {
    return new IoError(`nobody listens at ${url}`, "start the other side, or check the port number", cause);
  }
  if (cause.code === "ENOTFOUND" || cause.code === "EAI_AGAIN") {
    return new IoError(`${url}: there is no host of this name`, "check the name, or write its address", cause);
  }
  return new IoError(`cannot connect to ${url}: ${cause.message}`, "check the address and the network", cause);
}
