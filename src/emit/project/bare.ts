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

/** The port's own files and what it shares with others: of port/shared/, those that one of them includes, each with the source
 * beside the header. */
export function portFiles(firmware: SourceTree, port: string): SourceTree {
  const files = filesBelow(firmware, `port/${port}/`);
  const shared = filesBelow(firmware, "port/shared/");
  // A map's loop comes to what is added meanwhile.
  for (const content of files.values()) {
    const included = [...String(content).matchAll(/^(?:#include "|INCLUDE )(\w+)\./gm)].map(([, name]) => name);
    for (const [path, text] of shared) if (included.includes(path.split(".")[0])) files.set(path, text);
  }
  assert(unitsOf(files).length > 0, `firmware/port/${port}/ has no sources`);
  return files;
}

function filesBelow(tree: SourceTree, folder: string): Map<string, string | Uint8Array> {
  return new Map([...tree].filter(([path]) => path.startsWith(folder)).map(([path, content]) => [path.slice(folder.length), content]));
}
