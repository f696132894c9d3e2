import { beforeEach, describe, expect, it } from "vitest";
import { IoError } from "../core/io.ts";
import { encodeFrame } from "./frame.ts";
import { encodeMessage, MESSAGE_IDS, PROTOCOL_VERSION, type Message } from "./messages.generated.ts";
import { BoardSession } from "./session.ts";
import { HandTimer } from "./testing/hand-timer.ts";
import { HELLO, lockStepTick, modeMessage, pulseBack, ScriptedBoard, tickRecord, ticks } from "./testing/scripted-board.ts";

const TIMEOUT_MS = 1000;

let timer: HandTimer;
let board: ScriptedBoard;

beforeEach(() => {
  timer = new HandTimer();
  board = new ScriptedBoard();
});

/** Answers everything as a healthy agent does. */
function healthy(message: Message): readonly Message[] {
  switch (message.kind) {
    case "hello-request":
      return [HELLO];
    case "pulse":
      return [pulseBack(message)];
    case "set-mode":
      return [modeMessage(message.mode, message.source, "requested")];
    case "observe":
      return [lockStepTick(message.tick)];
    case "hand-back":
      return [modeMessage("assist", "sensors", "requested")];
    case "stop":
      return [modeMessage("safe", "sensors", "stop")];
    default:
      return [];
  }
}

function connect(): Promise<BoardSession> {
  return BoardSession.connect(board, { timeoutMs: TIMEOUT_MS, timer });
}

async function connected(): Promise<BoardSession> {
  board.answer = healthy;
  return connect();
}

/** Lets the time pass until the promise fails. */
async function failure(promise: Promise<unknown>): Promise<IoError> {
  const caught = promise.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  await timer.advance(10 * TIMEOUT_MS);
  const error = await caught;
  expect(error).toBeInstanceOf(IoError);
  return error as IoError;
}

