// A board that runs this robot's firmware: built, booted, greeted and refused when it was made for another robot.ts. In
// lock-step it answers observations with actions.

import { runError } from "../core/diagnostic.ts";
import {
  silentProgress,
  type BuildRequest,
  type BuildResult,
  type BytePort,
  type Emulator,
  type Progress,
  type RunningBoard,
  type Toolchain,
} from "../core/io.ts";
import type { Actor } from "../artifacts/episode.ts";
import type { FirmwareProject } from "../artifacts/firmware-project.ts";
import { assert } from "../core/assert.ts";
import { BoardSession } from "../link/session.ts";
import type { Fault } from "../link/messages.generated.ts";
import { actionFromWire, actionToWire, observationToWire } from "../link/wire.ts";
import { compareRevision } from "../spec/revisions.ts";
import type { ReportedInference } from "./policy.ts";
import type { Robot } from "./robot.ts";

/** How long an emulated board, or one on a cable, may take for its first word and for each answer. */
const TIMEOUT_MS = 5000;

/** What the board did with one observation. */
export interface BoardDecision extends ReportedInference {
  readonly action: Float32Array;
  /** The policy's raw int8 output; zeros where it did not run. */
  readonly output: Int8Array;
  readonly actor: Actor;
  readonly faults: readonly Fault[];
  readonly inferUs: number;
}

export class RobotBoard {
  readonly session: BoardSession;
  private readonly robot: Robot;
  private tick = 0;

  private constructor(session: BoardSession, robot: Robot) {
    this.session = session;
    this.robot = robot;
  }

  /** @param resume when the board was lost and is back, it gets its mode again even where it drives by its own sensors.
   * @throws DiagnosticError when the board was made from another robot.ts. @throws IoError when it does not answer. */
  static async connect(port: BytePort, robot: Robot, resume = false): Promise<RobotBoard> {
    const session = await BoardSession.connect(port, { timeoutMs: TIMEOUT_MS, resume });
    const { hello } = session;
    if (hello.application !== "agent") {
      await session.close();
      throw runError(
        "board-probe",
        `the board on ${port.url} runs a measuring program, not a robot`,
        "run `reflexarc build` and `reflexarc flash`",
      );
    }
    const disagreement = compareRevision(robot.history, robot.version, { hash: hello.schemaHash, revision: hello.schemaRevision });
    if (disagreement !== null) {
      await session.close();
      throw runError("board-other-schema", `the board on ${port.url} does not fit this robot.ts`, disagreement);
    }
    return new RobotBoard(session, robot);
  }

  /** From here on the policy acts on observations that come from the host. It remembers nothing: an episode begins. */
  async startLockStep(): Promise<void> {
    await this.session.setMode("safe", "host");
    await this.session.setMode("auto", "host");
  }

  /** Who acts from the next tick on: nobody (an emergency stop), the policy, or the expert (see `takeOver`), beside whom the policy runs
   * and remembers. */
  async handTo(driver: Actor): Promise<void> {
    if (driver === "neutral") await this.session.stop();
    else await this.session.setMode(driver === "policy" ? "auto" : "shadow", "host");
  }

  /** The expert's action for the next tick. */
  takeOver(action: Float32Array): Promise<void> {
    return this.session.act(actionToWire(this.robot.spec, action));
  }

  /** One tick in lock-step. */
  async decide(observation: Float32Array): Promise<BoardDecision> {
    this.tick += 1;
    const answer = await this.session.observe(this.tick, observationToWire(this.robot.spec, observation));
    const action = actionFromWire(this.robot.spec, answer.action);
    assert(action !== null, "a board of the same schema sends actions of the same size");
    const { output, actor, faults, inferUs, circumstances } = answer;
    const [inferred, afresh] = [circumstances.includes("inferred"), circumstances.includes("afresh")];
    return { action, output, actor, faults, inferUs, inferred, afresh };
  }
}

export interface BootedBoard {
  readonly running: RunningBoard;
  readonly build: BuildResult;
}

/** Runs the toolchain with a bar: a first build takes seconds. */
export async function buildProject(request: BuildRequest, toolchain: Toolchain, progress: Progress, board: string): Promise<BuildResult> {
  progress.start(`building for ${board}`, request.units.length);
  const build = await toolchain.build(request, (units) => {
    progress.update(units);
  });
  progress.finish();
  return build;
}

/** Builds an image and boots it. */
export async function bootProject(
  project: FirmwareProject,
  toolchain: Toolchain,
  emulator: Emulator,
  progress: Progress = silentProgress,
): Promise<BootedBoard> {
  const build = await buildProject(project.request, toolchain, progress, project.board.id);
  return { running: await emulator.boot(build.image), build };
}
