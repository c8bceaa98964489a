/** The servers that are measured, each in a process of its own: `varve serve`, dynalite, and ours with store options and statistics. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { root } from "../drivers/packages.js";
import type { StoreCounters, StoreOptions } from "../../src/index.js";

export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** Resolves when a line of its output tells the port. */
  static async start(args: readonly string[], port: RegExp): Promise<ServerProcess> {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
    for await (const line of createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })) {
      const found = port.exec(line)?.[1];
      if (found !== undefined) return new ServerProcess(child, Number(found));
    }
    throw new Error("the server did not start");
  }

  residentMegabytes(): number {
    const status = readFileSync(`/proc/${String(this.child.pid)}/status`, "utf8");
    return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6;
  }

  /** Of a server started by `varveWithOptions`. */
  async counters(): Promise<StoreCounters> {
    this.child.send("counters");
    const [counters] = (await once(this.child, "message")) as [StoreCounters];
    return counters;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const exited = once(this.child, "exit");
    this.child.kill();
    await exited;
  }
}

function startVarve(directory: string): Promise<ServerProcess> {
  const main = join(root, "dist/src/cli/main.js");
  return ServerProcess.start([main, "serve", "--port", "0", "--data", directory], /^listening on http:\/\/.*:(\d+)$/);
}

function startDynalite(directory: string): Promise<ServerProcess> {
  const main = createRequire(import.meta.url).resolve("dynalite");
  const options = JSON.stringify({ path: directory, createTableMs: 0 });
  const script = `require(${JSON.stringify(main)})(${options}).listen(0, "127.0.0.1", function () { console.log("port " + this.address().port); });`;
  return ServerProcess.start(["-e", script], /^port (\d+)$/);
}

export const servers: Record<string, (directory: string) => Promise<ServerProcess>> = {
  varve: startVarve,
  dynalite: startDynalite,
};

export function varveWithOptions(directory: string, options: StoreOptions): Promise<ServerProcess> {
  const script = fileURLToPath(new URL("./varve-server.js", import.meta.url));
  return ServerProcess.start([script, directory, JSON.stringify(options)], /^listening on http:\/\/.*:(\d+)$/);
}
