// Lays out a project for boards without a framework: generated files, firmware and port side by side, in folders that a
// person can read, and the build request that compiles them.

import { assert } from "../../core/assert.ts";
import type { BuildRequest, SourceTree } from "../../core/io.ts";
import type { Application } from "../../artifacts/firmware-project.ts";

/** The person's own file, as it is at first. */
export const ROBOT_IO_FILE = "robot_io.c";

export interface BareProjectParts {
  /** policy.[ch] and, for an agent, robot.[ch]. */
  readonly generated: SourceTree;
  /** firmware/: include/, src/, port/<port>/. */
  readonly firmware: SourceTree;
  /** Folder under firmware/port/. */
  readonly port: string;
  readonly application: Application;
  /** Content of robot_io.c and README.md; unused for a probe. */
  readonly personal: SourceTree;
}

const PORT_FOLDER = "port";
const APPLICATION_UNITS: Readonly<Record<Application, string>> = { agent: "reflex_agent.c", probe: "reflex_probe.c" };

export function bareProject(parts: BareProjectParts): BuildRequest {
  const sources = new Map<string, string | Uint8Array>();
  for (const [path, content] of parts.generated) sources.set(`generated/${path}`, content);
  for (const [path, content] of parts.firmware) {
    const [folder, ...rest] = path.split("/");
    const name = rest.join("/");
    if (folder === "include") sources.set(`reflex/${name}`, content);
    if (folder === "src" && belongs(name, content, parts.application)) sources.set(`reflex/${name}`, content);
    if (folder === "port" && rest[0] === parts.port) sources.set(`${PORT_FOLDER}/${rest.slice(1).join("/")}`, content);
  }
  for (const [path, content] of parts.personal) sources.set(path, content);
  const units = [...sources.keys()].filter((path) => path.endsWith(".c"));
  assert(
    units.some((unit) => unit.startsWith(`${PORT_FOLDER}/`)),
    `firmware/port/${parts.port} has no sources`,
  );
  return { sources, units, includes: ["generated", "reflex", PORT_FOLDER], defines: [] };
}

/** An image holds one application; what needs robot.h is left out of a probe, which has no robot. */
function belongs(name: string, content: string | Uint8Array, application: Application): boolean {
  const others = Object.values(APPLICATION_UNITS).filter((unit) => unit !== APPLICATION_UNITS[application]);
  if (others.includes(name)) return false;
  return application === "agent" || typeof content !== "string" || !content.includes('#include "robot.h"');
}
