// Every screen of the customer's desk, as the shell would send it.
import type { DeskScreen, Field, Form, FormField, Lane, MainScreen, RequestKind, SentItem, TicketDetails, TicketPage, Waiting } from "$lib/bindings";

const pinLane: Lane = { kind: "pin" };
const linkedLane: Lane = { kind: "linked", person: "Erika Muster", customer: "Bäckerei Krume GmbH", customerNumber: "10234" };

const must = (field: Field, maxChars: number | null = null): FormField => ({ field, mandatory: true, maxChars });
const may = (field: Field, maxChars: number | null = null): FormField => ({ field, mandatory: false, maxChars });
const general: FormField[] = [
  may("company"),
  must("contactPerson"),
  must("email"),
  must("phone"),
  must("preferredContact"),
  must("requestType"),
];
const reference = may("reference", 64);
const described = must("description", 8000);
const concern = must("concern", 8000);
const priority = must("priority");
const attachments = may("attachments");

/** The fields of each kind. */
export const requestFields: Record<RequestKind, FormField[]> = {
  incident: [reference, described, priority, attachments],
  warranty: [reference, must("deviceName"), may("serialNumber"), may("orderReference"), described, priority, attachments],
  newEmployee: [
    reference,
    must("salutation"),
    must("firstName"),
    must("lastName"),
    may("extension"),
    may("companyMobile"),
    may("wantedEmail"),
    must("position"),
    must("startDate"),
    may("remarks", 8000),
  ],
  callBack: [reference, concern, may("wantedTime"), priority, attachments],
  other: [reference, concern, priority, attachments],
};

const person = {
  customerNumber: "10234",
  company: "Bäckerei Krume GmbH",
  contactPerson: "Erika Muster",
  email: "erika@krume.example",
  phone: "+49 211 4711-23",
  preferredContact: "email",
};

function form(change: Partial<Form> & { request?: FormField[] }): Form {
  const lane = change.lane ?? pinLane;
  return {
    id: "20261121-140509-0badcafe",
    step: "general",
    lane,
    values: { ...person, requestType: "incident", priority: "low" },
    pinTyped: true,
    general: lane.kind === "pin" ? [must("customerNumber"), must("pin"), ...general] : general,
    request: requestFields.incident,
    attachments: [],
    refused: [],
    errors: [],
    attempt: 0,
    saved: "onDisk",
    earliestStart: "2026-12-01",
    startGuaranteed: null,
    fault: null,
    ...change,
  };
}

const of = (kind: RequestKind, values: Form["values"] = {}, change: Partial<Form> = {}): DeskScreen => ({
  kind: "form",
  ...form({ step: "request", request: requestFields[kind], values: { ...person, requestType: kind, priority: "low", ...values }, ...change }),
});

const broken = "Beim Drucken erscheint „Papierstau in Fach 2“, obwohl kein Papier klemmt.\nSeit heute Morgen, nur im Büro vorn.";
const files: Form["attachments"] = [
  { id: "f1", name: "Fehlermeldung.png", sizeBytes: 184_320, kind: "image" },
  { id: "f2", name: "drucker-protokoll-2026-11-21-vom-arbeitsplatz-vorne-links.log", sizeBytes: 2_411_724, kind: "text" },
];

const waiting = (state: Waiting["state"]): Waiting => ({
  id: "20261121-140509-0badcafe",
  what: { kind: "request", request: "incident" },
  words: "Beim Drucken erscheint „Papierstau in Fach 2“",
  since: "2026-11-21T14:05:09+01:00",
  state,
});

const receipt: SentItem = {
  id: "20261121-140509-0badcafe",
  what: { kind: "request", request: "incident" },
  words: "Beim Drucken erscheint „Papierstau in Fach 2“",
  at: "2026-11-21T14:07:00+01:00",
  by: { kind: "receipt", receipt: "4711 0815 2342" },
  startGuaranteed: null,
  earliestStart: null,
  refused: [],
};

