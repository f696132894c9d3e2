// reflexarc init: a new robot project from a template.

import { join, resolve } from "node:path";
import type { Command } from "commander";
import { usageError } from "../core/diagnostic.ts";
import { listFolder, readTree, writeTree } from "../host/files.ts";
import { robotTemplatesFolder } from "../host/package-files.ts";
import { newCommand, terminalFor, type CommonOptions } from "./command.ts";
import { openProject } from "./project.ts";

export function initCommand(): Command {
  return newCommand("init", "make a new robot project", "reflexarc init my-robot --template wall-follower", "folder, template, files")
    .argument("<folder>", "a folder that is empty or does not exist yet")
    .option("--template <name>", "what to begin with: a folder of templates/robots", "wall-follower")
    .action(init);
}

async function init(folder: string, options: CommonOptions & { template: string }): Promise<void> {
  const terminal = terminalFor(options);
  const templates = await listFolder(robotTemplatesFolder);
  if (!templates.includes(options.template)) {
    throw usageError("template-unknown", `there is no template "${options.template}"`, `use one of ${templates.join(", ")}`);
  }
  if ((await listFolder(folder)).length > 0) {
    throw usageError("folder-not-empty", `${resolve(folder)} is not empty`, "give a new folder; nothing was written");
  }
  const template = await readTree(join(robotTemplatesFolder, options.template));
  // npm leaves files named .gitignore out of packages.
  const files = new Map([...template].map(([path, content]) => [path === "gitignore" ? ".gitignore" : path, content]));
  await writeTree(folder, files);
  const { robot } = await openProject(folder, terminal);
  terminal.line(`${resolve(folder)} holds the robot "${robot.spec.name}" (${[...files.keys()].join(", ")}).`);
  terminal.line(`Next: cd ${folder}, look at robot.ts, then npx reflexarc check`);
  terminal.result({ folder: resolve(folder), template: options.template, files: [...files.keys()] });
}
