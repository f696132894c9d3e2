// The firmware as a program of this machine behind a TCP port: a board that can be unplugged, plugged in again and reset.

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class TcpBoard {
  private readonly image: string;
  private board: ChildProcessWithoutNullStreams;
  private server: Server | null = null;
  private socket: Socket | null = null;
  private port = 0;

  private constructor(image: string) {
    this.image = image;
    this.board = this.boot();
  }

  /** @param image the path of the program. */
  static async start(image: string): Promise<TcpBoard> {
    const board = new TcpBoard(image);
    await board.plugIn();
    return board;
  }

  get url(): string {
    return `tcp:127.0.0.1:${this.port}`;
  }

  /** The cable comes off; the board runs on. */
  async unplug(): Promise<void> {
    const { server } = this;
    const closed = new Promise((resolve) => server?.close(resolve));
    this.socket?.destroy();
    await closed;
  }

  async plugIn(): Promise<void> {
    const server = createServer((socket) => {
      this.socket = socket;
      socket.on("data", (bytes) => this.board.stdin.write(bytes)).on("error", () => undefined);
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  /** The board starts again; its line stays. */
  reset(): void {
    this.board.kill("SIGKILL");
    this.board = this.boot();
  }

  async stop(): Promise<void> {
    await this.unplug();
    this.board.kill("SIGKILL");
  }

  private boot(): ChildProcessWithoutNullStreams {
    const board = spawn(this.image, { stdio: ["pipe", "pipe", "pipe"] });
    board.stdout.on("data", (bytes: Buffer) => {
      if (board === this.board) this.socket?.write(bytes);
    });
    board.stdin.on("error", () => undefined);
    return board;
  }
}
