// Prints the person's sketch as it is at first: the fields of their robot, and an example for sensors, servos and a motor that fits the
// board. Arduino's robot.ino and PlatformIO's main.cpp are the same text.

import type { Board } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import { exampleValues } from "./example.ts";
import { skeleton, type ProjectParts } from "./parts.ts";

/** @param library whose header the sketch includes. */
export function arduinoSketch({ robot, board, skeletons }: ProjectParts, library: string): string {
  assert(robot !== null, "a sketch drives a robot");
  const { servos, motor } = examplePins(board);
  const [power, forward, backward] = motor;
  return skeleton(skeletons, "arduino/robot.ino", {
    ...exampleValues(robot, "    // "),
    ...{ LIBRARY: library, SERVO_PINS: servos.join(", "), POWER: `${power}`, FORWARD: `${forward}`, BACKWARD: `${backward}` },
    SERVOS: skeleton(skeletons, `arduino/servos/${servoDriver(board)}.ino`).trimEnd(),
  });
}

interface ExamplePins {
  readonly servos: readonly [number, number];
  /** Its power, which is modulated, and the bridge's two inputs. */
  readonly motor: readonly [number, number, number];
}

/** Free on the boards of that core: neither I2C nor the link nor the flash is on them. */
function examplePins({ core, frameworks }: Board): ExamplePins {
  if (core === "xtensa-lx6") return { servos: [18, 19], motor: [25, 26, 27] };
  if (isEsp32(frameworks)) return { servos: [4, 5], motor: [6, 7, 10] };
  return { servos: [9, 10], motor: [6, 7, 8] };
}

/** What makes the pulses. Arduino's Servo library knows neither ESP32 nor nRF5, and Debian's core for AVR comes without it. */
function servoDriver({ core, frameworks }: Board): "timer1" | "ledc" | "pulses" | "library" {
  if (core === "avr") return "timer1";
  if (isEsp32(frameworks)) return "ledc";
  return frameworks.arduino?.platform.endsWith(":nRF5") === true ? "pulses" : "library";
}

function isEsp32({ arduino }: Board["frameworks"]): boolean {
  return arduino?.platform.endsWith(":esp32") === true;
}