const details: TicketDetails = {
  title: "Störung: Beim Drucken erscheint „Papierstau in Fach 2“",
  request: "incident",
  state: "open",
  severity: 3,
  createdAt: "2026-11-20T09:12:00+01:00",
  colleague: null,
  technician: "Anna Weber",
  dueOn: null,
  reopenUntil: null,
  fields: [
    { field: "contactPerson", value: "Erika Muster" },
    { field: "phone", value: "+49 211 4711-23" },
    { field: "preferredContact", value: "email" },
    { field: "reference", value: "Drucker 7" },
    { field: "description", value: broken },
    { field: "priority", value: "normal" },
  ],
  files: [{ id: "a1", name: "Fehlermeldung.png", kind: "image", sizeBytes: 184_320, careful: false }],
  timeline: [
    { id: "1", at: "2026-11-20T09:12:00+01:00", by: { kind: "me" }, what: { kind: "created" }, attachments: [] },
    { id: "2", at: "2026-11-20T09:40:00+01:00", by: { kind: "technician", name: "Anna Weber" }, what: { kind: "state", to: "open", reason: null, on: null }, attachments: [] },
    {
      id: "3",
      at: "2026-11-20T09:55:00+01:00",
      by: { kind: "technician", name: "Anna Weber" },
      what: { kind: "comment", text: "Guten Tag Frau Muster,\nbitte öffnen Sie Fach 2 und senden Sie mir ein Bild davon." },
      attachments: [{ id: "a2", name: "Anleitung.pdf", kind: "pdf", sizeBytes: 88_000, careful: true }],
    },
    {
      id: "4",
      at: "2026-11-20T10:31:00+01:00",
      by: { kind: "me" },
      what: { kind: "comment", text: "Hier ist das Bild." },
      attachments: [{ id: "a3", name: "Fach 2.jpg", kind: "image", sizeBytes: 940_000, careful: false }],
    },
    { id: "5", at: "2026-11-20T11:02:00+01:00", by: { kind: "technician", name: "Anna Weber" }, what: { kind: "session", seconds: 752, stopped: true }, attachments: [] },
    { id: "6", at: "2026-11-20T11:20:00+01:00", by: { kind: "desk" }, what: { kind: "severity", to: 3, reason: "Zwei Kollegen sind auch betroffen." }, attachments: [] },
    { id: "7", at: "2026-11-20T11:30:00+01:00", by: { kind: "desk" }, what: { kind: "linked", link: "related", number: "T-7301-4468" }, attachments: [] },
    { id: "8", at: "2026-11-20T11:40:00+01:00", by: { kind: "technician", name: "Anna Weber" }, what: { kind: "unlinked", link: "mergedFrom", number: null }, attachments: [] },
  ],
  may: ["comment", "withdraw", "raise"],
  raiseTo: [1, 2],
  raiseAgainAt: null,
};

const ticket = (change: Partial<TicketDetails>, page: Partial<TicketPage> = {}): DeskScreen => ({
  kind: "ticket",
  number: "T-1234-5671",
  ticket: { ...details, ...change },
  busy: false,
  fault: null,
  comment: { id: "c1", text: "", attachments: [], refused: [], empty: false, waiting: 0 },
  savedAs: null,
  ...page,
});

