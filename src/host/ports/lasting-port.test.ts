import { spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { requires } from "../../../tests/requires.ts";
import type { BytePort } from "../../core/io.ts";
import type { RecoveringPort } from "../../core/recovering-port.ts";
import { openLastingPort, openPort } from "./open-port.ts";
import { ReconnectingPort } from "./reconnecting-port.ts";
import { plugPair, withFolder, withPair } from "./testing/pty-pair.ts";
import { deviceFinder, type UsbSerialDevice } from "./usb-identity.ts";

/** The next bytes, so many. */
function next(port: BytePort, count: number): Promise<number[]> {
  const came: number[] = [];
  return new Promise((resolve) => {
    port.onData((bytes) => {
      if (came.push(...bytes) >= count) resolve(came);
    });
  });
}

function lost(port: RecoveringPort): Promise<string> {
  return new Promise((resolve) => {
    port.onLost(resolve);
  });
}

function restored(port: RecoveringPort): Promise<string> {
  return new Promise((resolve) => {
    port.onRestored(resolve);
  });
}

describe.skipIf(requires("socat"))("a serial port that lasts", () => {
  it("goes on when the device is unplugged and plugged in again", () =>
    withFolder(async (folder) => {
      const ends = [path.join(folder, "a"), path.join(folder, "b")] as const;
      const first = await plugPair(ends);
      const port = await openLastingPort(`serial:${ends[0]}?baud=57600`);
      const reason = lost(port);
      const back = restored(port);
      await first.unplug();
      expect(await reason).toContain("the device is gone");
      await expect(port.write(Uint8Array.of(1))).rejects.toThrow("the device is gone");
      const second = await plugPair(ends);
      expect(await back).toBe(`serial:${ends[0]}?baud=57600`);
      const there = await openPort(`serial:${ends[1]}`);
      const arrived = next(there, 3);
      await port.write(Uint8Array.of(1, 2, 3));
      expect(await arrived).toEqual([1, 2, 3]);
      await Promise.all([port.close(), there.close()]);
      await second.unplug();
    }));

  it("goes on under the name that the device has then", () =>
    withFolder(async (folder) => {
      const present = new Map<string, string>(); // path -> serial number
      const list = (): Promise<UsbSerialDevice[]> =>
        Promise.resolve(
          [...present].map(([link, serialNumber]) => ({
            path: realpathSync(link),
            vendorId: "2341",
            productId: "0043",
            serialNumber,
            interfaceNumber: "00",
            socket: path.basename(link),
          })),
        );
      const [old, other, renamed] = ["old", "other", "renamed"].map((name) => path.join(folder, name)) as [string, string, string];
      const first = await plugPair([old, path.join(folder, "b")]);
      present.set(old, "mine");
      const find = await deviceFinder(old, list);
      const port = await ReconnectingPort.open(`serial:${old}`, {
        open: openPort,
        locate: () => find().then((device) => (device === null ? null : `serial:${device}`)),
      });
      const [reason, back] = [lost(port), restored(port)];
      present.clear();
      await first.unplug();
      await reason;
      const [second, third] = [await plugPair([other, path.join(folder, "c")]), await plugPair([renamed, path.join(folder, "d")])];
      present.set(other, "another").set(renamed, "mine");
      expect(await back).toContain(`serial:${realpathSync(renamed)}`);
      const there = await openPort(`serial:${path.join(folder, "d")}`);
      const arrived = next(port, 1);
      await there.write(Uint8Array.of(9));
      expect(await arrived).toEqual([9]);
      await Promise.all([port.close(), there.close()]);
      await Promise.all([second.unplug(), third.unplug()]);
    }));

  it("waits while another program holds the device, and says so", () =>
    withFolder(async (folder) => {
      const ends = [path.join(folder, "a"), path.join(folder, "b")] as const;
      const url = `serial:${ends[0]}`;
      const first = await plugPair(ends);
      let there = false;
      const port = await ReconnectingPort.open(url, { open: openPort, locate: () => Promise.resolve(there ? url : null) });
      const [reason, back] = [lost(port), restored(port)];
      const refused = new Promise<string>((resolve) => {
        port.onVain(({ message }) => {
          if (there) resolve(message);
        });
      });
      await first.unplug();
      await reason;
      const second = await plugPair(ends);
      const other = await openPort(url);
      there = true;
      expect(await refused).toContain(`${ends[0]} is in use by another program`);
      await other.close();
      expect(await back).toContain(url);
      await port.close();
      await second.unplug();
    }));

  it("is refused to a second program", () =>
    withPair(async ([left]) => {
      const script = `import { SerialPort } from "serialport";
        new SerialPort({ path: ${JSON.stringify(left)}, baudRate: 9600 }, (error) => console.log(error?.message ?? "open"));`;
      const holder = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
      expect(String((await once(holder.stdout, "data"))[0])).toBe("open\n");
      await expect(openPort(`serial:${left}`)).rejects.toThrow("in use by another program");
      holder.kill("SIGKILL");
      await once(holder, "exit");
      await (await openPort(`serial:${left}`)).close();
    }));
});

describe("a TCP port that lasts", () => {
  async function listen(port: number): Promise<{ server: Server; sockets: Socket[]; port: number }> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return { server, sockets, port: (server.address() as AddressInfo).port };
  }

  it("goes on when the other side is started again", async () => {
    const first = await listen(0);
    const port = await openLastingPort(`tcp:127.0.0.1:${first.port}`);
    const [reason, back] = [lost(port), restored(port)];
    const refused = new Promise<string>((resolve) => {
      port.onVain(({ message }) => {
        resolve(message);
      });
    });
    const ended = once(first.server, "close");
    first.server.close();
    first.sockets[0]?.destroy();
    await ended;
    expect(await reason).toMatch(/hung up|broke/);
    expect(await refused).toContain("nobody listens");
    const second = await listen(first.port);
    expect(await back).toBe(`tcp:127.0.0.1:${first.port}`);
    const echo = next(port, 1);
    await port.write(Uint8Array.of(5));
    expect(await echo).toEqual([5]);
    await port.close();
    second.server.close();
  });

  it("gives up after as long as it was told to", async () => {
    const { server, sockets, port: number } = await listen(0);
    const port = await openLastingPort(`tcp:127.0.0.1:${number}`, { patienceMs: 0 });
    const closed = new Promise<string>((resolve) => {
      port.onClose(resolve);
    });
    server.close();
    sockets[0]?.destroy();
    expect(await closed).toContain("nobody listens");
  });
});
