// A robot project on disk: robot.ts and robot.lock.json, recordings/*.mcap, policies/NNN, build/. Opens it, reads what is
// there, adds to it; never overwrites.

import { readFileSync, rmSync } from "node:fs";
import { readFile, rename } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { onExit } from "signal-exit";
import { runError, usageError, valueOf, type DiagnosticError } from "../core/diagnostic.ts";
import { hash64, type Hash64 } from "../core/hash.ts";
import { IoError } from "../core/io.ts";
import { episodeLength, type Episode } from "../artifacts/episode.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import type { Session } from "../dataset/lint/finding.ts";
import { RecordingWriter } from "../dataset/recording-writer.ts";
import { readRecording } from "../dataset/recording-reader.ts";
import { FileSink } from "../host/file-sink.ts";
import { listFolder, readIfPresent, writeTree, writeWhole } from "../host/files.ts";
import { toolVersion } from "../host/package-files.ts";
import type { Terminal } from "../host/terminal.ts";
import { bundleFromFiles, bundleToFiles } from "../pipeline/bundle-files.ts";
import { openRobot, requireSameSchema, type Robot } from "../pipeline/robot.ts";
import { REVISIONS_FILE } from "../spec/revisions.ts";
import { readRobotSpec } from "./robot-spec.ts";

export interface Project {
  readonly folder: string;
  readonly robot: Robot;
}

const ENTRY = "robot.ts";
const RECORDINGS = "recordings";
const POLICIES = "policies";

/** Reads robot.ts and notes a changed schema in robot.lock.json. */
export async function openProject(folder: string, terminal: Terminal): Promise<Project> {
  const parsed = await readRobotSpec(join(folder, ENTRY));
  const { robot, changedLock } = openRobot(parsed, await readIfPresent(join(folder, REVISIONS_FILE)), terminal.warn);
  if (changedLock !== null) await writeWhole(join(folder, REVISIONS_FILE), changedLock);
  return { folder, robot };
}

export interface Recordings {
  readonly episodes: readonly Episode[];
  /** The same, by the file's path. */
  readonly sessions: readonly Session[];
  /** SHA-256, 16 digits, by file name. */
  readonly hashes: Readonly<Record<string, Hash64>>;
}

/** The named recordings, or all of the project's. @throws DiagnosticError when there is none. */
export async function loadRecordings(project: Project, names: readonly string[], terminal: Terminal): Promise<Recordings> {
  const folder = join(project.folder, RECORDINGS);
  const paths =
    names.length > 0 ? names : (await listFolder(folder)).filter((name) => name.endsWith(".mcap")).map((name) => join(folder, name));
  const hashes: Record<string, Hash64> = {};
  const sessions: Session[] = [];
  for (const path of paths) {
    const bytes = await readFile(path).catch(() => null);
    if (bytes === null)
      throw runError("recording-missing", `${path} can't be read`, "check the path, or leave it out to use all of recordings/");
    hashes[basename(path)] = hash64(bytes);
    const { episodes } = valueOf(readRecording(project.robot.spec, bytes, path), terminal.warn);
    sessions.push({ name: path, episodes: episodes.filter((episode) => episodeLength(episode) > 0) });
  }
  const episodes = sessions.flatMap((session) => session.episodes);
  if (episodes.length > 0) return { episodes, sessions, hashes };
  throw nothingRecorded(folder);
}

/** Of the project's recordings, the one that was made last. @throws DiagnosticError when there is none. */
export async function newestRecording(project: Project): Promise<string> {
  const folder = join(project.folder, RECORDINGS);
  const newest = (await listFolder(folder)).filter((name) => name.endsWith(".mcap")).at(-1);
  if (newest !== undefined) return join(folder, newest);
  throw nothingRecorded(folder);
}

function nothingRecorded(folder: string): DiagnosticError {
  return runError(
    "no-recordings",
    `there is nothing recorded in ${folder}`,
    "record with `reflexarc record --port sim: --expert rule`, or bring data in with `reflexarc import FILE`",
  );
}

