// reflexarc push: a policy onto a board whose firmware runs already, while it drives; or back to the one before.

import type { Command } from "commander";
import { DiagnosticError, usageError } from "../core/diagnostic.ts";
import type { Hash64 } from "../core/hash.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { parsePortUrl } from "../host/ports/port-url.ts";
import type { Terminal } from "../host/terminal.ts";
import { revertParameters } from "../link/swap.ts";
import type { BoardSession } from "../link/session.ts";
import { RobotBoard } from "../pipeline/robot-board.ts";
import { putUpdate, swapUpdate } from "../pipeline/swap.ts";
import { resolvePort } from "./auto-port.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { loadBundle, openProject, policyNames, type Project } from "./project.ts";
import { openBoardLine } from "./watch-board.ts";

const HELP = `
The new parameters go to a spare place on the board, are checked there and have to give what the int8 oracle gives for golden vectors;
then they take over between two ticks. Whatever goes wrong before, the old ones drive. Other architectures have to be flashed.`;

export function pushCommand(): Command {
  return newProjectCommand(
    "reflexarc push --port serial:/dev/ttyACM0?baud=115200",
    "port, from and to (policy hashes), milliseconds, bytes, packedBytes, resumed; with --undo: port, from, to",
  )
    .requiredOption("--port <url>", "the board: auto, serial:PATH?baud=N or tcp:HOST:PORT")
    .option("--policy <bundle>", "which policy; the newest when not given")
    .option("--undo", "go back to the policy that drove before the last push")
    .addHelpText("after", HELP)
    .action(push);
}

interface PushOptions extends ProjectOptions {
  readonly port: string;
  readonly policy?: string;
  readonly undo?: boolean;
}

async function push(given: PushOptions): Promise<void> {
  const terminal = terminalFor(given);
  const options = { ...given, port: await resolvePort(given.port, given.project, terminal) };
  const { kind } = parsePortUrl(options.port);
  if (kind === "emu" || kind === "sim")
    throw usageError(
      "push-port",
      `${options.port} has no firmware that runs already`,
      "give the board's port: auto, serial:PATH?baud=N or tcp:HOST:PORT",
    );
  const project = await openProject(options.project, terminal);
  const { session } = await RobotBoard.connect(await openBoardLine(options.port, terminal), project.robot);
  try {
    if (options.undo === true) await undo(session, options.port, terminal);
    else await pushPolicy(project, session, options, terminal);
  } finally {
    await session.close();
  }
}

async function undo(session: BoardSession, port: string, terminal: Terminal): Promise<void> {
  const from = session.hello.policyHash;
  const to = await revertParameters(session, from);
  terminal.line(`${port}: back from policy ${from} to ${to}`);
  terminal.result({ port, from, to });
}

async function pushPolicy(project: Project, session: BoardSession, { port, policy }: PushOptions, terminal: Terminal): Promise<void> {
  const { bundle } = await loadBundle(project, policy);
  const from = session.hello.policyHash;
  const to = bundle.policyHash;
  if (from === to) {
    terminal.line(`${port}: policy ${to} drives already`);
    terminal.result({ port, from, to, milliseconds: 0, bytes: 0, packedBytes: 0, resumed: 0 });
    return;
  }
  const driving = await bundleWithHash(project, from);
  const result = await putUpdate(session, swapUpdate(project.robot, bundle, session.hello, { driving }), terminal.progress);
  const { milliseconds, bytes, packedBytes, resumed } = result;
  const again = resumed === 0 ? "" : `, begun again ${resumed === 1 ? "once" : `${resumed} times`}`;
  terminal.line(`${port}: from policy ${from} to ${to} in ${milliseconds.toFixed(0)} ms, ${bytes} bytes as ${packedBytes}${again}`);
  terminal.result({ port, ...result });
}

/** The project's bundle of a policy, so that only the difference to it has to travel; undefined where it has none. */
async function bundleWithHash(project: Project, policyHash: Hash64): Promise<PolicyBundle | undefined> {
  for (const name of (await policyNames(project)).reverse()) {
    try {
      const { bundle } = await loadBundle(project, name);
      if (bundle.policyHash === policyHash) return bundle;
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
    }
  }
  return undefined;
}
