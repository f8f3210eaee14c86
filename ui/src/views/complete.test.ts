// That nothing is left out: every kind of screen, row and line is among those that accessible.test.ts looks at, and every
// way to fail or to end has a screen with its own sentence. A new kind does not compile here until it is named.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type {
  DeskFault,
  DeskScreen,
  DropReason,
  EndReason,
  ErrorCode,
  Language,
  MainScreen,
  PanelScreen,
  PauseReason,
  PermissionState,
  ReceiptWhat,
  SentBy,
  SpecialFate,
  TechnicianDeskScreen,
  TicketState,
  TimelineWhat,
  ViewerScreen,
  WaitingState,
} from "$lib/bindings";
import { languages, words } from "$text";
import { deskMainScreens, deskScreens } from "../mock/desk-views";
import { technicianDeskScreens, technicianScreens } from "../mock/technician-desk-views";
import { listenIn, prepareJsdom, show } from "../mock/testing";
import { firstCompany, mainScreens, panelScreens, viewerScreens } from "../mock/views";
import MainWindow from "./MainWindow.svelte";
import PanelWindow from "./PanelWindow.svelte";
import ViewerWindow from "./ViewerWindow.svelte";

const main: MainScreen[] = Object.values({ ...mainScreens, ...deskMainScreens, ...technicianDeskScreens });
const desk: DeskScreen[] = Object.values(deskScreens);
const technicianDesk: TechnicianDeskScreen[] = Object.values(technicianScreens);
const panel: PanelScreen[] = Object.values(panelScreens);
const viewer: ViewerScreen[] = Object.values(viewerScreens);

const viewers = viewer.flatMap((screen) => (screen.kind === "running" ? [screen] : []));
const tickets = desk.flatMap((screen) => (screen.kind === "ticket" && screen.ticket ? [screen.ticket] : []));
const cases = technicianDesk.flatMap((screen) => (screen.kind === "case" && screen.details ? [screen.details] : []));
const lines = [...tickets.flatMap(({ timeline }) => timeline), ...cases.flatMap(({ timeline }) => timeline.map(({ entry }) => entry))];
const receipts = main.flatMap((screen) => (screen.kind === "receipt" || screen.kind === "ended" ? (screen.receipt ?? []) : []));

/** That each of `named` is among `shown`. */
function each<Kind extends string>(named: Record<Kind, true>, shown: readonly Kind[]): void {
  expect([...new Set<string>(shown)].sort()).toEqual(Object.keys(named).sort());
}

const kinds = <Kind extends string>(things: readonly { kind: Kind }[]): Kind[] => things.map(({ kind }) => kind);

describe("there is an example of every", () => {
  it("screen of the main window", () => {
    const named = {
      ...({ start: true, scam: true, enterDomain: true, confirmDomain: true, choose: true, enterNumber: true } as const),
      ...({ showNumber: true, connecting: true, whoIsIt: true, inSession: true, ended: true, failed: true } as const),
      ...({ receipts: true, receipt: true, desk: true, settings: true, signIn: true, technicianHome: true } as const),
      ...({ technicianNumber: true, typeNumber: true, technicianConnecting: true, waitingForYes: true } as const),
      ...({ technicianInSession: true, technicianEnded: true, technicianDesk: true, technicianFailed: true } as const),
    };
    each<MainScreen["kind"]>(named, kinds(main));
  });

  it("screen of the customer's desk", () => {
    each<DeskScreen["kind"]>(
      { home: true, form: true, picture: true, sending: true, sent: true, link: true, tickets: true, ticket: true },
      kinds(desk),
    );
  });

  it("screen of the technician's desk", () => {
    each<TechnicianDeskScreen["kind"]>({ queue: true, case: true, phone: true, customers: true }, kinds(technicianDesk));
  });

  it("screen of the panel and of the viewer", () => {
    each<PanelScreen["kind"]>({ idle: true, running: true, ended: true }, kinds(panel));
    each<ViewerScreen["kind"]>({ idle: true, running: true, ended: true }, kinds(viewer));
  });

  it("state of a permission that the technician sees", () => {
    each<PermissionState["kind"]>(
      { notOffered: true, allowed: true, notAllowed: true, off: true, pending: true, refused: true },
      viewers.flatMap(({ permissions }) => permissions.map(({ state }) => state.kind)),
    );
  });

  it("fate of a special key", () => {
    each<SpecialFate["kind"]>(
      { sent: true, delivered: true, dropped: true, noAnswer: true },
      viewers.flatMap(({ special }) => (special ? [special.fate.kind] : [])),
    );
  });

  it("way in which a request waits or was sent", () => {
    each<WaitingState["kind"]>(
      { sending: true, waits: true, needsPin: true, needsLink: true, alreadySent: true },
      desk.flatMap((screen) => (screen.kind === "sending" ? [screen.item.state.kind] : [])),
    );
    each<SentBy["kind"]>(
      { receipt: true, ticket: true },
      desk.flatMap((screen) => (screen.kind === "sent" ? [screen.item.by.kind] : [])),
    );
  });

  it("line of a ticket and state of one", () => {
    const named = {
      ...({ created: true, comment: true, note: true, state: true, severity: true, assigned: true } as const),
      ...({ linked: true, unlinked: true, session: true, visibility: true, mailFailed: true, time: true, released: true } as const),
    };
    each<TimelineWhat["kind"]>(named, kinds(lines.map(({ what }) => what)));
    const listed = desk.flatMap((screen) => (screen.kind === "tickets" ? screen.tickets.map(({ state }) => state) : []));
    const states = {
      ...({ new: true, open: true, waitingCustomer: true, waitingVendor: true, scheduled: true } as const),
      ...({ resolved: true, closed: true, withdrawn: true, merged: true } as const),
    };
    each<TicketState>(states, listed);
  });

  it("line of a receipt", () => {
    const named = {
      ...({ asked: true, allowed: true, refused: true, noAnswer: true, takenBack: true, ranOut: true } as const),
      ...({ endedWithLine: true, lineBroke: true, lineBack: true, prolonged: true, used: true, paused: true, wentOn: true } as const),
      ...({ shown: true, askedToShow: true, notShown: true, sourceGone: true, otherSource: true } as const),
    };
    each<ReceiptWhat["kind"]>(named, kinds(receipts.flatMap(({ events }) => events.map(({ what }) => what))));
  });
});

