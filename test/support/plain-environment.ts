/**
 * The environment of the node processes that tests start: without the loader that the test runner puts into NODE_OPTIONS, which each of their
 * threads would load too.
 */
export const plainEnvironment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== "NODE_OPTIONS"),
);