/** Every screen of the desk. */
export const deskScreens = {
  deskHomeEmpty: { kind: "home", linked: null, drafts: [], waiting: [], sent: [], fault: null, unlinked: null },
  deskHomeUnlinked: { kind: "home", linked: null, drafts: [], waiting: [], sent: [], fault: null, unlinked: "onlyHere" },
  deskHome: {
    kind: "home",
    linked: null,
    drafts: [
      { id: "d1", request: "newEmployee", words: "Buchhaltung", changedAt: "2026-11-21T13:58:00+01:00" },
      { id: "d2", request: null, words: "", changedAt: "2026-11-20T08:01:00+01:00" },
    ],
    waiting: [waiting({ kind: "waits", fault: "offline", againSeconds: 24 })],
    sent: [receipt],
    fault: null,
    unlinked: null,
  },
  deskHomeLinked: {
    kind: "home",
    linked: { person: "Erika Muster", customer: "Bäckerei Krume GmbH", customerNumber: "10234" },
    drafts: [],
    waiting: [],
    sent: [{ ...receipt, by: { kind: "ticket", number: "T-1234-5671", followUpOf: null } }],
    fault: "notSaved",
    unlinked: null,
  },
  deskGeneral: { kind: "form", ...form({ values: { priority: "low" }, request: [], pinTyped: false, saved: "empty" }) },
  deskGeneralErrors: {
    kind: "form",
    ...form({
      values: { email: "erika(at)krume", priority: "low" },
      request: [],
      pinTyped: false,
      attempt: 1,
      errors: [
        { field: "customerNumber", problem: { kind: "missing" } },
        { field: "pin", problem: { kind: "missing" } },
        { field: "contactPerson", problem: { kind: "missing" } },
        { field: "email", problem: { kind: "malformed" } },
        { field: "requestType", problem: { kind: "missing" } },
      ],
    }),
  },
  deskGeneralLinked: { kind: "form", ...form({ lane: linkedLane }) },
  deskIncident: of("incident", { description: broken }, { attachments: files, refused: [{ name: "Rechnung.docx", reason: "office" }] }),
  deskWarranty: of("warranty", {}, {
    errors: [
      { field: "deviceName", problem: { kind: "missing" } },
      { field: "description", problem: { kind: "tooShort", min: 10 } },
    ],
  }),
  deskNewEmployee: of("newEmployee", { startDate: "24.11.2026" }, { startGuaranteed: false }),
  deskCallBack: of("callBack", { concern: "Frage zur letzten Rechnung" }),
  deskOther: of("other"),
  deskCheck: {
    kind: "form",
    ...form({ step: "check", values: { ...person, requestType: "incident", priority: "high", description: broken }, attachments: files }),
  },
  deskCheckEmployee: {
    kind: "form",
    ...form({
      step: "check",
      lane: linkedLane,
      request: requestFields.newEmployee,
      values: { ...person, requestType: "newEmployee", salutation: "ms", firstName: "Ada", lastName: "Lang", position: "Buchhaltung", startDate: "24.11.2026" },
      startGuaranteed: false,
      saved: "failed",
      fault: "notSaved",
    }),
  },
  deskPicture: { kind: "picture" },
  deskSending: { kind: "sending", item: waiting({ kind: "sending", percent: 40 }) },
  deskOffline: { kind: "sending", item: waiting({ kind: "waits", fault: "offline", againSeconds: 24 }) },
  deskServerFault: { kind: "sending", item: waiting({ kind: "waits", fault: "serverFault", againSeconds: 118 }) },
  deskNeedsPin: { kind: "sending", item: waiting({ kind: "needsPin", fault: "keyringLocked" }) },
  deskNeedsLink: { kind: "sending", item: waiting({ kind: "needsLink" }) },
  deskAlreadySent: { kind: "sending", item: waiting({ kind: "alreadySent" }) },
  deskSentReceipt: { kind: "sent", item: receipt },
  deskSentTicket: {
    kind: "sent",
    item: {
      ...receipt,
      what: { kind: "request", request: "newEmployee" },
      by: { kind: "ticket", number: "T-1234-5671", followUpOf: null },
      startGuaranteed: false,
      earliestStart: "2026-12-01",
      refused: [{ name: "Plan.svg", reason: "active" }],
    },
  },
  deskFollowUp: {
    kind: "sent",
    item: { ...receipt, what: { kind: "comment", number: "T-1234-5671" }, by: { kind: "ticket", number: "T-8820-1746", followUpOf: "T-1234-5671" } },
  },
  deskLink: { kind: "link", busy: false, fault: null },
  deskLinkWrong: { kind: "link", busy: false, fault: "codeWrong" },
  deskTickets: {
    kind: "tickets",
    query: { words: "", filter: "open", sort: "changed", onlyMine: false },
    tickets: [
      { number: "T-1234-5671", title: details.title, request: "incident", state: "waitingCustomer", severity: 3, changedAt: "2026-11-21T09:12:00+01:00", colleague: null, reference: "Drucker 7", unread: true },
      { number: "T-7301-4468", title: "Rückrufbitte: Frage zur letzten Rechnung", request: "callBack", state: "open", severity: 4, changedAt: "2026-11-20T15:40:00+01:00", colleague: "Jan Peters", reference: null, unread: false },
      { number: "T-2210-9035", title: "Garantiefall: LaserJet 4200: zieht kein Papier ein", request: "warranty", state: "waitingVendor", severity: 4, changedAt: "2026-11-12T08:02:00+01:00", colleague: null, reference: null, unread: false },
      { number: "T-5510-1100", title: "Sonstiges: Kabel 1", request: "other", state: "new", severity: 4, changedAt: "2026-10-01T08:02:00+02:00", colleague: null, reference: null, unread: false },
      { number: "T-5520-1100", title: "Sonstiges: Kabel 2", request: "other", state: "scheduled", severity: 4, changedAt: "2026-10-02T08:02:00+02:00", colleague: null, reference: null, unread: false },
      { number: "T-5530-1100", title: "Sonstiges: Kabel 3", request: "other", state: "closed", severity: 4, changedAt: "2026-10-03T08:02:00+02:00", colleague: null, reference: null, unread: false },
      { number: "T-5540-1100", title: "Sonstiges: Kabel 4", request: "other", state: "withdrawn", severity: 4, changedAt: "2026-10-04T08:02:00+02:00", colleague: null, reference: null, unread: false },
      { number: "T-5550-1100", title: "Sonstiges: Kabel 5", request: "other", state: "merged", severity: 4, changedAt: "2026-10-05T08:02:00+02:00", colleague: null, reference: null, unread: false },
      { number: "T-5518-2203", title: "Sonstiges: Neuer Bildschirm", request: "other", state: "resolved", severity: 4, changedAt: "2026-11-02T08:02:00+01:00", colleague: null, reference: null, unread: false },
    ],
    more: true,
    busy: false,
    fault: null,
    seesCompany: true,
    waiting: 1,
  },
  deskTicketsNone: {
    kind: "tickets",
    query: { words: "xyz", filter: "all", sort: "newest", onlyMine: true },
    tickets: [],
    more: false,
    busy: false,
    fault: "offline",
    seesCompany: false,
    waiting: 0,
  },
  deskTicket: ticket({}),
  deskTicketResolved: ticket(
    { state: "resolved", may: ["comment", "confirm", "reopen"], raiseTo: [], reopenUntil: "2026-11-28T11:30:00+01:00", raiseAgainAt: "2026-11-21T15:20:00+01:00" },
    { savedAs: "/home/erika/Downloads/Fehlermeldung.png", comment: { id: "c1", text: "", attachments: [], refused: [], empty: true, waiting: 1 } },
  ),
  deskTicketClosed: ticket({ state: "closed", may: ["followUp"], raiseTo: [], dueOn: "2026-11-30", colleague: "Jan Peters" }, { fault: "changed" }),
  deskTicketBusy: { kind: "ticket", number: "T-1234-5671", ticket: null, busy: true, fault: null, comment: { id: "c1", text: "", attachments: [], refused: [], empty: false, waiting: 0 }, savedAs: null },
} satisfies Record<string, DeskScreen>;

/** The same, as screens of the main window. */
export const deskMainScreens: Record<string, MainScreen> = Object.fromEntries(
  Object.entries(deskScreens).map(([name, desk]) => [name, { kind: "desk", desk }]),
);
