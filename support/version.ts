/** The version that the user agent, `--version` and status show. */
export const VERSION = "0.1.0";

/** The version of Deno that everything is tested with. */
export const DENO_VERSION = "2.9.6";
