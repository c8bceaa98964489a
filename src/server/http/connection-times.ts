/** How long a connection may take for what, in ms. */
export interface ConnectionTimes {
  /** Without a byte of a request. */
  readonly keepAliveMs: number;
  /** From the first byte of a request to the end of its head. */
  readonly headMs: number;
  /** From the first byte of a request to the end of its body. */
  readonly requestMs: number;
  /** For the rest of a body that nobody wants, and for the client's end of a connection that is ending. */
  readonly drainMs: number;
  /** For the client to read an answer that does not fit into the socket. */
  readonly writeMs: number;
}
