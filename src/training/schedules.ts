/** Values that change over training, as pure functions of the timestep. */

/**
 * Straight from `start` to `end` over `duration` timesteps, `end` from then on.
 *
 * @param timestep steps taken so far, from 0
 */
export function linearSchedule(
  start: number,
  end: number,
  duration: number,
  timestep: number,
): number {
  if (timestep >= duration) return end
  return start + (end - start) * (timestep / duration)
}

/** How often `interval` timesteps were completed in going from one count of timesteps to another. */
export function completedIntervals(from: number, to: number, interval: number): number {
  return Math.floor(to / interval) - Math.floor(from / interval)
}
