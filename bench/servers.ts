/**
 * The servers of the benchmark: nginx as the workspace, nginx as a plain reverse proxy, and
 * Keyturn as a user starts it.
 *
 * @module
 */

/** Something that runs until it is stopped. */
export interface Server extends AsyncDisposable {
  readonly origin: string;
  /** Resident memory of the serving process, MB. */
  residentMb(): Promise<number>;
}

/** Ports of the two nginx servers. */
export interface NginxPorts {
  readonly upstream: number;
  readonly proxy: number;
}

const CHAT_ANSWER = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  model: "databricks-claude-sonnet-4-5",
  choices: [{ index: 0, message: { role: "assistant", content: "x".repeat(700) } }],
});

/** Starts nginx with one worker as upstream and, on another port, as a reverse proxy to it. */
export async function startNginx(folder: string, ports: NginxPorts): Promise<AsyncDisposable> {
  const conf = `${folder}/nginx.conf`;
  await Deno.writeTextFile(
    conf,
    `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log; worker_processes 1;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 10000000;
  client_max_body_size 40m; client_body_buffer_size 1m; client_body_temp_path ${folder}/body;
  upstream workspace { server 127.0.0.1:${ports.upstream}; keepalive 64;
    keepalive_requests 10000000; }
  server { listen 127.0.0.1:${ports.upstream};
    location / { default_type application/json; return 200 '${CHAT_ANSWER}'; } }
  server { listen 127.0.0.1:${ports.proxy};
    location / { proxy_pass http://workspace; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Authorization "Bearer dapi0";
      proxy_buffering off; } }
}
`,
  );
  const nginx = new Deno.Command("nginx", { args: ["-c", conf], stderr: "null" }).spawn();
  await untilAnswers(
    `http://127.0.0.1:${ports.proxy}/`,
    "are nginx and wrk installed (Debian: nginx, wrk)?",
  );
  return {
    [Symbol.asyncDispose]: async () => {
      nginx.kill("SIGQUIT");
      await nginx.status;
    },
  };
}

/** How to start Keyturn. */
export interface KeyturnOptions {
  /** Origin of the workspace. */
  readonly upstream: string;
  readonly port: number;
  readonly workers: number;
  /**
   * What its profile holds at first.
   * @default {"dapi0"}
   */
  readonly token?: string;
  /** Further variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Told each line of its log, which is thrown away if left out. */
  readonly onLogLine?: (line: string) => void;
}

/** Keyturn, and the keys to use it with. */
export interface KeyturnServer extends Server {
  /** Local key of an agent. */
  readonly key: string;
  readonly operatorKey: string;
}

/** Starts `deno task serve` in front of the upstream, with a profile of its own. */
export async function startKeyturn(
  folder: string,
  options: KeyturnOptions,
): Promise<KeyturnServer> {
  const { token = "dapi0", onLogLine } = options;
  const home = `${folder}/home`;
  await Deno.mkdir(home, { recursive: true });
  await Deno.writeTextFile(
    `${home}/.databrickscfg`,
    `[DEFAULT]\nhost = ${options.upstream}\ntoken = ${token}\n`,
  );
  const task = new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "serve"],
    cwd: new URL("..", import.meta.url),
    env: {
      KEYTURN_HOME: home,
      PROXY_PORT: String(options.port),
      PROXY_WORKERS: String(options.workers),
      ROTATION: "off",
      UPSTREAM_MODE: "serving-endpoints",
      ...options.env,
    },
    stdout: "null",
    stderr: onLogLine === undefined ? "null" : "piped",
  }).spawn();
  const reading = onLogLine === undefined ? null : readLines(task.stderr, onLogLine);
  const stop = async () => {
    task.kill("SIGTERM");
    await task.status;
    await reading;
  };
  const origin = `http://127.0.0.1:${options.port}`;
  await untilAnswers(`${origin}/health`, "`deno task serve` would say why").catch(async (error) => {
    await stop();
    throw error;
  });
  const keys = JSON.parse(await Deno.readTextFile(`${home}/.config/keyturn/keys.json`));
  const pid = await childOf(task.pid);
  return {
    origin,
    key: keys.agents.pi,
    operatorKey: keys.operator,
    residentMb: () => residentMb(pid),
    [Symbol.asyncDispose]: stop,
  };
}

/** Tells each line of `stream`, until it ends. */
export async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
}

/** The process that the task runner started. */
async function childOf(pid: number): Promise<number> {
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  const child = Number(children.trim().split(" ").at(-1));
  return child > 0 ? child : pid;
}

async function residentMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
}

async function untilAnswers(url: string, hint: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      await (await fetch(url)).body?.cancel();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nothing answers at ${url}; ${hint}`);
}
