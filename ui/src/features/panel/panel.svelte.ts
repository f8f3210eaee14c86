// What the panel says aloud, and in which order it shows things. No markup.
import type { Mark, PanelPermission, PanelScreen, Permission, Setting } from "$lib/bindings";
import { isWindow, shownName } from "$sources/sources";
import type { Texts } from "$text";

/** A running session on the panel. */
export type Running = Extract<PanelScreen, { kind: "running" }>;

/** What is to be said politely when the model changes from `before` to `after`. */
export function announcement(before: Running | null, after: Running, t: Texts): string {
  const said: string[] = [];
  for (const { permission, setting } of after.permissions) {
    const old = settingOf(before, permission);
    if (old !== undefined && old !== setting) said.push(t.panel.announce[setting](t.permission[permission]));
  }
  if (after.asksToGoOnSeconds !== null && (before?.asksToGoOnSeconds ?? null) === null) said.push(t.panel.goOn.announce);
  if (before && before.shown?.id !== after.shown?.id) {
    said.push(`${t.panel.shown} ${shownName(after.shown, after.sources, t)}.`);
  }
  const { question, wish } = after;
  if (wish && wish.id !== before?.wish?.id) {
    said.push(t.panel.announce.question(after.who.name, t.panel.wish(shownName(wish.source, after.sources, t))));
  }
  if (question && question.id !== before?.question?.id) {
    said.push(t.panel.announce.question(after.who.name, t.panel.ask[question.permission]));
  }
  return said.join(" ");
}

function settingOf(running: Running | null, permission: Permission): Setting | undefined {
  return running?.permissions.find((row) => row.permission === permission)?.setting;
}

/** The headline: who, and how much they can do. */
export function headline({ who, permissions, shown }: Running, t: Texts): string {
  const on = (permission: Permission): boolean =>
    permissions.some((row) => row.permission === permission && row.setting === "on");
  if (!on("seeScreen")) return t.panel.seesNothing(who.name);
  if (shown && isWindow(shown)) return on("control") ? t.panel.controlsWindow(who.name) : t.panel.seesWindow(who.name);
  return on("control") ? t.panel.controls(who.name) : t.panel.sees(who.name);
}

/** What the technician does at the moment, in words. */
export function activityText({ activity, permissions, paused }: Running, t: Texts): string {
  if (paused) return t.panel.nothing;
  if (activity.length > 0) return activity.map((one) => t.panel.activity[one]).join(", ");
  const sees = permissions.some((row) => row.permission === "seeScreen" && row.setting === "on");
  return sees ? t.panel.watches : t.panel.nothing;
}

/** First what this version can do, then the rest. */
export function split(permissions: PanelPermission[]): { offered: PanelPermission[]; rest: PanelPermission[] } {
  return {
    offered: permissions.filter(({ offered }) => offered),
    rest: permissions.filter(({ offered }) => !offered),
  };
}

/** A colour of the mark as CSS. */
export function colour(value: number): string {
  return `#${(value & 0xffffff).toString(16).padStart(6, "0")}`;
}

/** Paints the mark and calls back once it has been on the page for a frame. */
export function paintMark(left: HTMLElement, right: HTMLElement, mark: Mark, painted: (serial: number) => void): void {
  left.style.backgroundColor = colour(mark.left);
  right.style.backgroundColor = colour(mark.right);
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      painted(mark.serial);
    });
  });
}
