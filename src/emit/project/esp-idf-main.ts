// The file of an ESP-IDF project that belongs to the person: reflex_read(), reflex_act() and app_main(), with the robot's fields as
// comments and an example on pins that the chip has free.

import { assert } from "../../core/assert.ts";
import { exampleValues } from "./example.ts";
import { espIdfSupport } from "./esp-idf-settings.ts";
import { skeleton, type ProjectParts } from "./parts.ts";

const SIGNALS = ["PIN_SDA", "PIN_SCL", "PIN_SERVO_LEFT", "PIN_SERVO_RIGHT", "PIN_SPEED", "PIN_FORWARD", "PIN_BACKWARD"] as const;

/** In the order of SIGNALS: none that a chip starts by (strapping pins), or has its flash, console or USB on. The ESP32-S3's are
 * also brought out by the Nano ESP32 (A4, A5, D2 to D6). Sources: the chips' datasheets, "Pin Definitions". */
const PINS: Readonly<Record<string, readonly number[]>> = {
  esp32: [21, 22, 18, 19, 25, 26, 27],
  esp32s3: [11, 12, 5, 6, 7, 8, 9],
  esp32c3: [4, 5, 6, 7, 10, 0, 1],
  esp32c6: [6, 7, 18, 19, 20, 21, 22],
};
/** What every chip has, for one that is not listed. */
const ANY_PINS = [4, 5, 6, 7, 10, 0, 1] as const;

export function espIdfMain(parts: ProjectParts): string {
  assert(parts.robot !== null, "an agent has a robot");
  const pins = PINS[espIdfSupport(parts).target] ?? ANY_PINS;
  const values = Object.fromEntries(SIGNALS.map((signal, index) => [signal, String(pins[index])]));
  return skeleton(parts.skeletons, "esp-idf/main.c.txt", { BOARD: parts.board.name, ...values, ...exampleValues(parts.robot, "    // ") });
}
