// A board that runs on this machine, with the compiler and the emulator that it takes; and policies put onto it.

import { runError, usageError, errorDiagnostic, type Diagnostic, type DiagnosticError } from "../core/diagnostic.ts";
import type { BytePort, Emulator, Progress, RunningBoard, Toolchain } from "../core/io.ts";
import type { Board, Runtime } from "../artifacts/board.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { listBoards, loadBoard } from "../host/boards.ts";
import { emulatorFor, type EmulatorOptions } from "../host/emulators/emulators.ts";
import { boardsFolder, readFirmware, readSkeletons, toolVersion } from "../host/package-files.ts";
import { boardToolchain } from "../host/toolchains/toolchains.ts";
import { compileAgent, type FirmwareSources } from "../pipeline/firmware.ts";
import { bootProject, RobotBoard } from "../pipeline/robot-board.ts";
import { putUpdate, swapUpdateIfFits } from "../pipeline/swap.ts";
import type { Robot } from "../pipeline/robot.ts";
import { requireTools } from "./required-tools.ts";
import { openBoardPort, type FaultOptions } from "./fault-option.ts";

export interface Target {
  readonly board: Board;
  readonly toolchain: Toolchain;
  readonly emulator: Emulator;
  /** The port of a board that the emulator booted, behind the faults that were asked for. */
  readonly wrapPort: (running: RunningBoard) => Promise<BytePort>;
}

/** @throws DiagnosticError when the board can't be built or emulated here, with what to install. */
export async function emulatedTarget(id: string, options: EmulatorOptions & FaultOptions = {}): Promise<Target> {
  const board = await loadBoard(boardsFolder, id);
  const toolchain = boardToolchain(board);
  if (toolchain === null || board.emulator === null) throw await notEmulated(board);
  const emulator = emulatorFor(board.emulator, options);
  requireTools(board, (await Promise.all([toolchain.probe(), emulator.probe()])).flat());
  return { board, toolchain, emulator, wrapPort: (running) => openBoardPort(running, options.fault) };
}

export async function notEmulated({ id, name }: Board): Promise<DiagnosticError> {
  const emulated = (await listBoards(boardsFolder)).filter((each) => each.emulator !== null).map((each) => each.id);
  return usageError(
    "board-not-emulated",
    `${name} can't be emulated`,
    `use one of ${emulated.join(", ")}, or put it on a real one: \`reflexarc compile --board ${id}\`, then \`build\` and \`flash\``,
  );
}

/** A board must be the oracle's equal: anything else is a failure, however well it drives. @param differing of its answers. */
export function boardDifference(board: string, policy: string, differing: number): Diagnostic[] {
  if (differing === 0) return [];
  const message = `${board} computed another output than the int8 oracle ${differing} times (${policy})`;
  return [errorDiagnostic("board-differs", message, "this is a bug in reflexarc: please report it with the policy bundle")];
}

export async function firmwareSources(): Promise<FirmwareSources> {
  return { firmware: await readFirmware(), skeletons: await readSkeletons(), toolVersion };
}

/** The one emulated board of a command: policies go onto it one after another. */
export class BoardSlot {
  private readonly robot: Robot;
  private readonly target: Target;
  private readonly progress: Progress;
  private readonly runtime: Runtime;
  private running: RunningBoard | null = null;
  private mounted: { readonly board: RobotBoard; readonly bundle: PolicyBundle } | null = null;
  private port: BytePort | null = null;

  constructor(robot: Robot, target: Target, progress: Progress, runtime: Runtime = "c") {
    this.robot = robot;
    this.target = target;
    this.progress = progress;
    this.runtime = runtime;
  }

  /** Takes what ran before off the board, and returns when the new firmware has said who it is and acts on the host's
   * observations. */
  async put(bundle: PolicyBundle): Promise<RobotBoard> {
    const board = await RobotBoard.connect(await this.boot(bundle), this.robot);
    if (board.session.hello.policyHash !== bundle.policyHash)
      throw runError("board-other-policy", "the board runs another policy than the one that was put on it", "build and flash again");
    await board.startLockStep();
    this.mounted = { board, bundle };
    return board;
  }

  /** The same, but nobody has spoken with the new firmware yet. */
  async boot(bundle: PolicyBundle): Promise<BytePort> {
    await this.stop();
    const { board, toolchain, emulator, wrapPort } = this.target;
    const project = compileAgent(this.robot, bundle, board, { runtime: this.runtime }, await firmwareSources());
    const { running } = await bootProject(project, toolchain, emulator, this.progress);
    this.running = running;
    this.port = await wrapPort(running);
    return this.port;
  }

  /** Exchanges the policy of the firmware that runs, where it can; otherwise builds and boots it. @returns also which, in words. */
  async exchange(bundle: PolicyBundle): Promise<{ readonly board: RobotBoard; readonly how: string }> {
    const { mounted, target, robot } = this;
    const options = { core: target.board.core, driving: mounted?.bundle };
    const update = mounted === null ? null : swapUpdateIfFits(robot, bundle, mounted.board.session.hello, options);
    if (mounted === null || update === null) return { board: await this.put(bundle), how: "built and booted" };
    const { board } = mounted;
    const { milliseconds } = await putUpdate(board.session, update, this.progress);
    this.mounted = { board, bundle };
    return { board, how: `swapped in ${milliseconds.toFixed(0)} ms, without a new build` };
  }

  async stop(): Promise<void> {
    await this.port?.close(); // one that reconnects would look for the board
    await this.running?.stop();
    this.port = this.running = null;
    this.mounted = null;
  }
}