beforeAll(prepareJsdom);

const both: Language[] = ["german", "english"];
const said = (): string => document.body.textContent.replace(/\s+/gu, " ");

describe.each(both)("in %s each has its sentence:", (language) => {
  const t = languages[language];
  const mainView = (screen: MainScreen): (() => void) => show(MainWindow, { view: { language, company: firstCompany, notice: null, screen } });

  beforeEach(() => {
    listenIn();
    words.use(language);
  });

  it.each(Object.keys(t.error) as ErrorCode[])("the error %s", (error) => {
    mainView({ kind: "failed", error, again: "same" });
    expect(document.querySelector("h1")?.textContent).toBe(t.error[error].what);
    expect(said()).toContain(t.error[error].todo);
    mainView({ ...mainScreens.technicianFailed, error });
    const forTechnician = t.technician.error[error] ?? t.error[error];
    expect(document.querySelector("h1")?.textContent).toBe(forTechnician.what);
    expect(said()).toContain(forTechnician.todo);
    show(MainWindow, { view: { language, company: null, notice: error, screen: mainScreens.start } });
    expect(document.querySelector("[role=alert]")?.textContent).toContain(t.error[error].what);
  });

  it.each(Object.keys(t.end) as EndReason[])("the end %s", (end) => {
    mainView({ ...mainScreens.ended, end });
    expect(said()).toContain(t.end[end]);
    mainView({ ...mainScreens.technicianEnded, end });
    expect(said()).toContain(t.technician.end[end]);
    show(PanelWindow, { view: { language, screen: { kind: "ended", end } }, mark: undefined, painted: () => undefined });
    expect(document.querySelector("[role=alert]")?.textContent).toContain(t.end[end]);
    show(ViewerWindow, { view: { language, screen: { kind: "ended", end, durationSeconds: 3 } } });
    expect(said()).toContain(t.technician.end[end]);
  });

  it.each(Object.keys(t.pause) as PauseReason[])("the pause %s", (paused) => {
    mainView({ ...mainScreens.inSession, paused });
    expect(said()).toContain(t.pause[paused]);
    show(ViewerWindow, { view: { language, screen: { ...viewerScreens.viewer, paused } } });
    expect(document.querySelector(".notices")?.textContent).toContain(t.viewer.pause[paused]);
  });

  it.each(Object.keys(t.viewer.dropped) as DropReason[])("input that was dropped: %s", (reason) => {
    show(ViewerWindow, { view: { language, screen: { ...viewerScreens.viewer, dropped: { reason, count: 2 } } } });
    expect(document.querySelector(".notices")?.textContent).toContain(t.viewer.dropped[reason]);
  });

  it.each(Object.keys(t.desk.fault) as DeskFault[])("a fault of the desk: %s", (fault) => {
    for (const screen of [deskScreens.deskHome, deskScreens.deskTickets]) {
      mainView({ kind: "desk", desk: { ...screen, fault } });
      expect(document.querySelector("[role=alert]")?.textContent).toContain(t.desk.fault[fault].what);
      expect(said()).toContain(t.desk.fault[fault].todo);
    }
  });

  it("a list that could not be read is not called empty", () => {
    mainView({ kind: "desk", desk: { ...deskScreens.deskTicketsNone, fault: "offline" } });
    expect(said()).not.toContain(t.desk.list.none);
    mainView({ kind: "desk", desk: { ...deskScreens.deskTicketsNone, fault: null } });
    expect(said()).toContain(t.desk.list.none);
    const queue = { ...technicianScreens.techQueueEmpty };
    const { technician } = mainScreens.technicianHome;
    mainView({ kind: "technicianDesk", technician, desk: { ...queue, fault: "offline" } });
    expect(said()).not.toContain(t.technicianDesk.queue.none);
    mainView({ kind: "technicianDesk", technician, desk: { ...queue, fault: null } });
    expect(said()).toContain(t.technicianDesk.queue.none);
  });
});
