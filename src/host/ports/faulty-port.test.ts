import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at } from "../../core/assert.ts";
import type { BytePort } from "../../core/io.ts";
import { HandTimer } from "../../link/testing/hand-timer.ts";
import { FaultyDevice } from "./faulty-port.ts";
import { NO_FAULTS, type Fault, type FaultSettings } from "./fault-settings.ts";
import { MemoryPort } from "./testing/memory-port.ts";

/** Everything that arrives, with its time. */
interface Arrival {
  readonly ms: number;
  readonly bytes: readonly number[];
}

interface Setup {
  readonly timer: HandTimer;
  readonly inner: MemoryPort;
  readonly device: FaultyDevice;
  readonly port: BytePort;
  /** What came through from the board. */
  readonly arrivals: Arrival[];
  readonly reasons: string[];
  resets: number;
}

async function setUp(settings: Partial<FaultSettings>): Promise<Setup> {
  const [timer, inner, arrivals, reasons]: [HandTimer, MemoryPort, Arrival[], string[]] = [new HandTimer(), new MemoryPort(), [], []];
  const reset = (): Promise<void> => {
    setup.resets++;
    return new Promise((resolve) => timer.after(100, resolve));
  };
  const device = new FaultyDevice(inner, { ...NO_FAULTS, ...settings }, { timer, reset });
  const port = await device.open(inner.url);
  port.onData((bytes) => arrivals.push({ ms: timer.now(), bytes: [...bytes] }));
  port.onClose((reason) => reasons.push(reason));
  const setup: Setup = { timer, inner, device, port, arrivals, reasons, resets: 0 };
  return setup;
}

function shares(...faults: readonly Fault[]): Pick<FaultSettings, "shares"> {
  return { shares: { ...NO_FAULTS.shares, ...Object.fromEntries(faults.map((fault) => [fault, 1])) } };
}

/** A piece as frames are: bytes that are not zero, and a zero. Of different lengths and contents. */
function piece(number: number): Uint8Array {
  return Uint8Array.from({ length: 10 + (number % 50) }, (_, index) => 1 + ((number * 31 + index * 7) % 255)).fill(0, -1);
}

const pieces = (count: number): Uint8Array[] => Array.from({ length: count }, (_, number) => piece(number));
const flat = (arrivals: readonly { bytes: readonly number[] }[]): number[] => arrivals.flatMap(({ bytes }) => bytes);
const sorted = (bytes: Iterable<number>): number[] => [...bytes].sort((left, right) => left - right);

function sayAll(inner: MemoryPort, said: readonly Uint8Array[]): number[] {
  said.forEach((bytes) => {
    inner.say(bytes);
  });
  return said.flatMap((bytes) => [...bytes]);
}

