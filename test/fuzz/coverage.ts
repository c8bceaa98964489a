/**
 * Which code of some modules ran: V8's precise block coverage of this process, through its own inspector.
 *
 * It begins when this module is loaded and never ends, since V8 counts blocks only in functions that it compiles while it counts: load it before the
 * modules that are to be covered. A block that did not run is a range of source with count 0. What ran since the last look is painted
 * into one byte for each character of a module, ranges from the outside in as V8 gives them; new is a character that never ran before. Code that
 * ran while modules were loaded does not count.
 */
import { Session, type Profiler } from "node:inspector";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

interface Module {
  ran: Uint8Array;
  /** Characters of it that ran, ever. */
  count: number;
}

export type CoverageSnapshot = ReadonlyMap<string, Module>;

const session = new Session();

/** The session is of this thread: its answer is there when `post` returns. */
function ask(method: string, parameters?: object): unknown {
  let answer: unknown;
  session.post(method, parameters, (error, result) => {
    if (error !== null) throw error;
    answer = result;
  });
  return answer;
}

/** What ran since the last call. */
function takeAll(): Profiler.ScriptCoverage[] {
  return (ask("Profiler.takePreciseCoverage") as { result: Profiler.ScriptCoverage[] }).result;
}

session.connect();
ask("Profiler.enable");
ask("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

export class Coverage {
  private readonly modules = new Map<string, Module>();

  /** `covers`: ends of the modules' paths. */
  constructor(private readonly covers: readonly string[]) {
    takeAll();
  }

  /** Characters that ran since the last call and never before. */
  take(): number {
    let fresh = 0;
    for (const script of takeAll()) {
      const module = this.moduleOf(script.url);
      if (module === undefined) continue;
      const before = module.count;
      paint(module, script.functions);
      fresh += module.count - before;
    }
    return fresh;
  }

  /** Characters that ran, ever. */
  reached(): number {
    return Array.from(this.modules.values(), ({ count }) => count).reduce((sum, count) => sum + count, 0);
  }

  /** What ran so far, for `restore`. */
  snapshot(): CoverageSnapshot {
    return new Map(Array.from(this.modules, ([url, { ran, count }]) => [url, { ran: ran.slice(), count }]));
  }

  /** Makes everything that ran since the snapshot new again. */
  restore(snapshot: CoverageSnapshot): void {
    this.modules.clear();
    for (const [url, { ran, count }] of snapshot) this.modules.set(url, { ran: ran.slice(), count });
  }

  private moduleOf(url: string): Module | undefined {
    if (!this.covers.some((end) => url.endsWith(`/src/${end}`))) return undefined;
    let module = this.modules.get(url);
    if (module === undefined) {
      module = { ran: new Uint8Array(readFileSync(fileURLToPath(url), "utf8").length), count: 0 };
      this.modules.set(url, module);
    }
    return module;
  }
}

function paint(module: Module, functions: readonly Profiler.FunctionCoverage[]): void {
  const runs = new Uint8Array(module.ran.length);
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) runs.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  for (let i = 0; i < runs.length; i++) {
    if (runs[i] === 0 || module.ran[i] === 1) continue;
    module.ran[i] = 1;
    module.count++;
  }
}
