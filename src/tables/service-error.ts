/**
 * The errors of the DynamoDB service: its names, its messages, its extra members.
 *
 * `name` is what the SDK matches on and what `__type` ends with; `members` are the further members of the error's body
 * (such as Item of ConditionalCheckFailedException). The HTTP status is 400 unless said otherwise.
 */
export class ServiceError extends Error {
  readonly statusCode: number;
  /** The namespace in `__type`: "com.amazonaws.dynamodb.v20120810" or "com.amazon.coral.service". */
  readonly namespace: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    name: string,
    message: string,
    options: { statusCode?: number; namespace?: string; members?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = name;
    this.statusCode = options.statusCode ?? 400;
    this.namespace = options.namespace ?? "com.amazonaws.dynamodb.v20120810";
    this.members = options.members ?? {};
  }
}

export function validationError(message: string): ServiceError {
  return new ServiceError("ValidationException", message, { namespace: "com.amazon.coral.validate" });
}

export function resourceNotFound(message: string): ServiceError {
  return new ServiceError("ResourceNotFoundException", message);
}

export function resourceInUse(message: string): ServiceError {
  return new ServiceError("ResourceInUseException", message);
}

export function conditionalCheckFailed(members: Record<string, unknown> = {}): ServiceError {
  return new ServiceError("ConditionalCheckFailedException", "The conditional request failed", { members });
}

export function serializationError(message: string): ServiceError {
  return new ServiceError("SerializationException", message, { namespace: "com.amazon.coral.service" });
}
