/**
 * The real Io with the calls to files and directories counted over all threads, and the process killed at a given one.
 *
 * Three moments, each with a count of its own: "before" any call; "during" a call that changes something: it is made and not waited for;
 * "torn": of a write the first half is done. Other calls leave no more behind than a kill before them. The writes of one `writeAndSync` count
 * one by one, and those before the fatal one are done, so that the zones end in different states. In worker threads the same counter goes
 * on: it is shared memory.
 */
import { blockBytes, type DurableWrite, type File, type Files, type Io, type Job } from "../../src/io/io.js";

export const moments = ["before", "during", "torn"] as const;
export type Moment = (typeof moments)[number];

export interface KillPlan {
  /** Calls so far; shared by all threads. */
  counter: Int32Array;
  /** The number of the call among those that the moment is for, from 1; 0: never. */
  at: number;
  moment: Moment;
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  // The signal ends every thread; this one must do nothing more until it does.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const writes: ReadonlySet<string> = new Set(["write", "writeSync"]);
const changes: ReadonlySet<string> = new Set([
  ...writes,
  ...["open", "preallocate", "truncate", "makeDirectory", "remove", "rename", "link", "lock"],
]);
const isCounted: Record<Moment, (call: string) => boolean> = {
  before: () => true,
  during: (call) => changes.has(call),
  torn: (call) => writes.has(call),
};

function isFatal({ counter, at, moment }: KillPlan, call: string): boolean {
  return isCounted[moment](call) && Atomics.add(counter, 0, 1) + 1 === at;
}

const realFiles = new WeakMap<File, File>();
const realOf = (file: File): File => realFiles.get(file) ?? file;

/** What the kill leaves of a write: all of what came first, none or a half of this one. */
function tear(file: File, position: number, from: Uint8Array): void {
  const half = Math.floor(from.length / 2 / blockBytes) * blockBytes;
  if (half > 0) file.writeSync(position, from.subarray(0, half));
}

type Method = (...args: unknown[]) => unknown;

/** Every method counts, but for those named, which reach no disk. */
function counted<T extends object>(target: T, plan: KillPlan, free: ReadonlySet<string>, own: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const special = Reflect.get(own, name) as unknown;
      if (special !== undefined) return special;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || free.has(String(name))) return value;
      return (...args: unknown[]) => {
        if (!isFatal(plan, String(name))) return (value as Method).apply(target, args);
        if (plan.moment === "during") (value as Method).apply(target, args);
        if (plan.moment === "torn") tear(target as unknown as File, args[0] as number, args[1] as Uint8Array);
        return die();
      };
    },
  });
}

function countedFile(file: File, plan: KillPlan): File {
  const wrapped = counted(file, plan, new Set(), {});
  realFiles.set(wrapped, file);
  return wrapped;
}

/** They reach no disk. */
const freeCalls = new Set(["allocate", "openLimit"]);

function countedFiles(files: Files, plan: KillPlan): Files {
  const calls = counted(files, plan, freeCalls, {});
  return counted(files, plan, freeCalls, {
    open: async (path, options) => countedFile(await calls.open(path, options), plan),
    writeAndSync: (writes) => {
      const real = writes.map((write) => ({ ...write, file: realOf(write.file) }));
      for (const index of real.keys()) if (isFatal(plan, "write")) dieAtWrite(files, real, index, plan.moment);
      return files.writeAndSync(real);
    },
  });
}

function dieAtWrite(files: Files, writes: readonly DurableWrite[], index: number, moment: Moment): never {
  for (const { file, position, from } of writes.slice(0, index)) file.writeSync(position, from);
  const fatal = writes[index];
  if (fatal !== undefined && moment === "torn") tear(fatal.file, fatal.position, fatal.from);
  if (fatal !== undefined && moment === "during") void Promise.allSettled(files.writeAndSync([fatal]));
  return die();
}

interface CountedJob {
  moduleUrl: string;
  exportName: string;
  spec: unknown;
  plan: KillPlan;
}

/** Runs in a worker thread: the job that was asked for, on that thread's Io with the same counter. */
export async function runCounted({ moduleUrl, exportName, spec, plan }: CountedJob, io: Io): Promise<unknown> {
  const module = (await import(moduleUrl)) as Record<string, Job<unknown, unknown>>;
  const job = module[exportName];
  if (job === undefined) throw new Error(`${moduleUrl} exports no ${exportName}`);
  return job(spec, { ...io, files: countedFiles(io.files, plan) });
}

export function countingIo(io: Io, plan: KillPlan): Io {
  const { threads } = io;
  return {
    ...io,
    files: countedFiles(io.files, plan),
    threads: {
      count: threads.count,
      run: (moduleUrl, exportName, spec) =>
        threads.run(import.meta.url, "runCounted", { moduleUrl, exportName, spec, plan }),
      close: () => threads.close(),
    },
  };
}
