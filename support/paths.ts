/**
 * Paths of the project's own files.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The path of a `file:` URL, without a final slash. */
export function fromFileUrl(url: URL): string {
  const path = fileURLToPath(url);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
