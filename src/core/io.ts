// Interfaces of everything that touches the outside world. src/host/ implements them and the command line hands them in;
// stages see only these.

/** A failure of the outside world: a port that closed, a compiler that could not start. Its cause is kept. */
export class IoError extends Error {
  /** What the person can do about it. */
  readonly hint: string;

  constructor(message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "IoError";
    this.hint = hint;
  }
}

/** A two-way stream of bytes to a board: a serial line, a socket, an emulator in this process. */
export interface BytePort {
  /** The URL it was opened from, for messages. */
  readonly url: string;
  /** Resolves when the bytes are on their way. @throws IoError when the port is closed. */
  write(bytes: Uint8Array): Promise<void>;
  /** Calls the listener with each piece that arrives; pieces have no meaning, frames are found by the link. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Called once, with the reason in a sentence, when the other side is gone or `close` was called. */
  onClose(listener: (reason: string) => void): void;
  close(): Promise<void>;
}

/** Files of a project, by path relative to its root, with forward slashes. Printers make them; host/ writes them. */
export type SourceTree = ReadonlyMap<string, string | Uint8Array>;

/** How to get a tool, on each system that people have. */
export interface Installation {
  /** Debian and Ubuntu. */
  readonly debian: string;
  readonly macos: string;
  readonly windows: string;
}

/** Whether a tool is on this machine. */
export interface ToolStatus {
  /** As one types it: `arm-none-eabi-gcc`. */
  readonly tool: string;
  readonly found: boolean;
  /** First line of its version, when found. */
  readonly version?: string;
  /** What reflexarc uses it for. */
  readonly purpose: string;
  readonly install: Installation;
}

/** One program to build: C sources for one board. */
export interface BuildRequest {
  readonly sources: SourceTree;
  /** The .c files of `sources` to compile, in link order. */
  readonly units: readonly string[];
  /** Folders of `sources` searched for headers. */
  readonly includes: readonly string[];
  /** Preprocessor definitions, without -D. */
  readonly defines: readonly string[];
}

/** Bytes that one source file adds to the image. */
export interface UnitSize {
  /** Machine code. */
  readonly code: number;
  /** Read-only data. */
  readonly constants: number;
  /** Static RAM: .data and .bss. */
  readonly ram: number;
}

/** What the compiler's own libraries add to an image, among the sizes of units. */
export const LIBRARIES = "(libraries)";

export interface BuildResult {
  /** The image to boot or flash: wasm, ELF, or a program of this machine. */
  readonly image: Uint8Array;
  /** By the path of the .c file, and LIBRARIES for all that comes from none; exact where the toolchain reports it, absent where it
   * can't. */
  readonly sizes: ReadonlyMap<string, UnitSize>;
  /** Bytes of stack that one call of the function needs, callees included; undefined where the toolchain can't tell.
   * @param pointees the functions that calls through pointers may end at; without any, such a call has no bound. */
  readonly stackBytes: (functionName: string, pointees?: readonly string[]) => number | undefined;
  /** Bytes of stack of the deepest interrupt handler, what the core saves by itself included; 0 where there is none. */
  readonly interruptStackBytes: () => number | undefined;
}

/** A compiler for one kind of board. */
export interface Toolchain {
  readonly id: string;
  probe(): Promise<readonly ToolStatus[]>;
  /** @param compiled is told how many units are done. @throws DiagnosticError with the compiler's own words when the sources
   * do not compile. */
  build(request: BuildRequest, compiled?: (units: number) => void): Promise<BuildResult>;
}

/** What a framework's own build tool made. */
export interface ProjectBuild {
  /** What a board is flashed with, by name: firmware.bin, bootloader.bin, partition-table.bin, firmware.hex, firmware.uf2. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of the whole program, static RAM; null where the tool doesn't tell. */
  readonly size: { readonly flashBytes: number; readonly ramBytes: number } | null;
}

/** A framework's own build tool, which works in the project's folder and reads its files itself: arduino-cli, idf.py, pio. */
export interface ProjectBuilder {
  readonly id: string;
  probe(): Promise<readonly ToolStatus[]>;
  /** @param said is told each line that the tool prints. @throws DiagnosticError with the compiler's own words when the sources do
   * not compile. */
  build(folder: string, said?: (line: string) => void): Promise<ProjectBuild>;
}

