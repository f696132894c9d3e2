// Compiles the training engine once before the tests that train with it, unless its sources are those that it was made of.

import { buildTrainingEngine } from "../src/host/training-engine.ts";

export default buildTrainingEngine;
