/**
 * A faulty-server.ts in a process of its own, from the parent's side: started (also under another program: strace, prlimit), told what to do,
 * listened to, killed.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { StoreOptions } from "../../../src/engine/options.js";
import type { StoreStatistics } from "../../../src/engine/statistics.js";
import { zoneNames } from "../../support/zone-files.js";
import type { Command, ServerSpec, Told } from "./faulty-server.js";
import type { Effect } from "./zone-rules.js";
import { plainEnvironment } from "../../support/plain-environment.js";

const program = fileURLToPath(new URL("./faulty-server.js", import.meta.url));

/** Small enough that a few seconds of load flush, compact and recycle the log many times. */
export const smallStore: StoreOptions = {
  memtableBytes: 256 << 10,
  logFileBytes: 512 << 10,
  sstableBytes: 256 << 10,
  levelOneBytes: 1 << 20,
  blockCacheBytes: 256 << 10,
  zoneRetryMs: 200,
  zoneHangMs: 1500,
};

export interface ServerOptions {
  directory: string;
  /** Default: zone-a, zone-b, zone-c of the directory. */
  zones?: string[];
  store?: StoreOptions;
  /** A program and its arguments to start it under. */
  under?: string[];
  nodeOptions?: string[];
  environment?: Record<string, string>;
}

/** The store was refused. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export class Server {
  url = "";
  /** Events of the store, as "name {json}", oldest first. */
  readonly events: string[] = [];
  /** What clients saw as InternalServerError, as "CODE message". */
  readonly internalErrors: string[] = [];
  /** What it wrote to standard error. */
  log = "";
  private readonly answers = new Map<number, (told: Extract<Told, { kind: "answer" }>) => void>();
  private nextId = 1;

  private constructor(
    private readonly child: ChildProcess,
    readonly zones: readonly string[],
  ) {
    child.stderr?.on("data", (chunk: Buffer) => (this.log += chunk.toString()));
    child.on("message", (told) => this.hear(told as Told));
    // What is still unanswered when it ends never will be.
    child.on("exit", () => {
      for (const id of [...this.answers.keys()])
        this.hear({ kind: "answer", id, error: { code: "EXITED", message: `the server ended: ${this.log}` } });
    });
  }

  /** Resolves when it listens. Errors: Refused, with the code of the store. */
  static async start(options: ServerOptions): Promise<Server> {
    const zones = options.zones ?? zoneNames.map((name) => `${options.directory}/${name}`);
    const spec: ServerSpec = { directory: options.directory, zones, store: { ...smallStore, ...options.store } };
    const line = [
      ...(options.under ?? []),
      process.execPath,
      ...(options.nodeOptions ?? []),
      program,
      JSON.stringify(spec),
    ];
    const child = spawn(line[0] as string, line.slice(1), {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...plainEnvironment, ...options.environment },
    });
    const server = new Server(child, zones);
    await new Promise<void>((resolve, reject) => {
      child.on("message", (message) => {
        const told = message as Told;
        if (told.kind === "listening") resolve();
        if (told.kind === "refused") reject(new Refused(told.code, told.message));
      });
      child.on("error", reject);
      child.on("exit", (code, signal) => reject(new Error(`it ended with ${code ?? signal}: ${server.log}`)));
    });
    return server;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** From now on the calls on this zone's files suffer the effect: `ms` each if slow, the first `after` of them not. */
  async rule(zone: number, effect: Effect, options: { ms?: number; after?: number } = {}): Promise<void> {
    await this.ask({ do: "rule", zone, effect, ...options });
  }

  /** How many calls have met the zone's rule. */
  async met(zone: number): Promise<number> {
    return (await this.ask({ do: "met", zone })) as number;
  }

  async stats(): Promise<StoreStatistics> {
    return (await this.ask({ do: "stats" })) as StoreStatistics;
  }

  async carryOut(what: "flush" | "compact" | "settled" | "scrub"): Promise<void> {
    await this.ask({ do: what });
  }

  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await exited;
  }

  /** Closes the store and waits for the end of the process. Errors: those of closing. */
  async stop(): Promise<number | null> {
    if (!this.isRunning) return this.child.exitCode;
    const exited = once(this.child, "exit");
    await this.ask({ do: "stop" });
    await exited;
    return this.child.exitCode;
  }

  /** Resolves when `look` is satisfied by the statistics; throws with the last ones after `limitMs`. */
  async until(what: string, look: (stats: StoreStatistics) => boolean, limitMs = 30_000): Promise<StoreStatistics> {
    const endMs = Date.now() + limitMs;
    for (;;) {
      const stats = await this.stats();
      if (look(stats)) return stats;
      if (Date.now() > endMs)
        throw new Error(
          `not in ${limitMs} ms: ${what}; zones ${JSON.stringify(stats.zones)}; ${this.events.slice(-5).join("; ")}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  private async ask(command: Command): Promise<unknown> {
    const id = this.nextId++;
    const answer = new Promise<Extract<Told, { kind: "answer" }>>((resolve) => this.answers.set(id, resolve));
    this.child.send({ id, ...command });
    const { error, result } = await answer;
    if (error !== undefined) throw Object.assign(new Error(`${command.do}: ${error.message}`), { code: error.code });
    return result;
  }

  private hear(told: Told): void {
    if (told.kind === "listening") this.url = told.url;
    else if (told.kind === "event") this.events.push(`${told.name} ${told.text}`);
    else if (told.kind === "internal error") this.internalErrors.push(`${told.code} ${told.message}`);
    else if (told.kind === "answer") {
      this.answers.get(told.id)?.(told);
      this.answers.delete(told.id);
    }
  }
}
