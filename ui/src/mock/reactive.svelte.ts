// Props that a test changes while they are shown.

/** The same, and whatever shows it follows. */
export function reactive<T extends object>(props: T): T {
  const state = $state(props);
  return state;
}
