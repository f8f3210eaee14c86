// How each window begins: ask for its model, then follow it.
import { connect, type Commands, type Told } from "./backend";

/** The models that are whole windows. */
export type WindowView = "mainView" | "panelView" | "viewerView";

/**
 * Calls `show` with the first model and with each that follows.
 *
 * It listens before it asks, so that no change is lost in between; an answer that is older than what was told
 * meanwhile is dropped.
 */
export async function follow<K extends WindowView>(
  what: K,
  ask: (commands: Commands) => Promise<Told[K]>,
  show: (view: Told[K]) => void,
): Promise<void> {
  const backend = await connect();
  let told = false;
  await backend.listen(what, (view) => {
    told = true;
    show(view);
  });
  const first = await ask(backend.commands);
  if (!told) show(first);
}
