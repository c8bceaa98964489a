/** The statuses that this server answers with, and a request that is refused with one of them. */

export const reasonPhrases = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  408: "Request Timeout",
  413: "Payload Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

export type StatusCode = keyof typeof reasonPhrases;

/** "200 OK"; a status without a phrase of its own stands alone, which HTTP allows. */
export function statusText(statusCode: number): string {
  return `${statusCode} ${(reasonPhrases as Record<number, string>)[statusCode] ?? ""}`;
}

/** Why bytes are no request that is taken: it is answered with the status, and the connection ends. */
export class Refusal {
  constructor(readonly statusCode: StatusCode) {}
}
