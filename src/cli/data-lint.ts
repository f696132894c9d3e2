// reflexarc data lint: what about the recordings spoils a policy, with numbers, what it usually means and what to do.

import { basename } from "node:path";
import type { Command } from "commander";
import { errorDiagnostic } from "../core/diagnostic.ts";
import { lintSessions } from "../dataset/lint.ts";
import type { Finding } from "../dataset/lint/finding.ts";
import type { Terminal } from "../host/terminal.ts";
import { conclude, newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { loadRecordings, openProject } from "./project.ts";

const HELP = `
Looks for: too little data; faulty, constant, stuck and saturated channels; spikes; gaps in time; ticks that repeat; labels that are
missing, rare or contradict each other; drift between recordings; held-out ticks that training has seen. Contradictions and twins are
searched among the neighbours of 4,000 ticks at most.`;

export function dataLintCommand(): Command {
  return newProjectCommand(
    "reflexarc data lint --strict",
    "recordings, statistics, findings: [{code, severity, message, meaning, remedy, measures}]",
  )
    .argument("[recording...]", "the recordings to look at; all of recordings/ when not given")
    .option("--strict", "exit with 1 when there is a warning")
    .addHelpText("after", HELP)
    .action(lint);
}

async function lint(names: readonly string[], options: ProjectOptions & { strict?: boolean }): Promise<void> {
  const terminal = terminalFor(options);
  const project = await openProject(options.project, terminal);
  const { sessions, hashes } = await loadRecordings(project, names, terminal);
  const { statistics, findings } = lintSessions(
    project.robot.spec,
    sessions.map(({ name, episodes }) => ({ name: basename(name), episodes })),
  );
  print(terminal, findings);
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  const [recorded, noted] = [counted(sessions.length, "recording"), counted(findings.length - warnings, "note")];
  terminal.line(`${recorded}, ${counted(statistics.ticks, "tick")}: ${counted(warnings, "warning")}, ${noted}`);
  const failures =
    options.strict === true && warnings > 0
      ? [
          errorDiagnostic(
            "data-lint",
            `the recordings have ${counted(warnings, "warning")}`,
            "see what each says to do; without --strict they only warn",
          ),
        ]
      : [];
  conclude(terminal, { recordings: Object.keys(hashes), statistics, findings }, failures);
}

function print(terminal: Terminal, findings: readonly Finding[]): void {
  for (const { code, severity, message, meaning, remedy } of findings) {
    terminal.line(`${severity}: ${message}`);
    terminal.line(`  means: ${meaning}`);
    terminal.line(`  do: ${remedy}`);
    terminal.line(`  (${code})`);
    terminal.line();
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
