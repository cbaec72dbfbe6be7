/**
 * How much of the proxy its callers may take up, as one value.
 *
 * @module
 */

/** Bounds of one proxy isolate. */
export interface ProxyLimits {
  /** Connections that are open at the same time. */
  readonly maxConnections: number;
  /** Of those, the ones that one local key came on. */
  readonly maxConnectionsPerKey: number;
  /** Requests on their way to the workspace and back, those that wait for a credential included. */
  readonly maxStreams: number;
  /** Bytes of a request line and its headers together. */
  readonly maxHeaderBytes: number;
  /** Bytes of one event of a stream that is read. */
  readonly maxEventBytes: number;
  /** Bytes of all request bodies that are held; one key may take half of it. */
  readonly bodyMemoryBytes: number;
  /** Within this a new connection has to bring a request with a key. */
  readonly headerTimeoutMs: number;
  /** Within this a request's body has to be there. */
  readonly bodyTimeoutMs: number;
}
