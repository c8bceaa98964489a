/** A server process of the tests that is started on a directory, killed at any moment (also while it opens) and started again. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { StoreOptions } from "../../src/engine/options.js";
import { plainEnvironment } from "./plain-environment.js";

/** An opening that takes so long does not end, however busy the machine is. */
const openingLimitMs = 120_000;

const program = fileURLToPath(new URL("./small-server.js", import.meta.url));

export class KillableServer {
  private output = "";
  /** What it wrote to standard error: a server that is only killed writes nothing. */
  errors = "";
  private readonly exited: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    // "close" comes when its output is read to the end too.
    this.exited = once(child, "close");
    child.stdout?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  static start(directory: string, options: StoreOptions): KillableServer {
    const child = spawn(process.execPath, [program, directory, JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "pipe"],
      env: plainEnvironment,
    });
    return new KillableServer(child);
  }

  /** Resolves when its program is loaded and it begins to open the store. */
  async opening(): Promise<void> {
    await this.printed(/^opening\n/);
  }

  /** Its address; rejects with what it wrote to standard error when it ends without one. */
  async listening(): Promise<string> {
    return (await this.printed(/listening on (\S+)\n/))[1] as string;
  }

  private async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const limit = new AbortController();
    const isLate = sleep(openingLimitMs, "it takes too long", { signal: limit.signal }).catch(() => "");
    const hasEnded = Promise.race([isLate, this.exited.then(() => this.errors)]);
    try {
      for (;;) {
        const match = pattern.exec(this.output);
        if (match !== null) return match;
        const reason = await Promise.race([once(this.child.stdout ?? this.child, "data"), hasEnded]);
        if (typeof reason === "string") throw new Error(`the server did not start: ${reason}`);
      }
    } finally {
      limit.abort();
    }
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }

  /** Ends it cleanly; returns its exit code. */
  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    await this.exited;
    return this.child.exitCode;
  }
}
