// One connection to one origin at a time, and what it was made in. undici does not tell a request which connection
// it went out on, nor whether it was new; both decide whether a reset is worth a second try, and both are shown.

import { Client, type Dispatcher } from 'undici';
import type { Connect, Made } from './connector.ts';

/** How a connection came about. */
export interface Connection {
  /** `address:port` of the peer. */
  readonly peer: string;
  readonly connectMs: number;
  readonly tlsMs: number | undefined;
  readonly isHttp2: boolean;
}

/** What a request is told of its connection. */
export interface Passenger {
  line?: OriginClient;
}

interface Seat {
  current: Connection | undefined;
  /** Set only while undici starts the first request of a new connection, which it does in the same turn. */
  fresh: Connection | undefined;
}

export class OriginClient extends Client {
  readonly #seat: Seat;

  constructor(
    origin: string | URL,
    { connect, now, ...options }: Omit<Client.Options, 'connect'> & { connect: Connect; now: () => number },
  ) {
    const seat: Seat = { current: undefined, fresh: undefined };
    super(origin, { ...options, connect: noting(connect, now, seat) });
    this.#seat = seat;
  }

  /** The connection that a request that starts now is the first one of; absent on a kept one. */
  get fresh(): Connection | undefined {
    return this.#seat.fresh;
  }

  /** The connection that a request that starts now goes out on. */
  get current(): Connection | undefined {
    return this.#seat.current;
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler & Passenger,
  ): boolean {
    handler.line = this;
    return super.dispatch(options, handler);
  }
}

function noting(connect: Connect, now: () => number, seat: Seat): Connect {
  return (options, answer) => {
    const startedAt = now();
    const note = (made: Made) => {
      seat.current = connectionOf(made, startedAt);
      seat.fresh = seat.current;
    };
    const end: typeof answer = (...result) => {
      answer(...result);
      seat.fresh = undefined;
    };
    connect(options, end, note);
  };
}

function connectionOf({ socket, connectedAt, securedAt }: Made, startedAt: number): Connection {
  const { remoteAddress = '', remotePort } = socket;
  return {
    peer: `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`,
    connectMs: connectedAt - startedAt,
    tlsMs: securedAt === undefined ? undefined : securedAt - connectedAt,
    isHttp2: 'alpnProtocol' in socket && socket.alpnProtocol === 'h2',
  };
}
