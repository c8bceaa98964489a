/** The small options under the name that other tests of the store import them by; the runs are in test/sim/. */
export { smallStore } from "../../sim/option-sets.js";
