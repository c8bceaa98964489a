/** What a call answers: the message of the ValidationException that it throws. Anything else that it does fails the test. */
import { ServiceError } from "../../../src/tables/service-error.js";

export function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof ServiceError && error.name === "ValidationException") return error.message;
    throw error;
  }
  return "nothing was thrown";
}
