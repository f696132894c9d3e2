// The wall follower's body and room as a MuJoCo model (MJCF): two driven wheels, a caster, a ring of rangefinders, walls.
// MJCF's elements: https://mujoco.readthedocs.io/en/3.14.0/XMLreference.html

import { SENSOR_COUNT, sensorAngle } from "./wall-follower-expert.ts";
import type { Segment } from "./room.ts";

/** Metres. A little smaller than the SCITOS G5, the robot of the data set. */
export const BODY_RADIUS = 0.26;
/** The rangefinders sit inside the rim, so that a touched wall is still in front of them. Metres from the centre. */
export const SENSOR_RING_RADIUS = 0.22;
export const WHEEL_RADIUS = 0.09;
/** Metres between the wheels. */
export const TRACK_WIDTH = 0.36;
/** The body's only geom that can touch a wall. */
export const BODY_GEOM = "body";

const WALL_HEIGHT = 0.6;
const WALL_THICKNESS = 0.05;
const SENSOR_HEIGHT = 0.3;
/** Contact bits: what rolls touches the floor, the body touches the walls. The body is wider than the wheels. */
const FLOOR = 1;
const WALL = 2;

/** @param timestep seconds of one physics step.
 * Positions: x, y, z, quaternion (w, x, y, z), left and right wheel. Controls: left and right wheel, radians a second.
 * Sensors: 24 ranges in metres from the ring, -1 where nothing is hit. */
export function wallFollowerModel(walls: readonly Segment[], timestep: number): string {
  return `<mujoco model="wall-follower">
  <option timestep="${timestep}" integrator="implicitfast"/>
  <worldbody>
    <geom name="floor" type="plane" size="10 10 1" condim="1" friction="0.01" contype="${FLOOR}" conaffinity="${FLOOR}"/>
${walls.map(wallGeom).join("\n")}
    <body name="robot" pos="0 0 ${WHEEL_RADIUS}">
      <freejoint/>
      <inertial pos="-0.04 0 0.02" mass="6" diaginertia="0.12 0.12 0.2"/>
      <geom name="${BODY_GEOM}" type="cylinder" size="${BODY_RADIUS} 0.1" pos="0 0 0.14" contype="0" conaffinity="${WALL}"/>
      <geom name="caster" type="sphere" size="0.03" pos="-0.18 0 ${0.03 - WHEEL_RADIUS}" condim="1" friction="0.01"/>
${wheelBody("left", TRACK_WIDTH / 2)}
${wheelBody("right", -TRACK_WIDTH / 2)}
${Array.from({ length: SENSOR_COUNT }, (_, index) => sensorSite(index)).join("\n")}
    </body>
  </worldbody>
  <actuator>
    <velocity joint="left" kv="0.6"/>
    <velocity joint="right" kv="0.6"/>
  </actuator>
  <sensor>
${Array.from({ length: SENSOR_COUNT }, (_, index) => `    <rangefinder site="US${index + 1}"/>`).join("\n")}
  </sensor>
</mujoco>`;
}

/** The wall's thickness lies to the left of its direction, outside the room. */
function wallGeom([x1, y1, x2, y2]: Segment): string {
  const halfLength = Math.hypot(x2 - x1, y2 - y1) / 2;
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const x = (x1 + x2) / 2 - (Math.sin(angle) * WALL_THICKNESS) / 2;
  const y = (y1 + y2) / 2 + (Math.cos(angle) * WALL_THICKNESS) / 2;
  return (
    `    <geom type="box" size="${halfLength} ${WALL_THICKNESS / 2} ${WALL_HEIGHT / 2}" ` +
    `pos="${x} ${y} ${WALL_HEIGHT / 2}" euler="0 0 ${(angle * 180) / Math.PI}" contype="${WALL}" conaffinity="0"/>`
  );
}

/** An ellipsoid touches the floor at one point only, which is quicker to solve than a cylinder's edge. */
function wheelBody(name: string, y: number): string {
  return `      <body pos="0 ${y} 0">
        <joint name="${name}" type="hinge" axis="0 1 0" armature="0.005"/>
        <geom type="ellipsoid" size="${WHEEL_RADIUS} 0.02 ${WHEEL_RADIUS}" mass="0.4" condim="3" friction="1 0.005 0.0001"/>
      </body>`;
}

/** A rangefinder looks along its site's z axis. */
function sensorSite(index: number): string {
  const x = Math.cos(sensorAngle(index));
  const y = Math.sin(sensorAngle(index));
  const position = `${SENSOR_RING_RADIUS * x} ${SENSOR_RING_RADIUS * y} ${SENSOR_HEIGHT - WHEEL_RADIUS}`;
  return `      <site name="US${index + 1}" pos="${position}" zaxis="${x} ${y} 0"/>`;
}
