/** What an operator should see of a running store, a line an event on standard error. */
import type { StoreEvents } from "../engine/events.js";
import type { Store } from "../engine/store.js";

function say(message: string): void {
  process.stderr.write(`varve: ${message}\n`);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type Lines = { [Name in keyof StoreEvents]?: (event: StoreEvents[Name]) => string };

const lines: Lines = {
  "direct-io-refused": ({ path }) => `the file system of ${path} refuses O_DIRECT; going on buffered, with fsync`,
  "zone-failed": (event) => `zone ${event.path} failed: ${event.reason}; going on without it`,
  "zone-healing": ({ path }) => `zone ${path} is being rebuilt`,
  "zone-healed": (event) =>
    `zone ${event.path} is whole again (${event.copiedFiles} files, ${event.copiedBytes} bytes copied)`,
  "block-healed": (event) => `a bad copy in ${event.path} at ${event.offset} was rewritten from another zone`,
  "log-frame-healed": (event) => `a bad log frame in ${event.path} at ${event.offset} was rewritten from another zone`,
  "checksum-failed": (event) => `the ${event.lengthBytes} bytes at ${event.offset} of ${event.path} fail their check`,
  "read-failed": ({ path, error }) => `${path} cannot be read, another zone is asked: ${reason(error)}`,
  "file-damaged": ({ path }) => `${path} is missing or cut, and will be copied from another zone`,
  "file-healed": ({ path, bytes }) => `${path} was made again from the other zones (${bytes} bytes)`,
  "slow-io": ({ path, call, durationMs }) => `a ${call} of ${path} took ${Math.round(durationMs)} ms`,
  "copy-late": ({ path }) => `the other zones went on before ${path} was written; it will be copied from them`,
  "no-space": ({ path, error }) => `no room for ${path}, trying on: ${reason(error)}`,
  stall: ({ reason: cause, durationMs, refusedWrites = 0 }) =>
    `writes were held back for ${Math.round(durationMs)} ms (${cause}), ${refusedWrites} were refused`,
  "range-lost": ({ message, keys }) => `data is lost, keys ${keys}: ${message}`,
  "job-failed": ({ job, error }) => `a ${job} failed and will be tried again: ${reason(error)}`,
  failed: ({ error }) => `no more writes are taken: ${reason(error)}`,
};

export function reportEvents(store: Store): void {
  for (const name of Object.keys(lines) as (keyof Lines)[]) {
    const line = lines[name] as (event: unknown) => string;
    store.on(name, (event) => {
      say(line(event));
    });
  }
}
