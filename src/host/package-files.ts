// What comes with the package: its version, the boards, the firmware's sources, the templates.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceTree } from "../core/io.ts";
import { readTree } from "./files.ts";
import { packageRoot } from "./package-root.ts";

export const toolVersion = (JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string }).version;

export const boardsFolder = join(packageRoot, "boards");

/** Robot projects, for `init`. */
export const robotTemplatesFolder = join(packageRoot, "templates", "robots");

/** firmware/: include/, src/, port/. */
export function readFirmware(): Promise<SourceTree> {
  return readTree(join(packageRoot, "firmware"));
}

/** What generated projects begin with, by framework. */
export function readSkeletons(): Promise<SourceTree> {
  return readTree(join(packageRoot, "templates", "projects"));
}
