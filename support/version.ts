/** The version that the user agent, `--version` and status show. */
export const VERSION = "0.1.0";
