/** The real machine's public names. */
export { realIo, type RealIoOptions } from "./real-io.js";
