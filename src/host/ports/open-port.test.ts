import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requires } from "../../../tests/requires.ts";
import { IoError, type BytePort } from "../../core/io.ts";
import { openPort } from "./open-port.ts";
import { openError } from "./serial.ts";
import { withPair } from "./testing/pty-pair.ts";

function received(port: BytePort, count: number): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const bytes: number[] = [];
    port.onData((piece) => {
      if (bytes.push(...piece) >= count) resolve(Uint8Array.from(bytes));
    });
  });
}

function closed(port: BytePort): Promise<string> {
  return new Promise((resolve) => {
    port.onClose(resolve);
  });
}

const allBytes = Uint8Array.from({ length: 10_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff);

describe("a port over TCP", () => {
  let server: Server;
  let url: string;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.push(socket);
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(
    () =>
      new Promise<void>((resolve) =>
        server.close(() => {
          resolve();
        }),
      ),
  );

  it("carries every byte both ways, and closes once", async () => {
    const port = await openPort(url);
    const answer = received(port, allBytes.length);
    await port.write(allBytes);
    expect(await answer).toEqual(allBytes);
    const reasons: string[] = [];
    port.onClose((reason) => reasons.push(reason));
    await port.close();
    await port.close();
    expect(reasons).toEqual(["closed from this side"]);
    await expect(port.write(allBytes)).rejects.toThrow(IoError);
  });

  it("keeps writes apart that are made at once", async () => {
    const port = await openPort(url);
    const answer = received(port, 2 * allBytes.length);
    await Promise.all([port.write(allBytes), port.write(allBytes)]);
    expect(Buffer.compare(await answer, Buffer.concat([allBytes, allBytes]))).toBe(0);
    await port.close();
  });

  it("tells that the other side hung up, also to one who asks late", async () => {
    const port = await openPort(url);
    const reason = closed(port);
    sockets.at(-1)?.destroy();
    expect(await reason).toMatch(/hung up|broke/);
    expect(await closed(port)).toBe(await reason);
    await expect(port.write(allBytes)).rejects.toThrow("is closed");
  });

  it("keeps what arrives before anyone listens", async () => {
    const port = await openPort(url);
    await port.write(Uint8Array.of(1, 2, 3));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await received(port, 3)).toEqual(Uint8Array.of(1, 2, 3));
    await port.close();
  });

  it.runIf(process.platform === "linux")("asks a peer that says nothing whether it is still there", async () => {
    const port = await openPort(url);
    const peer = Number(url.split(":").at(-1)).toString(16).toUpperCase().padStart(4, "0");
    const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
    // Fields: number, local, remote, state (1: established), queues, timer (2: keep-alive) and when it is due in hundredths.
    const mine = lines
      .map((line) => line.trim().split(/\s+/))
      .find(([, , remote, state]) => remote?.endsWith(`:${peer}`) && state === "01");
    const [timer, due = ""] = mine?.[5]?.split(":") ?? [];
    expect(timer).toBe("02");
    expect(parseInt(due, 16)).toBeLessThanOrEqual(500);
    await port.close();
  });

  it("says that nobody listens there", async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise<void>((resolve) =>
      free.close(() => {
        resolve();
      }),
    );
    await expect(openPort(`tcp:127.0.0.1:${port}`)).rejects.toThrow("nobody listens");
  });
});

describe("a serial port that can't be opened", () => {
  it("is missing", async () => {
    await expect(openPort("serial:/dev/reflexarc-none")).rejects.toThrow("there is no serial device");
  });

  it("is no serial device", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "reflexarc-test-"));
    writeFileSync(path.join(folder, "file"), "");
    await expect(openPort(`serial:${path.join(folder, "file")}`)).rejects.toThrow(IoError);
    rmSync(folder, { recursive: true });
  });
});

describe("what the system says of a serial port", () => {
  it.each([
    ["Error: No such file or directory, cannot open /dev/ttyACM0", "there is no serial device", "plug the board in"],
    ["Opening COM3: File not found", "there is no serial device", "plug the board in"],
    ["Error: Permission denied, cannot open /dev/ttyACM0", "you may not open", "dialout"],
    ["Error Resource temporarily unavailable Cannot lock port", "is in use by another program", "other reflexarc"],
    ["Error: Device or resource busy, cannot open /dev/ttyACM0", "is in use by another program", "other reflexarc"],
    ["Opening COM3: Access denied", "is in use by another program", "other reflexarc"],
    ["Error: Inappropriate ioctl for device, cannot set attributes", "is no serial device", "baud rate"],
    ["Error: Input/output error", "cannot open /dev/ttyACM0: Error: Input/output error", "cable"],
  ])("%s", (words, message, hint) => {
    const error = openError("/dev/ttyACM0", new Error(words));
    expect(error.message).toContain(message);
    expect(error.message).toContain("/dev/ttyACM0");
    expect(error.hint).toContain(hint);
  });
});

describe.skipIf(requires("socat"))("a serial port on a pair of pseudo-terminals", () => {
  it("carries every byte both ways", () =>
    withPair(async ([left, right]) => {
      const [here, there] = [await openPort(`serial:${left}?baud=57600`), await openPort(`serial:${right}`)];
      const [up, down] = [received(there, 2000), received(here, 2000)];
      await Promise.all([here.write(allBytes.subarray(0, 2000)), there.write(allBytes.subarray(2000, 4000))]);
      expect(await up).toEqual(allBytes.subarray(0, 2000));
      expect(await down).toEqual(allBytes.subarray(2000, 4000));
      await Promise.all([here.close(), there.close()]);
    }));

  it("tells that the device is gone", () =>
    withPair(async ([left], pair) => {
      const port = await openPort(`serial:${left}`);
      const reason = closed(port);
      await pair.unplug();
      expect(await reason).toContain("the device is gone");
      await expect(port.write(allBytes)).rejects.toThrow("the device is gone");
    }));

  it("is in use by another", () =>
    withPair(async ([left]) => {
      const first = await openPort(`serial:${left}`);
      await expect(openPort(`serial:${left}`)).rejects.toThrow("in use by another program");
      await first.close();
    }));
});
