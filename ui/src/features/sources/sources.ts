// What can be shown, in words. No markup.
import type { ShareSource } from "$lib/bindings";
import type { Texts } from "$text";

/** Whether it is one window alone. */
export function isWindow({ kind }: ShareSource): boolean {
  return kind === "window" || kind === "dialog" || kind === "hiddenWindow";
}

/** What a screen is called among others: by its number, as the technician hears it. */
export function screenName(source: ShareSource, screens: ShareSource[], { sources: t }: Texts): string {
  if (source.kind === "wholeDesktop") return t.all;
  if (screens.length === 1) return t.onlyOne;
  return source.kind === "primaryMonitor" ? t.mainMonitor(source.number) : t.monitor(source.number);
}

/** What stands above a window. */
export function windowName(source: ShareSource, { sources: t }: Texts): string {
  return source.name === "" ? t.untitled : source.name;
}

/** What is to be said of a window behind its program's name. */
export function windowKind({ kind }: ShareSource, { sources: t }: Texts): string {
  return kind === "dialog" || kind === "hiddenWindow" ? ` · ${t.windowKind[kind]}` : "";
}

/** What is shown, in a few words. */
export function shownName(source: ShareSource | null, sources: ShareSource[], texts: Texts): string {
  if (source === null) return texts.sources.nothing;
  if (isWindow(source)) return texts.sources.onlyWindow(windowName(source, texts));
  const screens = sources.filter((one) => !isWindow(one));
  return screenName(source, screens.length === 0 ? [source] : screens, texts);
}
