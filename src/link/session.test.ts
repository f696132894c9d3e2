import { beforeEach, describe, expect, it } from "vitest";
import { IoError } from "../core/io.ts";
import { encodeFrame } from "./frame.ts";
import { encodeMessage, MESSAGE_IDS, PROTOCOL_VERSION, type Message, type TickMessage } from "./messages.generated.ts";
import { BoardSession } from "./session.ts";
import { HandTimer } from "./testing/hand-timer.ts";
import { HELLO, ScriptedBoard } from "./testing/scripted-board.ts";

const TIMEOUT_MS = 1000;

let timer: HandTimer;
let board: ScriptedBoard;

beforeEach(() => {
  timer = new HandTimer();
  board = new ScriptedBoard();
});

const tickOf = (tick: number): TickMessage => ({
  kind: "tick",
  tick,
  timeUs: 0,
  mode: "auto",
  actor: "policy",
  faults: [],
  inferUs: 3,
  observation: new Uint8Array(5),
  output: Int8Array.of(9),
  action: new Uint8Array(4),
});

/** Answers everything as a healthy agent does. */
function healthy(message: Message): readonly Message[] {
  if (message.kind === "hello-request") return [HELLO];
  if (message.kind === "set-mode") return [{ kind: "mode", mode: message.mode, source: message.source, reason: "requested" }];
  if (message.kind === "observe") return [tickOf(message.tick)];
  if (message.kind === "stop") return [{ kind: "mode", mode: "safe", source: "sensors", reason: "stop" }];
  return [];
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
    expect(session.statistics).toMatchObject({ badFrames: 1, framesReceived: 1 });
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

  it("says that the board talks without answering", async () => {
    const error = failure(connect());
    board.say(tickOf(1));
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
    expect(board.kinds()).toEqual(["hello-request", "set-mode", "observe", "observe", "observe"]);
  });

  it("asks a second time when the answer is lost, then gives up", async () => {
    const session = await connected();
    await session.setMode("auto", "host");
    let lost = 1;
    board.answer = (message) => (lost-- > 0 ? [] : healthy(message));
    const tick = session.observe(5, new Uint8Array(5));
    await timer.advance(TIMEOUT_MS);
    expect((await tick).tick).toBe(5);
    board.answer = () => [];
    expect((await failure(session.observe(6, new Uint8Array(5)))).message).toMatch(/did not answer observe within 2000 ms/);
  });

  it("says when the board dropped frames instead of answering", async () => {
    const session = await connected();
    await session.setMode("auto", "host");
    board.answer = () => [{ kind: "problem", code: "bad-frames", detail: 12 }];
    expect((await failure(session.observe(1, new Uint8Array(500)))).message).toMatch(/dropped 12 frames as garbled or too long/);
  });

  it("takes no late tick for the one it asked for", async () => {
    const session = await connected();
    await session.setMode("auto", "host");
    board.answer = (message) => (message.kind === "observe" ? [tickOf(message.tick - 1), tickOf(message.tick)] : []);
    expect((await session.observe(8, new Uint8Array(5))).tick).toBe(8);
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
  it("hears from the host every 250 ms until the session ends", async () => {
    const session = await connected();
    await session.setMode("auto", "sensors");
    await timer.advance(1000);
    expect(board.kinds()).toEqual(["hello-request", "set-mode", "hello-request", "hello-request", "hello-request", "hello-request"]);
    await session.close();
    await timer.advance(1000);
    expect(board.heard).toHaveLength(6);
    expect(board.closed).toBe(true);
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
    board.answer = () => [{ kind: "mode", mode: "safe", source: "sensors", reason: "policy-failed" }];
    await expect(session.setMode("auto", "sensors")).rejects.toThrow(/its policy failed/);
  });

  it("tells of a mode that nobody asked for", async () => {
    const session = await connected();
    const reasons: string[] = [];
    session.onMode(({ reason }) => reasons.push(reason));
    board.say({ kind: "mode", mode: "safe", source: "sensors", reason: "link-lost" });
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
    const twice = encodeFrame(MESSAGE_IDS.tick, 3, encodeMessage(tickOf(1)));
    board.sayBytes(twice);
    board.sayBytes(twice);
    board.sayBytes(Uint8Array.of(5, 5, 5, 0));
    board.sayBytes(encodeFrame(0xee, 4, new Uint8Array()));
    expect(session.statistics).toMatchObject({ lostFrames: 2, badFrames: 1, unknownFrames: 1, framesReceived: 4 });
  });

  it("do not take a reset of the board for loss", async () => {
    const session = await connected();
    board.say(tickOf(1));
    board.sayBytes(encodeFrame(MESSAGE_IDS.mode, 0, encodeMessage({ kind: "mode", mode: "safe", source: "sensors", reason: "boot" })));
    board.sayBytes(encodeFrame(MESSAGE_IDS.tick, 1, encodeMessage(tickOf(0))));
    expect(session.statistics.lostFrames).toBe(0);
  });
});
