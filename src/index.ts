// The package's public entry: what a robot project imports from "reflexarc".

export {
  defineRobot,
  gaussian,
  gru,
  mixture,
  mlp,
  plain,
  temporal,
  vision,
  type GruOptions,
  type MlpOptions,
  type PolicyOptions,
  type RobotDefinition,
  type TemporalOptions,
  type Vec,
  type VisionOptions,
} from "./spec/api.ts";
