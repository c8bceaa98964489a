/** A `varve serve` in a process of its own: started, asked, killed, stopped. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../tidiness/sources.js";
import { plainEnvironment } from "./plain-environment.js";

export const mainScript = join(root, "dist/src/cli/main.js");

export class ServerProcess {
  /** What it wrote to standard error. */
  log = "";

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Resolves when it listens; rejects with its output when it ends before. */
  static async start(...options: string[]): Promise<ServerProcess> {
    const child = spawn(process.execPath, [mainScript, "serve", "--port", "0", ...options], {
      stdio: ["ignore", "pipe", "pipe"],
      env: plainEnvironment,
    });
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    const lines = createInterface({ input: child.stdout });
    const listening = once(lines, "line").then(([line]) => /^listening on (http:\S+)$/.exec(String(line))?.[1]);
    const url = await Promise.race([listening, once(child, "exit").then(() => undefined)]);
    if (url === undefined) throw new Error(`the server did not start: ${log}`);
    const server = new ServerProcess(child, url);
    server.log = log;
    child.stderr.on("data", (chunk: Buffer) => (server.log += chunk.toString()));
    return server;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Ends it cleanly; returns its exit code. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    return this.end(signal);
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, "exit");
      this.child.kill(signal);
      await exited;
    }
    return this.child.exitCode;
  }
}
