/** The bounds of the server, in one place; those of HTTP messages are in http/message-limits.ts. */

/** Bytes of a request's body, as sent and after decompression. */
export const maxBodyBytes = 16 * 1024 * 1024;
/** Bytes of all bodies that are being read or worked on at once, as sent and as parsed; beyond it requests are turned away. */
export const maxBodiesBytes = 512 * 1024 * 1024;
/** The most of V8's heap that they may be. */
export const maxBodiesHeapShare = 0.4;
/** Larger bodies leave a quarter of that room to others, so that no number of them keeps usual requests out. */
export const largeBodyBytes = 256 * 1024;
export const largeBodiesShare = 0.75;
/** Levels of JSON objects and arrays; the deepest valid request has about 75. */
export const maxJsonLevels = 256;
/** Connections at once; more are refused. */
export const maxConnections = 16_384;

/** From the first byte of a request to the end of its headers, and to the end of its body, ms. */
export const headersTimeoutMs = 20_000;
export const requestTimeoutMs = 120_000;
/** How long an idle connection is kept, ms: longer than the pools of usual clients keep theirs. */
export const keepAliveTimeoutMs = 75_000;

/** How long, and for how many bytes, the rest of a refused body is read so that the client sees the answer. */
export const drainTimeoutMs = 5_000;
export const drainBytes = 64 * 1024 * 1024;

/** How long `close` waits for requests that are being worked on, ms. */
export const closeTimeoutMs = 10_000;
/** How long a client may take to read what it was answered, ms. */
export const writeTimeoutMs = 120_000;

/** Bodies of at least so many bytes are compressed for clients that accept it. */
export const compressFromBytes = 1024;
