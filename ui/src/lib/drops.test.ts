// A page that is replaced by a file is gone, with what was typed in it.
import { beforeAll, expect, it } from "vitest";
import { refuseDrops } from "./drops";

beforeAll(refuseDrops);

function fall(what: string, types: string[]): { prevented: boolean; effect: string } {
  const dataTransfer = { types, dropEffect: "copy" };
  const event = Object.assign(new Event(what, { bubbles: true, cancelable: true }), { dataTransfer });
  document.body.dispatchEvent(event);
  return { prevented: event.defaultPrevented, effect: dataTransfer.dropEffect };
}

it.each(["dragenter", "dragover", "drop"])("refuses files and addresses: %s", (what) => {
  expect(fall(what, ["Files"])).toEqual({ prevented: true, effect: "none" });
  expect(fall(what, ["text/uri-list", "text/plain"])).toEqual({ prevented: true, effect: "none" });
  expect(fall(what, ["text/plain"])).toEqual({ prevented: false, effect: "copy" });
});

it("leaves alone what a part of the page takes", () => {
  const take = (event: Event): void => { event.preventDefault(); };
  document.body.addEventListener("drop", take);
  expect(fall("drop", ["Files"])).toEqual({ prevented: true, effect: "copy" });
  document.body.removeEventListener("drop", take);
});
