/** The real proxy isolate with the permissions that it says it needs, without a supervisor. */

import type { FromProxy, ProxyConfig, ToProxy } from "../../protocol.ts";
import { until } from "./until.ts";

/** A proxy isolate that the test speaks to. */
export interface ProxyWorker extends Disposable {
  /** All that it said, in order; an error of the isolate is a text. */
  readonly heard: (FromProxy | string)[];
  /** Says something. */
  say(message: ToProxy): void;
  /** Waits for a message of this type. */
  hears<Type extends FromProxy["type"]>(type: Type): Promise<Extract<FromProxy, { type: Type }>>;
}

/** Starts the isolate and tells it to start. */
export function startProxyWorker(config: ProxyConfig): ProxyWorker {
  const { socketPath, workspaceHost, profileFile, keysFile, hostname } = config;
  const socket = socketPath === null ? [] : [socketPath];
  const profile = profileFile === null ? [] : [profileFile];
  const worker = new Worker(new URL("../../proxy/worker.ts", import.meta.url), {
    type: "module",
    deno: {
      permissions: {
        net: [
          hostname,
          new URL(workspaceHost).host,
          ...socket.map((path) => `unix:${path}`),
        ],
        read: [...profile, keysFile, ...socket],
        write: socket,
        env: false,
        run: false,
        ffi: false,
        sys: false,
        import: false,
      },
    },
  });
  const heard: (FromProxy | string)[] = [];
  worker.onmessage = ({ data }: MessageEvent<FromProxy>) => heard.push(data);
  worker.onerror = (event) => {
    event.preventDefault();
    heard.push(event.message);
  };
  const say = (message: ToProxy) => worker.postMessage(message);
  say({ type: "start", config });
  return {
    heard,
    say,
    hears: <Type extends FromProxy["type"]>(type: Type) =>
      until(
        `the isolate says "${type}" and not ${JSON.stringify(heard)}`,
        () =>
          heard.find((message): message is Extract<FromProxy, { type: Type }> =>
            typeof message !== "string" && message.type === type
          ),
      ),
    [Symbol.dispose]: () => worker.terminate(),
  };
}
