// What the customer does at the desk, and what the shell is asked for.
import { flushSync } from "svelte";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { DeskScreen, MainView } from "$lib/bindings";
import { words } from "$text";
import { deskScreens } from "../mock/desk-views";
import { listenIn, named, prepareJsdom, show, type Asked } from "../mock/testing";
import { firstCompany } from "../mock/views";
import MainWindow from "./MainWindow.svelte";

let asked: Asked = [];
const view = (desk: DeskScreen): MainView => ({ language: "german", company: firstCompany, notice: null, screen: { kind: "desk", desk } });
const open = (desk: DeskScreen): (() => void) => show(MainWindow, { view: view(desk) });
const of = (command: string): unknown[][] => asked.filter(([name]) => name === command).map(([, ...rest]) => rest);
const field = (id: string): HTMLInputElement => {
  const found = document.getElementById(`field-${id}`);
  if (!(found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement)) throw new Error(`no field ${id}`);
  return found as HTMLInputElement;
};
const type = (id: string, text: string): void => {
  const input = field(id);
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
};
const settle = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0);
  flushSync();
};

beforeAll(prepareJsdom);
beforeEach(() => {
  vi.useFakeTimers();
  asked = listenIn();
  words.use("german");
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the form", () => {
  it("saves what is typed after a moment, once", async () => {
    open(deskScreens.deskIncident);
    type("description", "Der Drucker");
    type("description", "Der Drucker druckt nicht");
    expect(of("deskSave")).toEqual([]);
    await vi.advanceTimersByTimeAsync(400);
    expect(of("deskSave")).toEqual([[expect.objectContaining({ description: "Der Drucker druckt nicht" }), null]]);
  });

  it("sends the PIN apart from the draft, and only when it was typed", async () => {
    open(deskScreens.deskGeneral);
    expect(field("pin").type).toBe("password");
    type("pin", "4711 0815");
    await vi.advanceTimersByTimeAsync(400);
    type("contactPerson", "Erika");
    await vi.advanceTimersByTimeAsync(400);
    const [first, second] = of("deskSave");
    expect(first?.[1]).toBe("4711 0815");
    expect(second?.[1]).toBeNull();
    expect(JSON.stringify([first?.[0], second?.[0]])).not.toContain("4711");
  });

  it("says every duty in words and never by an asterisk", () => {
    open(deskScreens.deskWarranty);
    const labels = [...document.querySelectorAll("label:not(.choice), legend")].map((label) => label.textContent);
    expect(labels.length).toBeGreaterThan(4);
    for (const label of labels) expect(label).toMatch(/\((?:Pflicht|freiwillig)\)/u);
    expect(document.body.textContent).not.toContain("*");
  });

  it("says each error beside its field and leads there from the top", async () => {
    open(deskScreens.deskGeneralErrors);
    const email = field("email");
    expect(email.getAttribute("aria-invalid")).toBe("true");
    expect(document.getElementById("field-email-error")?.textContent).toContain("keine E-Mail-Adresse");
    expect(email.getAttribute("aria-describedby")).toContain("field-email-error");
    email.scrollIntoView = () => undefined;
    const link = [...document.querySelectorAll(".summary a")].find((one) => one.textContent.includes("E-Mail"));
    (link as HTMLAnchorElement).click();
    await settle();
    expect(document.activeElement).toBe(email);
  });

  it("says that no wanted address means no mailbox, beside the field and on the check page", () => {
    const away = open(deskScreens.deskNewEmployee);
    expect(document.getElementById("field-wantedEmail-note")?.textContent).toContain("kein Postfach");
    expect(document.getElementById("field-startDate-note")?.textContent).toContain("nicht zusichern");
    expect(document.querySelector("input[name=priority], input[type=file]")).toBeNull();
    away();
    open(deskScreens.deskCheckEmployee);
    expect(document.body.textContent).toContain("Es wird kein Postfach angelegt");
    expect(document.body.textContent).toContain("nicht zusichern");
  });

  it("shows every value before it is sent, but not the PIN", async () => {
    open(deskScreens.deskCheck);
    const { values } = deskScreens.deskCheck;
    for (const text of ["10234", "Erika Muster", "erika@krume.example", "+49 211 4711-23", "Hoch", "Störung"]) {
      expect(document.body.textContent).toContain(text);
    }
    expect(document.body.textContent).toContain(values.description);
    expect(document.body.textContent).toContain("wird nicht gezeigt");
    expect(document.querySelectorAll(".change button").length).toBe(deskScreens.deskCheck.general.length + deskScreens.deskCheck.request.length);
    named("Rückrufnummer ändern").click();
    await settle();
    expect(of("deskStep")[0]?.[0]).toBe("general");
    named("Anfrage absenden").click();
    await settle();
    expect(of("deskSubmit")).toHaveLength(1);
  });
});

