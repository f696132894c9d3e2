// `npm run build`: compiles the training engine's C sources. For those who work on reflexarc itself; runs from dist/.

import { buildTrainingEngine } from "../host/training-engine.ts";

await buildTrainingEngine();
