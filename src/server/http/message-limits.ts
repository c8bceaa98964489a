/** The bounds of an HTTP message, in one place. */

/** Bytes of the request line and all header lines, with what stands before them. */
export const maxHeadBytes = 16 * 1024;
/** Bytes of the request's target. */
export const maxTargetBytes = 8 * 1024;
export const maxHeaderFields = 128;
/** Bytes of one chunk-size line, its extensions included. */
export const maxChunkLineBytes = 1024;
/** Bytes of all chunk extensions and trailer lines of one body. */
export const maxChunkExtraBytes = 16 * 1024;

/** Bytes of the next requests of a pipeline that are kept while one is worked on; beyond it the socket is not read. */
export const maxReadAheadBytes = 64 * 1024;
/** Answers up to so many bytes go out in one write with their head. */
export const oneWriteBytes = 64 * 1024;
