import { describe, expect, it } from "vitest";
import { DiagnosticError } from "../../core/diagnostic.ts";
import { parsePortUrl } from "./port-url.ts";

describe("a port's URL", () => {
  it.each([
    ["serial:/dev/ttyACM0", { kind: "serial", path: "/dev/ttyACM0", baudRate: 115_200 }],
    ["serial:/dev/cu.usbmodem101?baud=9600", { kind: "serial", path: "/dev/cu.usbmodem101", baudRate: 9600 }],
    ["serial:COM3?baud=1000000", { kind: "serial", path: "COM3", baudRate: 1_000_000 }],
    ["serial:/dev/ttyACM0?baud=2000000", { kind: "serial", path: "/dev/ttyACM0", baudRate: 2_000_000 }],
    ["tcp:robot.local:4000", { kind: "tcp", host: "robot.local", port: 4000 }],
    ["tcp:[::1]:65535", { kind: "tcp", host: "::1", port: 65_535 }],
    ["sim:", { kind: "sim", plant: null }],
    ["sim:wall-follower", { kind: "sim", plant: "wall-follower" }],
    ["emu:qemu-cortex-m4", { kind: "emu", board: "qemu-cortex-m4" }],
    ["auto", { kind: "auto" }],
  ])("%s is understood", (text, expected) => {
    expect(parsePortUrl(text)).toEqual(expected);
  });

  it.each([
    ["", "starts with none of"],
    ["/dev/ttyACM0", "did you mean serial:/dev/ttyACM0?"],
    ["COM3", "did you mean serial:COM3?"],
    ["udp:host:1", "starts with none of"],
    ["serial:", "the device is missing"],
    ["serial:?baud=9600", "the device is missing"],
    ["serial:/dev/ttyACM0?baud=fast", "baud= and a whole number"],
    ["serial:/dev/ttyACM0?baud=0", "baud= and a whole number"],
    ["serial:/dev/ttyACM0?baud=9599", "9600 to 2000000"],
    ["serial:/dev/ttyACM0?baud=2000001", "9600 to 2000000"],
    ["serial:/dev/ttyACM0?parity=even", "baud= and a whole number"],
    ["tcp:host", "a host, a colon and a port number"],
    ["tcp::4000", "a host, a colon and a port number"],
    ["tcp:::1:4000", "a host, a colon and a port number"],
    ["tcp:host:0", "1 to 65535"],
    ["tcp:host:65536", "1 to 65535"],
    ["emu:", "the board is missing"],
  ])("%j is refused with the forms there are", (text, why) => {
    const parse = (): unknown => parsePortUrl(text);
    expect(parse).toThrow(DiagnosticError);
    expect(parse).toThrow(why);
    try {
      parse();
    } catch (error) {
      expect((error as DiagnosticError).exitCode).toBe(2);
      expect((error as DiagnosticError).diagnostics[0]?.hint).toContain(
        "serial:/dev/ttyACM0?baud=115200, auto, tcp:HOST:PORT, sim: or emu:BOARD",
      );
    }
  });
});