describe("a faulty port", () => {
  it("without faults lets everything through at once, both ways", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 600 })), async (said) => {
        const { inner, port, arrivals } = await setUp({});
        expect(flat(arrivals)).toEqual([]);
        expect(sayAll(inner, said)).toEqual(flat(arrivals));
        for (const bytes of said) await port.write(bytes);
        expect(inner.written.flatMap((bytes) => [...bytes])).toEqual(said.flatMap((bytes) => [...bytes]));
      }),
    );
  });

  it("drops whole pieces and parts of them", async () => {
    const { inner, arrivals } = await setUp(shares("drop"));
    const lost = pieces(200).map((bytes) => {
      arrivals.length = 0;
      inner.say(bytes);
      return bytes.length - flat(arrivals).length;
    });
    expect(lost.filter((count, number) => count === piece(number).length).length).toBeGreaterThan(50);
    expect(lost.filter((count, number) => count > 0 && count < piece(number).length).length).toBeGreaterThan(50);
  });

  it("flips one to three bits of a piece", async () => {
    const { inner, arrivals } = await setUp(shares("flip"));
    const said = sayAll(inner, pieces(100));
    expect(flat(arrivals).length).toBe(said.length);
    for (const [number, { bytes }] of arrivals.entries()) {
      const differing = bytes.map((byte, index) => (byte ^ at(piece(number), index)).toString(2).replaceAll("0", "").length);
      expect(differing.reduce((sum, bits) => sum + bits, 0)).toBeLessThanOrEqual(3);
    }
    expect(flat(arrivals)).not.toEqual(said);
  });

  it("lets whole pieces and parts of them come twice", async () => {
    const { inner, arrivals } = await setUp(shares("duplicate"));
    pieces(200).forEach((bytes) => {
      inner.say(bytes);
    });
    const twice = arrivals.filter(({ bytes }, number) => String(bytes) === String([...piece(number), ...piece(number)]));
    expect(twice.length).toBeGreaterThan(50);
    expect(twice.length).toBeLessThan(150);
    expect(arrivals.every(({ bytes }, number) => bytes.length >= piece(number).length)).toBe(true);
  });

  it("lets pieces come in another order, without losing a byte but what is still to come behind the next piece", async () => {
    const { inner, arrivals } = await setUp(shares("reorder"));
    const said = sayAll(inner, pieces(200));
    const came = flat(arrivals);
    expect(came).not.toEqual(said.slice(0, came.length));
    expect(said.length - came.length).toBeLessThanOrEqual(piece(199).length);
    const missing = sorted(said);
    for (const byte of sorted(came)) expect(missing.splice(missing.indexOf(byte), 1)).toEqual([byte]);
  });

  it("delays pieces by up to 50 ms, in order", async () => {
    const { timer, inner, arrivals } = await setUp(shares("delay"));
    const said = sayAll(inner, pieces(20));
    expect(arrivals).toEqual([]);
    await timer.advance(20 * 50 + 1);
    expect(flat(arrivals)).toEqual(said);
    expect(new Set(arrivals.map(({ ms }) => ms)).size).toBeGreaterThan(15);
  });

  it("stalls for 250 to 1000 ms, and then everything comes", async () => {
    const { timer, inner, arrivals } = await setUp(shares("stall"));
    const said = sayAll(inner, pieces(1));
    await timer.advance(249);
    expect(arrivals).toEqual([]);
    await timer.advance(752);
    expect(flat(arrivals)).toEqual(said);
  });

  it("splits pieces, with time between the parts", async () => {
    const { timer, inner, arrivals } = await setUp(shares("split"));
    const said = sayAll(inner, pieces(50));
    await timer.advance(50 * 3 * 11);
    expect(flat(arrivals)).toEqual(said);
    expect(arrivals.length).toBeGreaterThan(75);
    expect(new Set(arrivals.map(({ ms }) => ms)).size).toBeGreaterThan(75);
  });

  it("strikes as often as it was told to", async () => {
    const { inner, arrivals } = await setUp({ shares: { ...NO_FAULTS.shares, flip: 0.1 } });
    sayAll(inner, pieces(10_000));
    const flipped = arrivals.filter(({ bytes }, number) => String(bytes) !== String([...piece(number)])).length;
    expect(flipped).toBeGreaterThan(900);
    expect(flipped).toBeLessThan(1100);
  });

  it("does the same again with the same seed, and something else with another", async () => {
    const trace = async (seed: number): Promise<readonly Arrival[]> => {
      const few = Object.fromEntries(Object.keys(NO_FAULTS.shares).map((fault) => [fault, fault === "rename" ? 0 : 0.1]));
      const { timer, inner, port, arrivals } = await setUp({ shares: few as FaultSettings["shares"], baudRate: 115_200, seed });
      for (const [number, bytes] of pieces(200).entries()) {
        inner.say(bytes);
        if (number % 3 === 0) void port.write(bytes);
        await timer.advance(number % 7);
      }
      await timer.advance(60_000);
      return [...arrivals, { ms: 0, bytes: inner.written.flatMap((bytes) => [...bytes]) }];
    };
    const first = await trace(7);
    expect(await trace(7)).toEqual(first);
    expect(await trace(8)).not.toEqual(first);
  });

  it("does the same to a stream however it is cut", async () => {
    const whole = Uint8Array.from(pieces(50).flatMap((bytes) => [...bytes]));
    const few: FaultSettings["shares"] = { ...NO_FAULTS.shares, drop: 0.2, flip: 0.2, duplicate: 0.2, reorder: 0.2 };
    const through = async (cuts: readonly number[]): Promise<number[]> => {
      const { inner, arrivals } = await setUp({ shares: few });
      const edges = [0, ...sorted(cuts), whole.length];
      edges.slice(1).forEach((edge, index) => {
        inner.say(whole.slice(edges[index], edge));
      });
      return flat(arrivals);
    };
    const uncut = await through([]);
    expect(uncut).not.toEqual([...whole]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length)), async (cuts) => {
        expect(await through(cuts)).toEqual(uncut);
      }),
    );
  });

  it("ends a piece of garbage after 256 bytes", async () => {
    const { inner, arrivals } = await setUp(shares("duplicate"));
    inner.say(new Uint8Array(255).fill(1));
    expect(arrivals).toEqual([]);
    inner.say(Uint8Array.of(1));
    expect(flat(arrivals).length).toBeGreaterThanOrEqual(256);
  });
});