describe("connecting", () => {
  it("gives the board's hello", async () => {
    expect((await connected()).hello).toEqual(HELLO);
  });

  it("asks again until a board that boots slowly answers", async () => {
    const session = connect();
    await timer.advance(700);
    expect(board.kinds()).toEqual(["hello-request", "hello-request", "hello-request", "hello-request"]);
    board.answer = healthy;
    await timer.advance(100);
    expect((await session).hello.name).toBe("test-robot");
  });

  it("is not disturbed by what came before", async () => {
    board.answer = (message) => {
      board.sayBytes(new TextEncoder().encode("rst:0x1 (POWERON_RESET)\r\n"));
      board.sayBytes(Uint8Array.of(0));
      return healthy(message);
    };
    const session = await connect();
    expect(session.statistics).toMatchObject({ badFrames: 2, framesReceived: 2 });
  });

  it("takes what was there before anyone listened: a boot that is no news", async () => {
    board.early = encodeFrame(MESSAGE_IDS.mode, 0, encodeMessage(modeMessage("safe", "sensors", "boot")));
    const session = await connected();
    expect(session.statistics.framesReceived).toBe(3);
    expect(board.kinds()).toEqual(["hello-request", "pulse"]);
  });

  it("says that nothing came, and at what baud rate", async () => {
    const error = await failure(connect());
    expect(error.message).toBe("no answer from serial:/dev/ttyACM0?baud=115200 (115200 baud) within 1000 ms: not a single byte came");
    expect(error.hint).toMatch(/power/);
    expect(board.closed).toBe(true);
    expect(timer.waiting).toBe(0);
  });

  it("says that only garbage came", async () => {
    const error = failure(connect());
    board.sayBytes(Uint8Array.of(0x80, 0xf8, 0x00, 0x78, 0x80, 0x00));
    expect((await error).message).toMatch(/something else than reflexarc's link: 6 bytes/);
    expect((await error).hint).toMatch(/baud rate/);
  });

  it("says that another program writes text, and what", async () => {
    const error = failure(connect());
    board.sayBytes(new TextEncoder().encode("x\r\nsensor 7: 0.25\r\n".repeat(4)));
    expect((await error).message).toMatch(/but text: "sensor 7: 0.25"$/);
    expect((await error).hint).toMatch(/another program/);
  });

  it("says that the board is slower than the line", async () => {
    const error = failure(connect());
    board.sayBytes(new Uint8Array(40).fill(0xcc));
    expect((await error).hint).toMatch(/half of 115200 or less/);
  });

  it("says that the board talks without answering", async () => {
    const error = failure(connect());
    board.say(ticks(tickRecord(1)));
    expect((await error).message).toMatch(/did not say who it is/);
  });

  it.each([
    [PROTOCOL_VERSION + 1, /newer/, /update reflexarc/],
    [PROTOCOL_VERSION - 1, /older/, /compile and flash/],
  ])("refuses a board of version %d, whatever the rest of its hello looks like", async (version, message, hint) => {
    board.answer = () => {
      board.sayBytes(encodeFrame(MESSAGE_IDS.hello, 0, Uint8Array.of(version, 1, 2, 3)));
      return [];
    };
    const error = await failure(connect());
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it("fails at once when the port closes", async () => {
    const session = connect();
    board.unplug("the device is gone");
    expect((await failure(session)).message).toMatch(/the device is gone/);
  });
});

describe("lock-step", () => {
  it("gives each observation its tick, and tells listeners of it", async () => {
    const session = await connected();
    const seen: number[] = [];
    session.onTick(({ tick }) => seen.push(tick));
    await session.setMode("auto", "host");
    for (let tick = 0; tick < 3; tick++) expect((await session.observe(tick, new Uint8Array(5))).tick).toBe(tick);
    expect(seen).toEqual([0, 1, 2]);
    expect(board.kinds()).toEqual(["hello-request", "pulse", "set-mode", "observe", "observe", "observe"]);
  });

  it("asks again when the answer is lost, ever later, then gives up", async () => {
    const session = await connected();
    await session.setMode("auto", "host");
    let lost = 1;
    board.answer = (message) => (lost-- > 0 ? [] : healthy(message));
    const tick = session.observe(5, new Uint8Array(5));
    await timer.advance(200);
    expect((await tick).tick).toBe(5);
    board.answer = () => [];
    board.heard.length = 0;
    expect((await failure(session.observe(6, new Uint8Array(5)))).message).toMatch(/did not answer observe within 2000 ms/);
    expect(board.kinds()).toEqual(["observe", "observe", "observe", "observe"]);
  });

  it("says when the board dropped frames instead of answering", async () => {
    const session = await connected();
    await session.setMode("auto", "host");
    board.answer = () => [{ kind: "problem", code: "bad-frames", detail: 12 }];
    expect((await failure(session.observe(1, new Uint8Array(500)))).message).toMatch(/dropped 12 frames as garbled or too long/);
  });

  it("takes no late tick for the one it asked for, nor one of the ring", async () => {
    const session = await connected();
    await session.setMode("auto", "host");
    board.answer = (message) =>
      message.kind === "observe" ? [lockStepTick(message.tick - 1), ticks(tickRecord(message.tick)), lockStepTick(message.tick)] : [];
    const record = await session.observe(8, new Uint8Array(5));
    expect(record).toMatchObject({ tick: 8, circumstances: ["observed", "inferred", "lock-step"] });
  });

  it("fails at once when the board refuses", async () => {
    const session = await connected();
    board.answer = () => [{ kind: "problem", code: "wrong-size", detail: MESSAGE_IDS.observe }];
    await expect(session.observe(0, new Uint8Array(4))).rejects.toThrow(/its size is not that of the robot/);
    board.answer = () => [{ kind: "problem", code: "unknown-message", detail: MESSAGE_IDS.infer }];
    await expect(session.infer(0, new Int8Array(4))).rejects.toThrow(/made for something else/);
  });

  it("has no heartbeat, and leaves no timer behind", async () => {
    const session = await connected();
    await session.setMode("auto", "host");
    await session.observe(0, new Uint8Array(5));
    expect(timer.waiting).toBe(0);
  });
});

describe("a board with its own sensors", () => {
  it("feels the host's pulse five times within its link timeout until the session ends", async () => {
    const session = await connected();
    await session.setMode("auto", "sensors");
    board.heard.length = 0;
    await timer.advance(500);
    expect(board.kinds()).toEqual(["pulse", "pulse", "pulse", "pulse", "pulse"]);
    await session.close();
    await timer.advance(1000);
    expect(board.heard).toHaveLength(5);
    expect(board.closed).toBe(true);
  });

  it("reports ticks in order, each once; what the line lost is asked for, what the board lost is a gap", async () => {
    const session = await connected();
    const told: string[] = [];
    session.onTick(({ tick }) => told.push(String(tick)));
    session.onGap(({ tick, count }) => told.push(`${tick}+${count}`));
    board.say(ticks(tickRecord(0), tickRecord(1)));
    board.say(ticks(tickRecord(1), tickRecord(5)));
    expect(board.heard.at(-1)).toMatchObject({ kind: "refill", tick: 2, count: 3 });
    board.say({ kind: "gone", tick: 2, count: 2 });
    board.say(ticks(tickRecord(4)));
    expect(told).toEqual(["0", "1", "2+2", "4", "5"]);
    await timer.advance(100);
    expect(board.heard.at(-1)).toMatchObject({ kind: "pulse", acknowledged: 6 });
  });

  it("is heard out before the session ends, for as long as it takes or patience lasts", async () => {
    const session = await connected();
    board.answer = (message) => (message.kind === "pulse" ? [pulseBack(message, { nextTick: 3 })] : []);
    const told: string[] = [];
    const drain = (): Promise<unknown> => session.drain().then(() => told.push("drained"));
    const drained = drain();
    await timer.advance(100);
    board.say(ticks(tickRecord(0), tickRecord(1)));
    await timer.advance(100);
    expect(told).toEqual([]);
    board.say(ticks(tickRecord(2)));
    await timer.advance(100);
    await drained;
    board.answer = (message) => (message.kind === "pulse" ? [pulseBack(message, { nextTick: 9 })] : []);
    const inVain = drain();
    await timer.advance(900);
    expect(told).toEqual(["drained"]);
    await timer.advance(400);
    await inVain;
  });

  it("tells how it fares, and how its clock stands to the host's", async () => {
    const session = await connected();
    await timer.advance(100);
    expect(session.health).toMatchObject({ worstUs: 50, jitterUs: 7, missed: 0 });
    expect(session.latencyUs).toBe(0);
    expect(session.hostTime(30_000)).toBe(30_000);
  });

  it("is told to go on after a takeover", async () => {
    const session = await connected();
    await session.setMode("assist", "sensors");
    await session.act(new Uint8Array(4));
    await session.handBack();
    expect(board.kinds("pulse")).toEqual(["hello-request", "set-mode", "act", "hand-back"]);
  });

  it("is put into safe again when an older request, late on its way, moves it after a stop", async () => {
    const session = await connected();
    await session.setMode("auto", "sensors");
    await session.stop();
    board.say(modeMessage("auto", "sensors", "requested"));
    expect(board.heard.at(-1)).toEqual({ kind: "set-mode", mode: "safe", source: "sensors" });
  });

  it("is not asked for an older mode any more when another one or a stop is asked for", async () => {
    const session = await connected();
    board.answer = (message) => (message.kind === "set-mode" && message.mode === "auto" ? [] : healthy(message));
    for (const later of [() => session.setMode("shadow", "sensors"), () => session.stop()]) {
      const older = expect(session.setMode("auto", "sensors")).rejects.toThrow(/another mode/);
      await later();
      await older;
      board.heard.length = 0;
      await timer.advance(1000);
      expect(board.kinds()).not.toContain("set-mode");
    }
  });

  it("is stopped by asking until it stands", async () => {
    const session = await connected();
    let deaf = 3;
    board.answer = (message) => (message.kind === "stop" && deaf-- > 0 ? [] : healthy(message));
    const stopped = session.stop();
    await timer.advance(200);
    await stopped;
    expect(board.kinds().filter((kind) => kind === "stop")).toHaveLength(4);
  });

  it("may refuse a mode", async () => {
    const session = await connected();
    board.answer = () => [modeMessage("safe", "sensors", "policy-failed")];
    await expect(session.setMode("auto", "sensors")).rejects.toThrow(/its policy failed/);
  });

  it("tells of a mode that nobody asked for", async () => {
    const session = await connected();
    const reasons: string[] = [];
    session.onMode(({ reason }) => reasons.push(reason));
    board.say(modeMessage("safe", "sensors", "link-lost"));
    expect(reasons).toEqual(["link-lost"]);
  });

  it("fails every open question when it is unplugged, and tells why", async () => {
    const session = await connected();
    board.answer = () => [];
    const reasons: string[] = [];
    session.onClose((reason) => reasons.push(reason));
    const open = [session.observe(1, new Uint8Array(5)), session.stop()].map(failure);
    board.unplug("the cable came off");
    for (const error of open) expect((await error).message).toMatch(/the cable came off/);
    await expect(session.observe(2, new Uint8Array(5))).rejects.toThrow(/is closed: the cable came off/);
    expect(reasons).toEqual(["the cable came off"]);
    expect(timer.waiting).toBe(0);
  });
});

describe("statistics", () => {
  it("count lost, garbled, doubled and unknown frames apart", async () => {
    const session = await connected();
    board.lose();
    board.lose();
    const twice = encodeFrame(MESSAGE_IDS.ticks, 4, encodeMessage(ticks(tickRecord(1))));
    board.sayBytes(twice);
    board.sayBytes(twice);
    board.sayBytes(Uint8Array.of(5, 5, 5, 0));
    board.sayBytes(encodeFrame(0xee, 5, new Uint8Array()));
    expect(session.statistics).toMatchObject({ lostFrames: 2, badFrames: 1, unknownFrames: 1, framesReceived: 5 });
  });

  it("do not take a reset of the board for loss", async () => {
    const session = await connected();
    board.say(ticks(tickRecord(1)));
    board.answer = () => [];
    board.sayBytes(encodeFrame(MESSAGE_IDS.mode, 0, encodeMessage(modeMessage("safe", "sensors", "boot"))));
    board.sayBytes(encodeFrame(MESSAGE_IDS.ticks, 1, encodeMessage(ticks(tickRecord(0)))));
    expect(session.statistics.lostFrames).toBe(0);
  });
});
