/** The decoders in TypeScript: what each takes and what it refuses. The targets of targets.ts, for a bounded number of runs. */
import { testTarget } from "./properties.js";
import { decoderTargets } from "./targets.js";

for (const target of decoderTargets) testTarget(target);
