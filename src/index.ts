// The package's public entry: what a robot project imports from "reflexarc".

export { defineRobot, mlp, type MlpOptions, type RobotDefinition, type Vec } from "./spec/api.ts";
