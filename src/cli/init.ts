// reflexarc init: a new robot project from a template.

import { resolve } from "node:path";
import type { Command } from "commander";
import { usageError } from "../core/diagnostic.ts";
import { listFolder, writeTree } from "../host/files.ts";
import { readRobotTemplate, robotTemplateNames } from "../host/package-files.ts";
import { newCommand, oneOf, terminalFor, type CommonOptions } from "./command.ts";
import { openProject } from "./project.ts";

export function initCommand(): Command {
  const templates = robotTemplateNames();
  return newCommand("reflexarc init my-robot --template wall-follower", "folder, template, files")
    .argument("<folder>", "a folder that is empty or does not exist yet")
    .option("--template <name>", `what to begin with: ${templates.join(", ")}`, oneOf("--template", templates), "wall-follower")
    .action(init);
}

async function init(folder: string, options: CommonOptions & { template: string }): Promise<void> {
  const terminal = terminalFor(options);
  if ((await listFolder(folder)).length > 0) {
    throw usageError("folder-not-empty", `${resolve(folder)} is not empty`, "give a new folder; nothing was written");
  }
  const files = await readRobotTemplate(options.template);
  await writeTree(folder, files);
  const { robot } = await openProject(folder, terminal);
  terminal.line(`${resolve(folder)} holds the robot "${robot.spec.name}" (${[...files.keys()].join(", ")}).`);
  terminal.line(`Next: cd ${folder}, look at robot.ts, then npx reflexarc check`);
  terminal.result({ folder: resolve(folder), template: options.template, files: [...files.keys()] });
}
