/**
 * A wire between a service and its workspace that can be cut without a word, as it is for a
 * machine that has slept: bytes go in, and nothing ever comes back.
 *
 * @module
 */

/** A wire that listens. */
export class Relay implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #wires = new Set<Wire>();
  readonly #running: Promise<void>;

  /** Leads to `port` on loopback. */
  constructor(port: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#running = this.#accept(port);
  }

  /** `http://…` without a path. */
  get origin(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** The connections of this moment are dead from now on; new ones are not. */
  lose(): void {
    for (const wire of this.#wires) wire.lose();
  }

  /** Ends all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const wire of this.#wires) wire.close();
    await this.#running;
  }

  async #accept(port: number): Promise<void> {
    const work: Promise<void>[] = [];
    for await (const near of this.#listener) {
      work.push(this.#lead(near, port));
    }
    await Promise.all(work);
  }

  async #lead(near: Deno.TcpConn, port: number): Promise<void> {
    try {
      const wire = new Wire(near, await Deno.connect({ hostname: "127.0.0.1", port }));
      this.#wires.add(wire);
      await wire.run();
      this.#wires.delete(wire);
    } catch {
      near.close();
    }
  }
}

class Wire {
  readonly #near: Deno.TcpConn;
  readonly #far: Deno.TcpConn;
  #isLost = false;

  constructor(near: Deno.TcpConn, far: Deno.TcpConn) {
    this.#near = near;
    this.#far = far;
  }

  lose(): void {
    this.#isLost = true;
    close(this.#far);
  }

  close(): void {
    close(this.#near);
    close(this.#far);
  }

  async run(): Promise<void> {
    const there = this.#carry(this.#near, this.#far);
    const back = this.#carry(this.#far, this.#near);
    await Promise.all([there, back]);
    this.close();
  }

  async #carry(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(16_384);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        if (this.#isLost) continue;
        for (let sent = 0; sent < count;) sent += await to.write(buffer.subarray(sent, count));
      }
    } catch {
      // One of the ends is gone.
    }
    if (!this.#isLost) this.close();
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is already.
  }
}
