// The board's ring of ticks, in C under sanitizers, against a model without wrapping numbers: what is kept, what is sent, what is
// said to be gone, after any sequence of ticks, takeovers, pulses, refills and silence.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTemporaryFolder } from "../../src/host/temporary-folder.ts";
import { requires } from "../requires.ts";
import { buildDriver, Driver } from "./telemetry-driver.ts";
import { Model, RECORD_BYTES, type Command } from "./telemetry-model.ts";

const setups = fc.record({
  capacity: fc.integer({ min: 1, max: 13 }),
  batch: fc.integer({ min: RECORD_BYTES, max: 200 }),
  // Unwrapped; the board starts with its low 32 bits. 2^33 - 20: numbers wrap soon. 2^33 + 2^31 - 20: signs would.
  firstTick: fc.oneof(
    fc.constant(2 ** 33),
    fc.integer({ min: 2 ** 33 - 60, max: 2 ** 33 - 1 }),
    fc.integer({ min: 2 ** 33 + 2 ** 31 - 60, max: 2 ** 33 + 2 ** 31 }),
  ),
});

const back = fc.oneof(fc.integer({ min: -3, max: 20 }), fc.constantFrom(0, -(2 ** 30), 60, 1000, 2 ** 31 - 1));
const count = fc.oneof(fc.nat(30), fc.constantFrom(1000, 65535));
const window = fc.oneof(fc.nat(6), fc.constantFrom(20, 65535));
const commands = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.array(fc.constant<Command>({ kind: "add", takeover: false }), { minLength: 1, maxLength: 10 }) },
      { weight: 1, arbitrary: fc.constant<Command[]>([{ kind: "add", takeover: true }]) },
      { weight: 4, arbitrary: fc.array(fc.constant<Command>({ kind: "send" }), { minLength: 1, maxLength: 6 }) },
      { weight: 2, arbitrary: fc.tuple(fc.record({ kind: fc.constant("acknowledge" as const), back, window })) },
      { weight: 2, arbitrary: fc.tuple(fc.record({ kind: fc.constant("refill" as const), back, count })) },
      { weight: 1, arbitrary: fc.constant<Command[]>([{ kind: "silence" }]) },
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((parts): readonly Command[] => parts.flat());

describe.skipIf(requires("cc", "c++"))("the ring of ticks", () => {
  const folder = createTemporaryFolder();
  let driver: Driver | null = null;

  beforeAll(async () => {
    driver = new Driver(await buildDriver(folder.path));
  });

  afterAll(() => {
    driver?.stop();
    folder.remove();
  });

  test("does as the model does", async () => {
    await fc.assert(
      fc.asyncProperty(setups, commands, async (setup, sequence) => {
        const model = new Model(setup);
        const expected = [model.report("-"), ...sequence.map((command) => model.apply(command))];
        expect(await driver?.run(setup, sequence)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test.each([32, 33, 60, 61, 100, 176, 180, 300])(
    "needs less than a tenth of the line around what it sends, of %d bytes of observation",
    async (bytes) => {
      const record = RECORD_BYTES + bytes;
      const batch = Math.max(240, record);
      const sends = Array.from({ length: 40 }, (): Command => ({ kind: "send" }));
      const listens: Command = { kind: "acknowledge", back: 40, window: 65535 };
      const adds = Array.from({ length: 40 }, (): Command => ({ kind: "add", takeover: false }));
      const reports = (await driver?.run({ capacity: 40, batch, firstTick: 0 }, [...adds, listens, ...sends], bytes)) ?? [];
      expect(reports.filter(({ sent }) => sent !== "-")).toHaveLength(Math.ceil(40 / Math.floor(batch / record)));
      expect((40 * record) / (driver?.lineBytes ?? NaN)).toBeGreaterThan(0.9);
    },
  );

  test("lets go of what nobody fetched before its numbers come again", async () => {
    const tick: Command = { kind: "add", takeover: false };
    const takeover: Command = { kind: "add", takeover: true };
    const asked: readonly Command[] = [{ kind: "refill", back: 3, count: 1 }, { kind: "send" }];
    const reports = await driver?.run({ capacity: 4, batch: RECORD_BYTES, firstTick: 0 }, [
      tick,
      tick,
      takeover,
      ...asked,
      { kind: "come-round" },
      tick,
      ...asked.map((command) => (command.kind === "refill" ? { ...command, back: 4 } : command)),
    ]);
    expect(reports?.map(({ sent }) => sent).filter((sent) => sent !== "-")).toEqual(["ticks 0:0", "ticks 0:3"]);
  });
});
