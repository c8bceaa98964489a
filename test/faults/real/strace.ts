/**
 * Faults of real system calls: strace, attached to a running process, answers those on the files of some zones in the kernel's place.
 *
 * Calls by io_uring pass it by: the process must run with VARVE_IO_ENGINE=threads. From `attach` on all calls that an injection picks suffer it, until
 * `detach`; the process itself goes on, slower. Paths are compared whole, so the first few hundred file numbers of a zone are named.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import type { Test } from "tap";
import { logName, manifestName, sstableName, temporarySuffix } from "../../../src/engine/zones/file-names.js";

const fileNumbers = 400;

/** Why nothing can be traced here, or `false`: the `skip` of a test. */
export function cannotTrace(): string | false {
  const inject = ["-e", "trace=close", "-e", "inject=close:error=EIO", "true"];
  const { error, status } = spawnSync("strace", ["-f", "-o", "/dev/null", ...inject]);
  if (error !== undefined) return "needs the program strace";
  return status === null ? "tracing of processes is not permitted here" : canAttach();
}

function canAttach(): string | false {
  const sleeper = spawn("sleep", ["30"]);
  const attached = spawnSync("timeout", ["1", "strace", "-o", "/dev/null", "-p", String(sleeper.pid)], {
    encoding: "utf8",
  });
  sleeper.kill("SIGKILL");
  return attached.stderr.includes("attached") ? false : "tracing of another process is not permitted here";
}

export interface TracedCall {
  name: string;
  path: string;
  isInjected: boolean;
}

export class Tracer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly pid: number,
    private readonly log: string,
  ) {}

  /** `injections` as strace's `-e inject=` takes them; their calls on the zones' files are logged too. */
  static async attach(
    t: Test,
    { pid, zones, injections, log }: { pid: number; zones: readonly string[]; injections: string[]; log: string },
  ): Promise<Tracer> {
    const calls = injections.map((injection) => injection.split(":", 1)[0]);
    const paths = zones.flatMap(filesOf).flatMap((path) => ["-P", path]);
    const inject = injections.flatMap((injection) => ["-e", `inject=${injection}`]);
    const line = ["-f", "-y", "-o", log, "-e", `trace=${calls.join(",")}`, ...inject, ...paths, "-p", String(pid)];
    const child = spawn("strace", line, { stdio: ["ignore", "ignore", "pipe"] });
    t.teardown(() => child.kill("SIGTERM"));
    let said = "";
    await new Promise<void>((resolve, reject) => {
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes(" attached")) resolve();
      });
      child.on("error", reject);
      child.on("exit", () => reject(new Error(`strace has ended: ${said.slice(-2000)}`)));
    });
    return new Tracer(child, pid, log);
  }

  /** The faults are over. The process is stopped for it: a call that strace leaves in the middle would answer ENOSYS. */
  async detach(): Promise<TracedCall[]> {
    process.kill(this.pid, "SIGSTOP");
    while (!this.isStopped()) await new Promise((resolve) => setTimeout(resolve, 5));
    const exited = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await exited;
    process.kill(this.pid, "SIGCONT");
    return this.calls();
  }

  /** Whether strace has seen every thread stop. */
  private isStopped(): boolean {
    const log = readFileSync(this.log, "utf8");
    const stopped = new Set(Array.from(log.matchAll(/^(\d+) +--- stopped by SIGSTOP ---$/gm), ([, thread]) => thread));
    return readdirSync(`/proc/${this.pid}/task`).every((thread) => stopped.has(thread));
  }

  /** Those so far. One that another thread's call interrupts in the log has its outcome further on, which is not looked for. */
  calls(): TracedCall[] {
    const lines = readFileSync(this.log, "utf8").split("\n");
    return lines.flatMap((line) => {
      const [, name, path] = /^\d+ +(\w+)\(\d+<([^>]+)>/.exec(line) ?? [];
      if (name === undefined || path === undefined) return [];
      return [{ name, path, isInjected: line.includes("(INJECTED)") }];
    });
  }
}

function filesOf(zone: string): string[] {
  const numbers = Array.from({ length: fileNumbers }, (_, i) => i + 1);
  const names = numbers.flatMap((number) => {
    const sstable = sstableName(number);
    return [logName(number), sstable, sstable + temporarySuffix, manifestName(number)];
  });
  return names.map((name) => `${zone}/${name}`);
}