/** A file for a board. */
export interface FlashPiece {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** In the chip's flash; null where the file says it itself, or the method knows. */
  readonly address: number | null;
}

export interface FlashRequest {
  readonly pieces: readonly FlashPiece[];
  /** The project's folder, absolute: arduino-cli reads its build from there. */
  readonly folder: string;
  /** Path of the serial device; null where the method needs none, or finds it by itself. */
  readonly device: string | null;
  /** Of writing, where the bootloader's line has a choice; left out: the method knows. */
  readonly baudRate?: number;
  /** Folder that the board's drive is mounted at, for those that are copied to; null: look for it. */
  readonly volume: string | null;
}

export interface FlashReport {
  /** How it is known that the board holds what it should: "read back and compared", "MD5 of the chip's flash", ...; null where the
   * bootloader can't tell. */
  readonly verified: string | null;
}

/** A way to put an image onto a real board. Interrupted at any point, it can be repeated. */
export interface Flasher {
  readonly id: string;
  /** What must be installed for it; nothing where this process does it all. */
  probe(): Promise<readonly ToolStatus[]>;
  /** @throws DiagnosticError, one of host/flashers/flash-error.ts, that says what went wrong and what to do. */
  flash(request: FlashRequest, progress: Progress): Promise<FlashReport>;
}

/** What a board keeps while its power is off: the content of its EEPROM or flash. Whoever boots it holds this. */
export interface BoardStorage {
  /** What was saved last; null: nothing yet, as in a new board. */
  load(): Uint8Array | null;
  /** Called whenever the content may have changed. The bytes are the callee's to keep. */
  save(bytes: Uint8Array): void;
}

export interface BootOptions {
  /** Absent: the board is a new one, and forgets all when it is stopped. */
  readonly storage?: BoardStorage;
}

/** A board that runs here, started and heard from. */
export interface RunningBoard {
  readonly port: BytePort;
  /** Cuts its power, whatever it is doing, and waits until nothing of it is left. */
  stop(): Promise<void>;
  /** Presses its reset button, and returns once it has booted again: on the same port, where it greets (a byte 0), with what it
   * had stored. What was written to the port meanwhile is lost. Absent where a board has no such button.
   * @throws IoError when it does not boot; its port is closed then. */
  reset?(): Promise<void>;
}

/** What one call of a function executed, callees included; interrupts and the caller's instructions are not. */
export interface CallCost {
  readonly instructions: number;
  /** By the core's manual, with zero wait states. */
  readonly cycles: number;
}

/** Something that boots images of one kind of board. */
export interface Emulator {
  readonly id: string;
  probe(): Promise<readonly ToolStatus[]>;
  /** Boots and returns once the board's port can be written to.
   * @throws IoError with the last output when it dies. */
  boot(image: Uint8Array, options?: BootOptions): Promise<RunningBoard>;
  /** Boots the image, lets `drive` work with it, and tells the cost of each call of the function meanwhile, in order: always the
   * same for the same image and the same bytes. Absent where no core's timing is known.
   * @throws IoError when the board dies. */
  readonly countCalls?: (image: Uint8Array, functionName: string, drive: (port: BytePort) => Promise<void>) => Promise<readonly CallCost[]>;
}

/** How far a stage is. One `start` ... `finish` pair at a time. */
export interface Progress {
  start(label: string, total: number): void;
  /** @param done how many of `total`. @param detail a few words behind the bar, such as a loss. */
  update(done: number, detail?: string): void;
  finish(): void;
}

export const silentProgress: Progress = { start: () => undefined, update: () => undefined, finish: () => undefined };

/** The same progress, whose next task is called `label` whatever the stage calls it. */
export function relabelled(progress: Progress, label: string): Progress {
  return {
    start: (_label, total) => {
      progress.start(label, total);
    },
    update: (done, detail) => {
      progress.update(done, detail);
    },
    finish: () => {
      progress.finish();
    },
  };
}

/** Threads that work side by side on tasks of one kind. Tasks and results are plain data: they are copied from thread to thread. */
export interface WorkerPool<Task, Result> {
  /** Begins when a thread is free. @throws what the task threw in its thread; IoError when its thread ended before it was done. */
  run(task: Task, progress: Progress): Promise<Result>;
  /** Ends every thread at once; what is still running throws IoError. */
  close(): Promise<void>;
}
