// Finds how much of something fits, where only trying can tell: the bytes of a JSON body depend on what has to be escaped in it.

/**
 * What `make` gives for the greatest room from 0 to `most` that it gives anything for; `undefined` when there is none. More room
 * must never make it fit better.
 */
export function largestThatFits<Made>(
  most: number,
  make: (room: number) => Made | undefined,
): Made | undefined {
  const whole = make(most);
  if (whole !== undefined || most <= 0) return whole;
  let best = make(0);
  if (best === undefined) return undefined;
  for (let fits = 0, fails = most; fails - fits > 1; ) {
    const room = Math.floor((fits + fails) / 2);
    const made = make(room);
    if (made === undefined) fails = room;
    else [fits, best] = [room, made];
  }
  return best;
}
