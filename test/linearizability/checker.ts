/**
 * Is a concurrent history linearizable? Wing and Gong's search with Lowe's memoisation, as in Porcupine.
 *
 * A history is a set of operations with the times of their call and return. It is linearizable when each can be given one moment between
 * the two such that the operations in the order of these moments are a history of the sequential model. An operation whose outcome is unknown
 * has no return: it may take effect at any moment after its call, or never. Histories of different keys are independent of each
 * other, so each key is checked alone. A set of operations done with the state they lead to is tried once.
 */
export interface Operation<Input, Output> {
  input: Input;
  /** undefined: nobody knows what it did. */
  output: Output | undefined;
  called: number;
  /** undefined when the output is. */
  returned: number | undefined;
}

/** A sequential object. States are strings, so that equal ones are recognised. */
export interface Model<Input, Output> {
  initial: string;
  /** The state after the operation; undefined when that output cannot come in this state. Any output is right if it is undefined. */
  step(state: string, input: Input, output: Output | undefined): string | undefined;
}

/** A call or a return in the doubly linked list of those that are not yet part of the order. */
interface Entry {
  operation: number;
  /** The operation's return, of a call that has one. */
  match: Entry | undefined;
  isCall: boolean;
  previous: Entry | undefined;
  next: Entry | undefined;
}

function entriesOf<Input, Output>(history: readonly Operation<Input, Output>[]): Entry {
  const timed: { time: number; entry: Entry }[] = [];
  for (const [operation, { called, returned }] of history.entries()) {
    const entry = (isCall: boolean, match?: Entry): Entry => ({
      operation,
      match,
      isCall,
      previous: undefined,
      next: undefined,
    });
    const end = returned === undefined ? undefined : entry(false);
    timed.push({ time: called, entry: entry(true, end) });
    if (returned !== undefined && end !== undefined) timed.push({ time: returned, entry: end });
  }
  // At equal times calls come first: what touches may overlap.
  timed.sort((a, b) => a.time - b.time || Number(b.entry.isCall) - Number(a.entry.isCall));
  const head: Entry = { operation: -1, match: undefined, isCall: false, previous: undefined, next: undefined };
  let last = head;
  for (const { entry } of timed) {
    last.next = entry;
    entry.previous = last;
    last = entry;
  }
  return head;
}

function unlink(entry: Entry): void {
  if (entry.previous !== undefined) entry.previous.next = entry.next;
  if (entry.next !== undefined) entry.next.previous = entry.previous;
}

function relink(entry: Entry): void {
  if (entry.previous !== undefined) entry.previous.next = entry;
  if (entry.next !== undefined) entry.next.previous = entry;
}

export function isLinearizable<Input, Output>(
  model: Model<Input, Output>,
  history: readonly Operation<Input, Output>[],
): boolean {
  const head = entriesOf(history);
  const tried = new Set<string>();
  const chosen: { call: Entry; state: string; done: bigint }[] = [];
  let unreturned = history.filter(({ returned }) => returned !== undefined).length;
  let state = model.initial;
  let done = 0n;
  let entry = head.next;
  while (unreturned > 0) {
    // With operations left that returned, the walk meets a return before the end of the list.
    if (entry?.isCall === true) {
      const { input, output } = history[entry.operation] as Operation<Input, Output>;
      const after = model.step(state, input, output);
      const withIt = done | (1n << BigInt(entry.operation));
      const name = `${withIt.toString(36)} ${String(after)}`;
      if (after === undefined || tried.has(name)) {
        entry = entry.next;
        continue;
      }
      tried.add(name);
      chosen.push({ call: entry, state, done });
      [state, done] = [after, withIt];
      unlink(entry);
      if (entry.match !== undefined) {
        unlink(entry.match);
        unreturned--;
      }
      entry = head.next;
    } else {
      // An operation returned that no order so far contains: the last choice was wrong.
      const last = chosen.pop();
      if (last === undefined) return false;
      ({ state, done } = last);
      if (last.call.match !== undefined) {
        relink(last.call.match);
        unreturned++;
      }
      relink(last.call);
      entry = last.call.next;
    }
  }
  return true;
}
