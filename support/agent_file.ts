/**
 * The agents' files in which a workspace token can stand literally, by name: the settings say
 * where they are, the rotator what stands where in them.
 *
 * @module
 */

/** Name of one of the files; an agent can have two. */
export type AgentFileName =
  | "claude" // settings.json
  | "codex" // .env
  | "gemini" // .env
  | "opencode-auth" // auth.json
  | "opencode" // opencode.json
  | "hermes" // config.yaml
  | "pi"; // models.json

/** Where one of the files is, or would be. */
export interface AgentFile {
  /** Its name. */
  readonly target: AgentFileName;
  /** Absolute. */
  readonly path: string;
}