/** Calls `make` with the next free number of a folder whose entries begin with one, and again with the one after it for as
 * long as another process was faster. */
async function withNextNumber<Made>(folder: string, make: (number: string) => Promise<Made>): Promise<Made> {
  const taken = (await listFolder(folder)).map((name) => Number.parseInt(name, 10)).filter(Number.isInteger);
  for (let number = Math.max(0, ...taken) + 1; ; number++) {
    try {
      return await make(String(number).padStart(3, "0"));
    } catch (error) {
      if (!isOccupied(error)) throw error;
    }
  }
}

function isOccupied(error: unknown): boolean {
  const cause = error instanceof IoError ? error.cause : error;
  return ["EEXIST", "ENOTEMPTY"].includes((cause as NodeJS.ErrnoException).code ?? "");
}

export interface OpenRecording {
  readonly path: string;
  readonly name: string;
  readonly writer: RecordingWriter;
  close(): Promise<void>;
  /** Of the whole file, once it is closed. */
  hash(): Hash64;
}

/** Starts recordings/NNN-label.mcap. */
export async function startRecording(project: Project, label: string, source: string, seed: number): Promise<OpenRecording> {
  const folder = join(project.folder, RECORDINGS);
  const safeLabel = label.replace(/[^A-Za-z0-9._-]+/g, "-");
  const sink = await withNextNumber(folder, (number) => FileSink.create(join(folder, `${number}-${safeLabel}.mcap`)));
  const provenance = { toolVersion, schemaRevision: project.robot.version.revision, seed, source };
  const writer = await RecordingWriter.open(sink, project.robot.spec, provenance);
  return {
    path: sink.path,
    name: basename(sink.path),
    writer,
    close: async () => {
      await writer.close();
      await sink.close();
    },
    hash: () => hash64(readFileSync(sink.path)),
  };
}

/** Writes policies/NNN: the folder appears when it is complete, and nothing is left of one that isn't. */
export async function saveBundle(project: Project, bundle: PolicyBundle): Promise<string> {
  const policies = join(project.folder, POLICIES);
  const unfinished = join(policies, `.unfinished-${process.pid}`);
  const forget = onExit(() => {
    rmSync(unfinished, { recursive: true, force: true });
  });
  await writeTree(unfinished, bundleToFiles(bundle));
  const folder = await withNextNumber(policies, async (number) => {
    await rename(unfinished, join(policies, number));
    return join(policies, number);
  });
  forget();
  return folder;
}

/** The newest bundle, or the named one (a folder, or a number of policies/). @throws DiagnosticError when it was trained for
 * another robot.ts. */
export async function loadBundle(project: Project, name: string | undefined): Promise<{ bundle: PolicyBundle; folder: string }> {
  const folder = name === undefined ? await newestBundle(project) : await namedBundle(project, name);
  const files = new Map<string, Uint8Array>();
  for (const file of await listFolder(folder)) files.set(file, await readFile(join(folder, file)));
  const bundle = bundleFromFiles(files, folder);
  requireSameSchema(project.robot, bundle);
  return { bundle, folder };
}

/** Of the project's bundles, the oldest first. */
export async function policyNames(project: Project): Promise<string[]> {
  return (await listFolder(join(project.folder, POLICIES))).filter((name) => /^\d+$/.test(name));
}

async function newestBundle(project: Project): Promise<string> {
  const policies = join(project.folder, POLICIES);
  const newest = (await policyNames(project)).at(-1);
  if (newest !== undefined) return join(policies, newest);
  throw runError("no-policy", `there is no policy in ${policies}`, "train one with `reflexarc train`");
}

async function namedBundle(project: Project, name: string): Promise<string> {
  for (const folder of [resolve(name), join(project.folder, POLICIES, name)]) {
    if ((await listFolder(folder)).includes("bundle.json")) return folder;
  }
  throw usageError("policy-unknown", `${name} is no policy bundle`, `give a folder of ${join(project.folder, POLICIES)}`);
}
