// What comes with the package: its version, the boards, the firmware's sources, the templates.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceTree } from "../core/io.ts";
import { readTree } from "./files.ts";
import { packageRoot } from "./package-root.ts";

export const toolVersion = (JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string }).version;

export const boardsFolder = join(packageRoot, "boards");

const robotTemplates = join(packageRoot, "templates", "robots");

/** Names of the robot projects that `init` knows. */
export function robotTemplateNames(): readonly string[] {
  return readdirSync(robotTemplates).sort();
}

/** The files of a robot project to begin with. */
export async function readRobotTemplate(name: string): Promise<SourceTree> {
  const template = await readTree(join(robotTemplates, name));
  // npm leaves files named .gitignore out of packages.
  return new Map([...template].map(([path, content]) => [path === "gitignore" ? ".gitignore" : path, content]));
}

/** firmware/: include/, src/, port/. */
export function readFirmware(): Promise<SourceTree> {
  return readTree(join(packageRoot, "firmware"));
}

/** What generated projects begin with, by framework. */
export function readSkeletons(): Promise<SourceTree> {
  return readTree(join(packageRoot, "templates", "projects"));
}
