// What every firmware project is laid out from, and what a layout gives back. A layout decides only where files go: bare.ts,
// arduino.ts and esp-idf.ts are the layouts.

import { assert } from "../../core/assert.ts";
import type { BuildRequest, SourceTree } from "../../core/io.ts";
import type { Board, Framework, Runtime } from "../../artifacts/board.ts";
import type { Application } from "../../artifacts/firmware-project.ts";
import type { RobotSpec } from "../../artifacts/robot-spec.ts";

export interface ProjectParts {
  /** The robot's, or the model's for a probe. */
  readonly name: string;
  /** Null for a probe. */
  readonly robot: RobotSpec | null;
  readonly board: Board;
  /** One that the board has. */
  readonly framework: Framework;
  readonly runtime: Runtime;
  readonly application: Application;
  /** The policy's files and, for an agent, robot.[ch]. */
  readonly generated: SourceTree;
  /** firmware/: include/, src/, port/<port>/. */
  readonly firmware: SourceTree;
  /** templates/projects/: what is not generated, by framework. */
  readonly skeletons: SourceTree;
  readonly toolVersion: string;
}

export interface ProjectLayout {
  readonly request: BuildRequest;
  /** Paths that belong to the person: written once, never overwritten. */
  readonly personal: ReadonlySet<string>;
}

const APPLICATION_UNITS: Readonly<Record<Application, string>> = { agent: "reflex_agent.c", probe: "reflex_probe.c" };

/** include/ and src/ of firmware/ side by side, by file name: what an image of this application is made from. */
export function firmwareFiles(firmware: SourceTree, application: Application): SourceTree {
  const files = new Map<string, string | Uint8Array>();
  for (const [path, content] of firmware) {
    const [folder, name] = path.split("/");
    if (name === undefined) continue;
    if (folder === "include" || (folder === "src" && belongs(name, content, application))) files.set(name, content);
  }
  return files;
}

/** An image holds one application; what needs robot.h is left out of a probe, which has no robot. */
function belongs(name: string, content: string | Uint8Array, application: Application): boolean {
  const others = Object.values(APPLICATION_UNITS).filter((unit) => unit !== APPLICATION_UNITS[application]);
  if (others.includes(name)) return false;
  return application === "agent" || typeof content !== "string" || !content.includes('#include "robot.h"');
}

/** The files with their folder in front. */
export function within(folder: string, files: SourceTree): [string, string | Uint8Array][] {
  return [...files].map(([path, content]) => [`${folder}/${path}`, content]);
}

/** C and C++ sources among the files. */
export function unitsOf(files: SourceTree): string[] {
  return [...files.keys()].filter((path) => /\.(c|cpp)$/.test(path));
}

/** A file of templates/projects/ with each `{{NAME}}` replaced. */
export function skeleton(skeletons: SourceTree, path: string, values: Readonly<Record<string, string>> = {}): string {
  const text = skeletons.get(path);
  assert(typeof text === "string", `templates/projects/${path} is missing`);
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    assert(value !== undefined, `templates/projects/${path}: nobody knows {{${name}}}`);
    return value;
  });
}

/** What a robot's library or component is called: an identifier of C. */
export function libraryName(robot: string): string {
  return `${robot.replace(/[^A-Za-z0-9]+/g, "_")}_policy`;
}
