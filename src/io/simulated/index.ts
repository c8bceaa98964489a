/** The simulated world's public names: what tests of the engine import. */
export { type CrashOptions, SimulatedWorld, type WorldOptions } from "./simulated-world.js";
export { type CallKind, Fault, type FaultEffect, type FaultRule, Faults } from "./faults.js";
export { type CrashMode, SimulatedDisk } from "./disk.js";
export { SeededRandom } from "./seeded-random.js";
