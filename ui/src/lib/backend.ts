// The only way to the shell: what the pages ask for and what they are told. Nothing else imports Tauri.
import {
  commands as realCommands,
  DESK_FILE_BYTES,
  events,
  type CommandError,
  type CursorMoved,
  type CursorShape,
  type FilesFallen,
  type MainView,
  type Mark,
  type PanelView,
  type ViewerView,
} from "./bindings";
import { trouble } from "./trouble.svelte";

/** The largest file that is read for the desk. */
export const deskFileBytes: number = DESK_FILE_BYTES;

/** What the shell tells a page. */
export interface Told {
  mainView: MainView;
  panelView: PanelView;
  viewerView: ViewerView;
  mark: Mark;
  cursorMoved: CursorMoved;
  cursorShape: CursorShape;
  filesFallen: FilesFallen;
}

/** Every command. */
export type Commands = typeof realCommands;

/** Something that behaves like the shell. */
export interface Backend {
  commands: Commands;
  listen<K extends keyof Told>(what: K, handler: (told: Told[K]) => void): Promise<() => void>;
}

const listeners: { [K in keyof Told]: (handler: (told: Told[K]) => void) => Promise<() => void> } = {
  mainView: (handler) => events.mainView.listen(({ payload }) => { handler(payload); }),
  panelView: (handler) => events.panelView.listen(({ payload }) => { handler(payload); }),
  viewerView: (handler) => events.viewerView.listen(({ payload }) => { handler(payload); }),
  mark: (handler) => events.mark.listen(({ payload }) => { handler(payload); }),
  cursorMoved: (handler) => events.cursorMoved.listen(({ payload }) => { handler(payload); }),
  cursorShape: (handler) => events.cursorShape.listen(({ payload }) => { handler(payload); }),
  filesFallen: (handler) => events.filesFallen.listen(({ payload }) => { handler(payload); }),
};

const tauri: Backend = {
  commands: realCommands,
  listen: (what, handler) => listeners[what](handler),
};

let active: Backend = tauri;
let connected: Promise<Backend> | undefined;

/** Uses the mock if a dev build was asked for one by `?mock=`. */
export function connect(): Promise<Backend> {
  connected ??= choose();
  return connected;
}

async function choose(): Promise<Backend> {
  if (import.meta.env.DEV && new URLSearchParams(location.search).has("mock")) {
    active = (await import("../mock/mock")).mockBackend();
  }
  return active;
}

/** Uses `backend` instead: for tests. */
export function pretend(backend: Backend): void {
  active = backend;
  connected = Promise.resolve(backend);
}

/** The commands, for questions that have an answer; requests go through {@link request}. */
export function commands(): Commands {
  return active.commands;
}

type Outcome = { status: "ok"; data: null } | { status: "error"; error: CommandError };

/** Sends a request. Whether anything comes of it shows in the next model; a refusal shows as trouble. */
export async function request(send: (commands: Commands) => Promise<Outcome>): Promise<boolean> {
  try {
    const outcome = await send(active.commands);
    trouble.last = outcome.status === "error" ? outcome.error : null;
    return outcome.status === "ok";
  } catch (error) {
    trouble.last = { code: "internal", message: String(error) };
    return false;
  }
}
