/**
 * A hunt over one target, guided by coverage: inputs that reach code which none reached before are kept and changed further.
 *
 * Inputs run in batches, since looking at the coverage costs tens of milliseconds. A batch that reached something new runs again by halves, to tell
 * which input it was; what depends on an earlier input of the batch may not be reached again, and is then not kept.
 */
import fc from "fast-check";
import { SeededRandom } from "../../src/io/simulated/index.js";
import { corpusOf } from "./corpus.js";
import { Coverage } from "./coverage.js";
import { applyMutations, drawMutations } from "./mutations.js";
import type { FuzzTarget } from "./target.js";

export interface HuntResult {
  executions: number;
  /** Inputs that together reach everything that was reached, in the order in which they were found. */
  kept: Uint8Array[];
  /** Characters of the covered modules' code that ran. */
  reached: number;
  failure?: { input: Uint8Array; error: unknown };
}

const longestInputBytes = 8192;
/** Beyond it an input counts as a hang. */
const longestRunMs = 20_000;

class Failed extends RangeError {
  constructor(
    readonly input: Uint8Array,
    override readonly cause: unknown,
  ) {
    super("the target failed");
  }
}

async function run(target: FuzzTarget, input: Uint8Array): Promise<void> {
  const beganMs = Date.now();
  try {
    await target.check(input);
  } catch (error) {
    throw new Failed(input, error);
  }
  const tookMs = Date.now() - beganMs;
  if (tookMs > longestRunMs) throw new Failed(input, new RangeError(`it took ${tookMs} ms`));
}

/** A target with its coverage, and the inputs that reached something new. */
class Search {
  readonly kept: Uint8Array[] = [];
  executions = 0;
  private readonly coverage: Coverage;
  /** So many inputs run between two looks at the coverage; set so that looking takes a small share of the time. */
  batchSize = 4;

  constructor(private readonly target: FuzzTarget) {
    this.coverage = new Coverage(target.covers);
  }

  /** Runs the inputs; keeps those that reach something that no kept one did. */
  async keepNew(inputs: readonly Uint8Array[]): Promise<void> {
    const before = this.coverage.snapshot();
    const beganMs = performance.now();
    for (const input of inputs) await run(this.target, input);
    const ranMs = performance.now();
    this.executions += inputs.length;
    const fresh = this.coverage.take();
    if (ranMs - beganMs < 4 * (performance.now() - ranMs) && this.batchSize < 4096) this.batchSize *= 2;
    if (fresh === 0) return;
    const [input] = inputs;
    if (inputs.length === 1 && input !== undefined) {
      this.kept.push(input);
      return;
    }
    // Which of them it was: by halves.
    this.coverage.restore(before);
    const half = inputs.length >> 1;
    await this.keepNew(inputs.slice(0, half));
    await this.keepNew(inputs.slice(half));
  }

  result(failure?: HuntResult["failure"]): HuntResult {
    const { kept, executions } = this;
    return { executions, kept, reached: this.coverage.reached(), ...(failure === undefined ? {} : { failure }) };
  }

  async close(): Promise<void> {
    await this.target.close?.();
  }
}

function draw(random: SeededRandom, kept: readonly Uint8Array[]): Uint8Array {
  const base = kept.length === 0 ? new Uint8Array(0) : random.pick(kept);
  const changed = applyMutations(base, drawMutations(random));
  if (!random.chance(0.1) || kept.length === 0) return changed.slice(0, longestInputBytes);
  // The beginning of one, the end of another.
  const other = random.pick(kept);
  const parts = [changed.subarray(0, random.below(changed.length + 1)), other.subarray(random.below(other.length + 1))];
  return new Uint8Array(Buffer.concat(parts)).slice(0, longestInputBytes);
}

/** Hunts for a time. The seed decides what is drawn; how far it gets, and so what is kept, the machine. A failing input is what is worth keeping. */
export async function hunt(target: FuzzTarget, seconds: number, seed: number): Promise<HuntResult> {
  const random = new SeededRandom(seed);
  const search = new Search(target);
  const endMs = performance.now() + seconds * 1000;
  try {
    await search.keepNew([
      ...corpusOf(target).map(({ bytes }) => bytes),
      ...fc.sample(target.valid, { numRuns: 50, seed }),
    ]);
    while (performance.now() < endMs) {
      await search.keepNew(Array.from({ length: search.batchSize }, () => draw(random, search.kept)));
    }
    return search.result();
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return search.result({ input: error.input, error: error.cause });
  } finally {
    await search.close();
  }
}

/** Of the inputs, in their order, those that reach something which no earlier one does. */
export async function reaching(target: FuzzTarget, inputs: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const search = new Search(target);
  try {
    for (const input of inputs) await search.keepNew([input]);
    return search.kept;
  } finally {
    await search.close();
  }
}
