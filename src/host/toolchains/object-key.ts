// Names an object by everything that it is compiled from, so that objects can be kept: from one policy to the next, most of
// the firmware stays the same.

import { canonicalJson, sha256Hex } from "../../core/hash.ts";
import type { BuildRequest } from "../../core/io.ts";

/** Covers the compiler's options, the unit's text, and that of every header it may reach. */
export function objectKey(unit: string, { sources, includes }: BuildRequest, options: readonly string[]): string {
  let reached = new Map<string, string | Uint8Array>();
  const visit = (path: string): void => {
    const content = sources.get(path);
    if (content === undefined || reached.has(path)) return;
    reached.set(path, content);
    const folder = path.split("/").slice(0, -1).join("/");
    for (const [, header] of String(content).matchAll(/#\s*include\s*(?:["<]([^">]+)[">])?/g)) {
      if (header === undefined)
        reached = new Map(sources); // named by a macro: it may be any of them
      else for (const each of [folder, ...includes]) visit(each === "" ? header : `${each}/${header}`);
    }
  };
  visit(unit);
  return sha256Hex(canonicalJson([unit, options, [...reached]]));
}
