// Lays out a project for boards without a framework: generated files, firmware and port side by side, in folders that a
// person can read, and the build request that compiles them.

import { assert } from "../../core/assert.ts";
import type { SourceTree } from "../../core/io.ts";
import { firmwareFiles, skeleton, unitsOf, within, type ProjectLayout, type ProjectParts } from "./parts.ts";

const ROBOT_IO_FILE = "robot_io.c";

export function bareProject(parts: ProjectParts): ProjectLayout {
  const { port } = parts.board;
  assert(port !== null, `boards/${parts.board.id}.json has no port, and no framework that brings one`);
  const sources = new Map([
    ...within("generated", parts.generated),
    ...within("reflex", firmwareFiles(parts.firmware, parts.application)),
    ...within("port", portFiles(parts.firmware, port)),
    ...(parts.application === "agent" ? [[ROBOT_IO_FILE, skeleton(parts.skeletons, `bare/${ROBOT_IO_FILE}`)] as const] : []),
  ]);
  return {
    request: { sources, units: unitsOf(sources), includes: ["generated", "reflex", "port"], defines: [] },
    personal: new Set([ROBOT_IO_FILE]),
  };
}

function portFiles(firmware: SourceTree, port: string): SourceTree {
  const folder = `port/${port}/`;
  const files = new Map(
    [...firmware].filter(([path]) => path.startsWith(folder)).map(([path, content]) => [path.slice(folder.length), content]),
  );
  assert(unitsOf(files).length > 0, `firmware/${folder} has no sources`);
  return files;
}
