// An Arduino Uno for tests, whole: on one serial port first its bootloader (stk500.ts) and then, when a programmer has finished,
// the program that it wrote, in the emulated chip. As on the real one, whoever calls the bootloader gets it at any time.

import type { BytePort, RunningBoard } from "../../../core/io.ts";
import { memoryStorage } from "../../emulators/board-storage.ts";
import { machineEmulator } from "../../emulators/machine-emulator.ts";
import { writeIntelHex } from "../../intel-hex.ts";
import { isGreeting, Optiboot } from "./stk500.ts";

export interface OptibootUno {
  readonly bootloader: Optiboot;
  /** Stops its program; the port stays open. */
  stop(): Promise<void>;
}

/** @param port the board's own end, such as one end of a pty pair; a programmer, and later the link, is at the other. */
export function plugOptibootUno(port: BytePort): OptibootUno {
  const bootloader = new Optiboot();
  const storage = memoryStorage();
  const emulator = machineEmulator("avr8js", "uno");
  /** Null: the bootloader is in charge. */
  let program: Promise<RunningBoard> | null = null;

  const stop = async (): Promise<void> => {
    const stopped = program;
    program = null;
    await (await stopped?.catch(() => null))?.stop();
  };
  const start = async (): Promise<RunningBoard> => {
    const running = await emulator.boot(writeIntelHex([{ address: 0, bytes: bootloader.flash }]), { storage });
    await port.write(Uint8Array.of(0)); // its greeting, which the emulator kept
    running.port.onData((bytes) => void port.write(bytes));
    return running;
  };
  bootloader.onLeave = () => {
    program = start();
    program.catch(() => undefined); // it is silent then, as a board with a bad program
  };
  port.onData((bytes) => {
    if (isGreeting(bytes)) void stop();
    if (program === null) {
      const answers = bootloader.hear(bytes);
      if (answers.length > 0) void port.write(answers);
    } else {
      void program.then((running) => running.port.write(bytes)).catch(() => undefined);
    }
  });
  return { bootloader, stop };
}
