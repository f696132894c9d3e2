// reflexarc check: parses robot.ts and shows what follows from it.

import type { Command } from "commander";
import { describeSpec, type ActionDescription, type FieldDescription, type SpecDescription } from "../spec/describe.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { openProject } from "./project.ts";

export function checkCommand(): Command {
  return newProjectCommand("reflexarc check", "name, rateHz, schemaHash, schemaRevision, observation, action, safety, policy").action(
    check,
  );
}

async function check(options: ProjectOptions): Promise<void> {
  const terminal = terminalFor(options);
  const { robot } = await openProject(options.project, terminal);
  const description = describeSpec(robot.spec);
  terminal.line(
    `${description.name}: ${description.rateHz} ticks a second, schema ${description.schemaHash}, revision ${robot.version.revision}`,
  );
  terminal.line();
  const { observation, action } = description;
  const mirror = [...observation.fields, ...action.fields].some((field) => field.mirror !== "") ? ["mirror"] : [];
  const row = (field: FieldDescription): string[] => [...fieldRow(field), ...mirror.map(() => field.mirror)];
  terminal.table(["observation", "type", "unit", "range", "policy sees", "wire bytes", ...mirror], observation.fields.map(row));
  terminal.line();
  terminal.table(
    [`action (${action.kind})`, "type", "unit", "range", "policy gives", "wire bytes", ...mirror, "neutral", "slew"],
    action.fields.map((field) => [...row(field), ...limits(field)]),
  );
  const { summary, inputs, outputs, parameters } = description.policy;
  terminal.line();
  terminal.line(safetyLine(description));
  terminal.line(`policy: ${summary}; ${inputs} inputs, ${outputs} outputs, ${parameters} parameters`);
  terminal.result({ ...description, schemaRevision: robot.version.revision });
}

function limits(field: ActionDescription): string[] {
  const slew = field.slewPerSecond === null ? "" : `${field.slewPerSecond} ${field.unit}/s`.replace(" /s", " /s");
  return [String(field.neutral), slew];
}

function safetyLine({ rateHz, safety }: SpecDescription): string {
  const { autonomous, linkTimeoutMs, staleTicks, neutralTicks } = safety;
  const ticks = (count: number): string =>
    `${count} tick${count === 1 ? "" : "s"} (${Number(((1000 * count) / rateHz).toPrecision(3))} ms)`;
  const silent = `the host is silent for ${linkTimeoutMs} ms${autonomous ? " (but in auto: it is autonomous)" : ""}`;
  return `safety: neutral within ${ticks(neutralTicks)}, when ${silent} or a reading is older than ${ticks(staleTicks)}`;
}

function fieldRow(field: FieldDescription): string[] {
  const interval = (bounds: FieldDescription["range"]): string => (bounds === null ? "" : `${bounds.minimum} .. ${bounds.maximum}`);
  return [field.name, field.type, field.unit, interval(field.range), interval(field.clip), String(field.wireBytes)];
}
