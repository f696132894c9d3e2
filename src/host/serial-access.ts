// Whether this user may open serial ports: on Linux that takes a group, which most newcomers are not in.

import { readFileSync } from "node:fs";
import { userInfo } from "node:os";

export interface SerialAccess {
  readonly allowed: boolean;
  /** The group that has serial ports; null where the system has none for it. */
  readonly group: string | null;
  /** What to do; null when there is nothing to be done. */
  readonly remedy: string | null;
}

/** Debian and Fedora use the first, also where they have both; Arch uses the other. */
const GROUPS = ["dialout", "uucp"];

/** @param groups the text of /etc/group: NAME:PASSWORD:NUMBER:MEMBERS (group(5)). @param own numbers of this process's groups.
 * @param user the name of who runs it. @param isRoot may open everything. */
export function serialAccess(groups: string, own: readonly number[], user: string, isRoot: boolean): SerialAccess {
  const lines = groups.split("\n").map((line) => line.split(":"));
  const found = GROUPS.flatMap((name) => lines.filter(([each]) => each === name))[0];
  if (found === undefined) return { allowed: true, group: null, remedy: null };
  const [group = "", , number = "", members = ""] = found;
  if (isRoot || own.includes(Number(number))) return { allowed: true, group, remedy: null };
  const remedy = members.split(",").includes(user)
    ? `log out and in again: you are in the group ${group}, but were not when you logged in`
    : `sudo usermod -aG ${group} $USER, then log out and in again`;
  return { allowed: false, group, remedy };
}

/** Of this process; null on systems that keep nobody from serial ports. */
export function ownSerialAccess(): SerialAccess | null {
  if (process.platform !== "linux") return null;
  try {
    return serialAccess(readFileSync("/etc/group", "utf8"), process.getgroups?.() ?? [], userInfo().username, process.getuid?.() === 0);
  } catch {
    return null;
  }
}
