// Runs a framework's build tool in a project's folder. In: its options. Out: how it ended and all that it said, each line of which is
// handed on while it works.

import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { IoError } from "../../core/io.ts";
import { installHint, type Tool } from "../run-tool.ts";

export interface ProjectToolUse {
  /** The project's. */
  readonly folder: string;
  /** Set for the tool, beside what this process has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Told each line. */
  readonly said?: ((line: string) => void) | undefined;
}

export interface ProjectToolRun {
  readonly ok: boolean;
  /** What it wrote to standard output and standard error, as it came, without colours. */
  readonly output: string;
}

/** Runs it to its end. @throws IoError when it can't be started, or was killed. */
export async function runProjectTool(tool: Tool, options: readonly string[], use: ProjectToolUse): Promise<ProjectToolRun> {
  const { folder, environment = {}, said = () => undefined } = use;
  const child = execa(tool.name, options, { cwd: folder, env: environment, stdin: "ignore", all: true, reject: false, buffer: false });
  const lines: string[] = [];
  let last = "";
  child.all.setEncoding("utf8");
  child.all.on("data", (text: string) => {
    const pieces = `${last}${text}`.split(/\r\n|\r|\n/).map(stripVTControlCharacters);
    last = pieces.pop() ?? "";
    lines.push(...pieces);
    for (const line of pieces) if (line !== "") said(line);
  });
  const end = await child;
  if (end.code === "ENOENT")
    throw new IoError(`${tool.name} is not installed, or not in the PATH of this shell`, installHint(tool.install), end);
  if (end.exitCode === undefined) throw new IoError(`${tool.name} did not finish: ${end.shortMessage ?? ""}`, "try again", end);
  if (last !== "") said(last);
  return { ok: end.exitCode === 0, output: [...lines, last].join("\n") };
}
