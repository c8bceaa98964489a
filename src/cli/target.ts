/**
 * Where a subcommand sends its operations: the store of a directory, opened here, or a running server.
 *
 * Both take an operation's name and its input in the wire's shape, and fail with errors that carry the service's name.
 */
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
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

/** Over node:http and kept connections: fetch took most of the loader's time. */
class Endpoint implements Target {
  private readonly url: URL;
  private readonly agent: HttpAgent | HttpsAgent;

  constructor(url: string) {
    this.url = new URL(url);
    const options = { keepAlive: true };
    this.agent = this.url.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  }

  async execute(operation: string, input: object): Promise<unknown> {
    const { status, text } = await this.post(operation, JSON.stringify(input)).catch((cause: unknown) => {
      throw new VarveError("IO_ERROR", `${this.url.href} does not answer`, { cause });
    });
    const body = JSON.parse(text === "" ? "{}" : text) as { __type?: string; message?: string; Message?: string };
    if (status === 200) return body;
    const name = (body.__type ?? "InternalServerError").replace(/^.*#/, "");
    throw new RemoteError(name, body.message ?? body.Message ?? `HTTP status ${status}`);
  }

  async close(): Promise<void> {
    this.agent.destroy();
  }

  private post(operation: string, body: string): Promise<{ status: number; text: string }> {
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "content-length": Buffer.byteLength(body),
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      authorization: anySignature,
    };
    const request = this.url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const sent = request(this.url, { method: "POST", agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
}
