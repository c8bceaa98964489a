/**
 * Where a subcommand sends its operations: the store of a directory, opened here, or a running server.
 *
 * Both take an operation's name and its input in the wire's shape, and fail with errors that carry the service's name.
 */
import type { StoreOptions } from "../engine/options.js";
import { VarveError } from "../errors.js";
import { Database } from "../tables/database.js";

export interface Target {
  execute(operation: string, input: object): Promise<unknown>;
  close(): Promise<void>;
}

export async function connect(to: string | { directory: string; options: StoreOptions }): Promise<Target> {
  if (typeof to === "string") return new Endpoint(to);
  return Database.open(to.directory, to.options);
}

/** A request signature of the right form: Varve takes any, and other local servers want to see one. */
const anySignature =
  "AWS4-HMAC-SHA256 Credential=varve/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0";

/** An error of the service, by its name. */
class RemoteError extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

class Endpoint implements Target {
  constructor(private readonly url: string) {}

  async execute(operation: string, input: object): Promise<unknown> {
    const response = await fetch(this.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `DynamoDB_20120810.${operation}`,
        authorization: anySignature,
      },
      body: JSON.stringify(input),
    }).catch((cause: unknown) => {
      throw new VarveError("IO_ERROR", `${this.url} does not answer`, { cause });
    });
    const body = (await response.json()) as { __type?: string; message?: string; Message?: string };
    if (response.ok) return body;
    const name = (body.__type ?? "InternalServerError").replace(/^.*#/, "");
    throw new RemoteError(name, body.message ?? body.Message ?? `HTTP status ${response.status}`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
