// What --port accepts, as a value: which kind of port, and where. Parsing opens nothing.

import { usageError } from "../../core/diagnostic.ts";
import { HIGHEST_BAUD_RATE, isBaudRate, LOWEST_BAUD_RATE } from "./baud-rate.ts";

export type PortUrl =
  | { readonly kind: "serial"; readonly path: string; readonly baudRate: number }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** A simulated robot in this process; null: the one that fits the robot. */
  | { readonly kind: "sim"; readonly plant: string | null }
  /** An emulated board, booted for the occasion. */
  | { readonly kind: "emu"; readonly board: string }
  /** The only board that is plugged in (auto-port.ts). */
  | { readonly kind: "auto" };

const DEFAULT_BAUD_RATE = 115_200;

const FORMS = "write serial:/dev/ttyACM0?baud=115200, auto, tcp:HOST:PORT, sim: or emu:BOARD (`reflexarc boards` lists them)";

/** @throws DiagnosticError, naming the forms, when the text is none of them. */
export function parsePortUrl(text: string): PortUrl {
  if (text === "auto") return { kind: "auto" };
  const wrong = (why: string): Error => usageError("port-url-invalid", `"${text}" is no port: ${why}`, FORMS);
  const colon = text.indexOf(":");
  const rest = text.slice(colon + 1);
  switch (text.slice(0, Math.max(colon, 0))) {
    case "serial":
      return serialUrl(rest, wrong);
    case "tcp":
      return tcpUrl(rest, wrong);
    case "sim":
      return { kind: "sim", plant: rest === "" ? null : rest };
    case "emu":
      if (rest === "") throw wrong("the board is missing");
      return { kind: "emu", board: rest };
    default:
      throw wrong(
        text.startsWith("/dev/") || /^COM\d+$/i.test(text)
          ? `did you mean serial:${text}?`
          : "it starts with none of serial:, tcp:, sim:, emu:",
      );
  }
}

function serialUrl(rest: string, wrong: (why: string) => Error): PortUrl {
  const [path = "", query, ...more] = rest.split("?");
  if (path === "") throw wrong("the device is missing");
  if (query === undefined) return { kind: "serial", path, baudRate: DEFAULT_BAUD_RATE };
  const baud = /^baud=(.*)$/.exec(query)?.[1];
  if (baud === undefined || !isBaudRate(baud) || more.length > 0)
    throw wrong(`behind ? comes baud= and a whole number, ${LOWEST_BAUD_RATE} to ${HIGHEST_BAUD_RATE}`);
  return { kind: "serial", path, baudRate: Number(baud) };
}

function tcpUrl(rest: string, wrong: (why: string) => Error): PortUrl {
  const address = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(rest);
  if (address === null) throw wrong("behind tcp: come a host, a colon and a port number");
  const port = Number(address[3]);
  if (port < 1 || port > 65_535) throw wrong("a port number is 1 to 65535");
  return { kind: "tcp", host: address[1] ?? address[2] ?? "", port };
}
