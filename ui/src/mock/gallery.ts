// Every screen of every window on one page, for whoever works on them: `npm run mock`. Not part of any build.
import { deskMainScreens } from "./desk-views";
import { technicianDeskScreens } from "./technician-desk-views";
import { mainScreens, panelScreens, viewerScreens } from "./views";

/** A window with the size that it opens with, or is worked in. */
interface Shown {
  page: string;
  width: number;
  height: number;
  names: string[];
}

const byTechnician = (name: string): boolean => "technician" in (mainScreens[name as keyof typeof mainScreens] ?? {});
const names = Object.keys(mainScreens);
const windows: Record<string, Shown> = {
  "Customer": { page: "index.html", width: 480, height: 640, names: names.filter((name) => !byTechnician(name)) },
  "Panel": { page: "panel.html", width: 320, height: 540, names: Object.keys(panelScreens) },
  "Desk": { page: "index.html", width: 480, height: 640, names: Object.keys(deskMainScreens) },
  "Technician": { page: "index.html", width: 1100, height: 700, names: names.filter(byTechnician) },
  "Viewer": { page: "viewer.html", width: 1100, height: 640, names: Object.keys(viewerScreens) },
  "Technician's desk": { page: "index.html", width: 1100, height: 700, names: Object.keys(technicianDeskScreens) },
};

const asked = new URLSearchParams(location.search);
const language = asked.get("lang") === "english" ? "english" : "german";
// What a page looks like when it is zoomed: the same window with that much less room.
const zoom = Number(asked.get("zoom") ?? 1) || 1;

function add<Tag extends keyof HTMLElementTagNameMap>(to: HTMLElement, tag: Tag, text = ""): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  made.textContent = text;
  to.append(made);
  return made;
}

document.body.style.font = "16px system-ui, sans-serif";
const ways = add(document.body, "p");
for (const [title, query] of [["Deutsch", "?lang=german"], ["English", "?lang=english"], ["Deutsch, 200 %", "?lang=german&zoom=2"], ["English, 200 %", "?lang=english&zoom=2"]]) {
  const way = add(ways, "a", title);
  way.href = query ?? "";
  way.style.marginRight = "16px";
}
for (const [title, { page, width, height, names }] of Object.entries(windows)) {
  add(document.body, "h2", title);
  const row = add(document.body, "div");
  row.style.cssText = "display: flex; flex-wrap: wrap; gap: 16px";
  for (const name of names) {
    const figure = add(row, "figure");
    figure.style.margin = "0";
    const address = `/${page}?mock=${name}&lang=${language}`;
    const link = add(add(figure, "figcaption"), "a", name);
    link.href = address;
    const frame = add(figure, "iframe");
    frame.title = name;
    frame.loading = "lazy";
    frame.src = address;
    frame.style.cssText = `width: ${String(width / zoom)}px; height: ${String(height / zoom)}px; border: 1px solid gray; zoom: ${String(zoom)}`;
  }
}