describe("what was sent", () => {
  it("shows the receipt to be copied and says what to do without mail", () => {
    open(deskScreens.deskSentReceipt);
    expect(document.querySelector(".number")?.getAttribute("aria-label")).toBe("Eingangsnummer: 4 7 1 1, 0 8 1 5, 2 3 4 2");
    expect(document.body.textContent).toContain("Keine E-Mail nach 60 Minuten?");
    named("Kopieren");
  });

  it("waits visibly, and can be tried and taken back", async () => {
    open(deskScreens.deskOffline);
    expect(document.body.textContent).toContain("Wird gesendet, sobald");
    named("Jetzt versuchen").click();
    named("Zurückholen").click();
    await settle();
    expect(asked.map(([name]) => name)).toEqual(["deskRetry", "deskRecall"]);
  });

  it("asks for the PIN again and forgets it at once", async () => {
    open(deskScreens.deskNeedsPin);
    const pin = document.querySelector<HTMLInputElement>("input[type=password]");
    if (!pin) throw new Error("no field for the PIN");
    pin.value = "47110815";
    pin.dispatchEvent(new Event("input", { bubbles: true }));
    flushSync();
    document.querySelector("form")?.requestSubmit();
    await settle();
    expect(of("deskGivePin")).toEqual([[deskScreens.deskNeedsPin.item.id, "47110815"]]);
    expect(pin.value).toBe("");
  });
});

describe("my tickets", () => {
  it("are searched after a moment, and filtered at once", async () => {
    open(deskScreens.deskTickets);
    const search = document.querySelector<HTMLInputElement>("input[type=search]");
    if (!search) throw new Error("no search");
    search.value = "Drucker";
    search.dispatchEvent(new Event("input", { bubbles: true }));
    flushSync();
    await vi.advanceTimersByTimeAsync(500);
    expect(of("deskQuery")).toEqual([[expect.objectContaining({ words: "Drucker", filter: "open" })]]);
    const filter = document.querySelector("select");
    if (!filter) throw new Error("no filter");
    filter.value = "done";
    filter.dispatchEvent(new Event("change", { bubbles: true }));
    await settle();
    expect(of("deskQuery").at(-1)).toEqual([expect.objectContaining({ words: "Drucker", filter: "done" })]);
  });

  it("are not taken back by one click", async () => {
    open(deskScreens.deskTicket);
    named("Ticket zurückziehen").click();
    flushSync();
    expect(of("deskWithdraw")).toEqual([]);
    named("Wirklich zurückziehen").click();
    await settle();
    expect(of("deskWithdraw")).toHaveLength(1);
  });

  it("are raised only with a reason", async () => {
    open(deskScreens.deskTicket);
    named("Dringlichkeit erhöhen").click();
    flushSync();
    const form = document.querySelector<HTMLFormElement>("form.box");
    form?.requestSubmit();
    await settle();
    expect(of("deskRaise")).toEqual([]);
    const reason = document.querySelector<HTMLTextAreaElement>("#action-reason");
    if (!reason) throw new Error("no reason");
    reason.value = "Alle sind betroffen.";
    reason.dispatchEvent(new Event("input", { bubbles: true }));
    flushSync();
    form?.requestSubmit();
    await settle();
    expect(of("deskRaise")).toEqual([[2, "Alle sind betroffen."]]);
  });

  it("show what somebody wrote as plain text", () => {
    const text = "<img src=x onerror=alert(1)>";
    const page = deskScreens.deskTicket;
    if (page.kind !== "ticket" || !page.ticket) throw new Error("no ticket");
    const entry = { id: "9", at: "2026-11-21T09:12:00+01:00", by: { kind: "desk" as const }, what: { kind: "comment" as const, text }, attachments: [] };
    open({ ...page, ticket: { ...page.ticket, timeline: [entry] } });
    expect(document.querySelector(".text")?.textContent).toBe(text);
    expect(document.querySelector("ol img")).toBeNull();
  });

  it("say on a closed one that a message becomes a new ticket", () => {
    open(deskScreens.deskTicketClosed);
    expect(document.body.textContent).toContain("neues, verbundenes Ticket");
    named("Als neues Ticket senden");
  });
});

describe("an app that the company unlinked", () => {
  it("says so in words, and how to link it anew", async () => {
    open({ ...deskScreens.deskHomeEmpty, fault: "linkEnded" });
    const alert = document.querySelector("[role=alert], [aria-live=assertive]")?.textContent ?? "";
    expect(alert).toContain("Die Firma hat die Verknüpfung aufgehoben.");
    expect(alert).toContain("Mit Code verknüpfen");
    named("Mit Code verknüpfen").click();
    await settle();
    expect(of("deskGo")).toEqual([["link"]]);
  });
});