describe("a faulty port with a baud rate", () => {
  it.each([9600, 115_200, 2_000_000])("lets bytes take the time they take at %i", async (baudRate) => {
    const { timer, inner, arrivals } = await setUp({ baudRate });
    const bytes = baudRate / 100; // a tenth of a second
    inner.say(new Uint8Array(bytes).fill(1));
    await timer.advance(50);
    expect(Math.abs(flat(arrivals).length - bytes / 2)).toBeLessThanOrEqual(baudRate / 10_000 + 1);
    await timer.advance(49);
    expect(flat(arrivals).length).toBeLessThan(bytes);
    await timer.advance(2);
    expect(flat(arrivals).length).toBe(bytes);
    expect(timer.waiting).toBe(0);
  });

  it("lets the writer wait while more than 4 KB are on their way", async () => {
    const { timer, inner, port } = await setUp({ baudRate: 9600 });
    await port.write(new Uint8Array(4096).fill(1));
    let taken = false;
    const writing = port.write(new Uint8Array(960).fill(1)).then(() => (taken = true));
    await timer.advance(990);
    expect(taken).toBe(false);
    await timer.advance(20);
    await writing;
    expect(inner.written.reduce((sum, bytes) => sum + bytes.length, 0)).toBeGreaterThanOrEqual(960);
  });
});

describe("a faulty port's board", () => {
  it("is reset, once at a time", async () => {
    const setup = await setUp(shares("reset"));
    await setup.port.write(piece(1));
    await setup.port.write(piece(2));
    expect(setup.resets).toBe(1);
    await setup.timer.advance(100);
    await new Promise(setImmediate);
    await setup.port.write(piece(3));
    expect(setup.resets).toBe(2);
    setup.inner.say(piece(4));
    expect(setup.resets).toBe(2);
  });

  it("comes back under another name, and only under that", async () => {
    const { timer, inner, device, port, reasons, arrivals } = await setUp({ ...shares("rename"), baudRate: 9600 });
    await port.write(piece(1));
    expect(reasons).toEqual(["the device is gone: it was unplugged (--fault rename)"]);
    expect(device.url).toBeNull();
    await expect(port.write(piece(1))).rejects.toThrow("is closed");
    await expect(device.open("emu:test")).rejects.toThrow("there is no port emu:test");
    inner.say(new Uint8Array(2000).fill(1)); // what a board says meanwhile nobody hears, not even later
    await timer.advance(1001);
    expect(device.url).toBe("emu:test#2");
    await expect(device.open("emu:test")).rejects.toThrow("there is no port emu:test");
    const again = await device.open("emu:test#2");
    await expect(device.open("emu:test#2")).rejects.toThrow("in use by another program");
    again.onData((bytes) => arrivals.push({ ms: 0, bytes: [...bytes] }));
    inner.say(piece(2));
    await timer.advance(5000);
    expect(flat(arrivals)).toEqual([...piece(2)]);
    expect(inner.open).toBe(true);
    await again.close();
    expect(inner.open).toBe(false);
  });

  it("may die: then nothing comes back", async () => {
    const { inner, device, reasons } = await setUp({});
    inner.unplug("its emulator failed");
    expect(reasons).toEqual(["its emulator failed"]);
    await expect(device.open("emu:test")).rejects.toThrow("its emulator failed");
  });
});
