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
  await untilAnswers(`http://127.0.0.1:${ports.proxy}/`);
  return {
    [Symbol.asyncDispose]: async () => {
      nginx.kill("SIGQUIT");
      await nginx.status;
    },
  };
}

/** Starts \`deno task serve\` in front of the upstream, with a profile of its own. */
export async function startKeyturn(
  folder: string,
  options: { upstream: string; port: number; workers: number },
): Promise<Server & { readonly key: string }> {
  const home = `${folder}/home`;
  await Deno.mkdir(home, { recursive: true });
  await Deno.writeTextFile(
    `${home}/.databrickscfg`,
    `[DEFAULT]\nhost = ${options.upstream}\ntoken = dapi0\n`,
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
    },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const origin = `http://127.0.0.1:${options.port}`;
  await untilAnswers(`${origin}/health`);
  const keys = JSON.parse(await Deno.readTextFile(`${home}/.config/keyturn/keys.json`));
  const pid = await childOf(task.pid);
  return {
    origin,
    key: keys.agents.pi,
    residentMb: () => residentMb(pid),
    [Symbol.asyncDispose]: async () => {
      task.kill("SIGTERM");
      await task.status;
    },
  };
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

async function untilAnswers(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      await (await fetch(url)).body?.cancel();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nothing answers at ${url}; are nginx and wrk installed (Debian: nginx, wrk)?`);
}
