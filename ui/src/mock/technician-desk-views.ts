// Every screen of the technician's desk, as the shell would send it.
import type { Case, CaseDetails, CaseDraft, LookupAnswer, MainScreen, PhoneForm, Queue, QueueRow, TechnicianDeskScreen } from "$lib/bindings";
import { requestFields } from "./desk-views";
import { mainScreens } from "./views";

const technician = mainScreens.technicianHome.technician;

const row = (change: Partial<QueueRow> & { number: string; title: string }): QueueRow => ({
  request: "incident",
  state: "new",
  severity: 3,
  maintenance: false,
  customer: "Bäckerei Krume GmbH",
  customerNumber: "10234",
  contact: "Erika Muster",
  owner: null,
  mine: false,
  unread: false,
  dueOn: null,
  filedAt: "2026-11-20T09:12:00+01:00",
  changedAt: "2026-11-21T14:05:00+01:00",
  ...change,
});

const rows: QueueRow[] = [
  row({ number: "T-4711-0815", title: "Störung: Kasse in der Filiale Nord startet nicht mehr, Kunden warten", severity: 1, maintenance: true, unread: true }),
  row({ number: "T-2200-3417", title: "Störung: Drucker druckt nur halbe Seiten", severity: 3, maintenance: true, state: "open", owner: "Anna Weber", mine: true }),
  row({ number: "T-9031-7725", title: "Neuer Mitarbeiter: Buchhaltung, 2026-12-01", request: "newEmployee", severity: 4, maintenance: true, dueOn: "2026-12-01", customer: "Kanzlei Lang & Partner", customerNumber: "KD-77", contact: "Jens Lang" }),
  row({ number: "T-6102-9940", title: "Rückrufbitte: Angebot für zwei Arbeitsplätze", request: "callBack", severity: 4, state: "waitingCustomer", owner: "Uwe Klein", customer: "Tischlerei Span", customerNumber: "10077", contact: "Olaf Span" }),
];

const queue: Queue = {
  ask: { words: "", slice: "open", request: null, severity: null, unread: false },
  rows,
  counts: { open: 4, mine: 1, unassigned: 2, waiting: 1, resolved: 3 },
  tasks: [],
  more: true,
  busy: false,
  fault: null,
  lookup: null,
  drafts: [],
  records: [],
  call: null,
};

const lookup: LookupAnswer = {
  receipt: "4711 0815 2342",
  at: "2026-11-21T13:00:00+01:00",
  outcome: "held",
  ticket: null,
  held: null,
  decision: null,
  busy: false,
  fault: null,
};

const details: CaseDetails = {
  row: rows[1] ?? row({ number: "T-2200-3417", title: "" }),
  fields: [
    { field: "contactPerson", value: "Erika Muster" },
    { field: "phone", value: "+49 211 4711-23" },
    { field: "email", value: "erika@krume.example" },
    { field: "preferredContact", value: "phone" },
    { field: "reference", value: "Büro 2. Stock" },
    { field: "description", value: "Der Drucker im Büro druckt seit heute früh nur noch halbe Seiten.\nPapier und Toner sind voll." },
    { field: "priority", value: "normal" },
  ],
  files: [{ id: "a".repeat(32), name: "halbe-seite.jpg", kind: "image", sizeBytes: 214_000, careful: false }],
  timeline: [
    { internal: false, entry: { id: "1", at: "2026-11-20T09:12:00+01:00", by: { kind: "customer", name: "Erika Muster" }, what: { kind: "created" }, attachments: [] } },
    { internal: false, entry: { id: "2", at: "2026-11-20T09:40:00+01:00", by: { kind: "technician", name: "Anna Weber" }, what: { kind: "assigned", to: "Anna Weber" }, attachments: [] } },
    { internal: false, entry: { id: "3", at: "2026-11-20T09:41:00+01:00", by: { kind: "technician", name: "Anna Weber" }, what: { kind: "comment", text: "Bitte schalten Sie den Drucker einmal aus und wieder ein." }, attachments: [] } },
    { internal: true, entry: { id: "4", at: "2026-11-20T09:45:00+01:00", by: { kind: "technician", name: "Anna Weber" }, what: { kind: "note", text: "Vermutlich die Fixiereinheit, schon im Mai getauscht." }, attachments: [] } },
    { internal: false, entry: { id: "5", at: "2026-11-21T14:05:00+01:00", by: { kind: "customer", name: "Erika Muster" }, what: { kind: "comment", text: "Hat leider nicht geholfen." }, attachments: [{ id: "b".repeat(32), name: "protokoll.txt", kind: "text", sizeBytes: 3100, careful: false }] } },
    { internal: false, entry: { id: "6", at: "2026-11-21T14:30:00+01:00", by: { kind: "technician", name: "Anna Weber" }, what: { kind: "session", seconds: 754, stopped: false }, attachments: [] } },
    { internal: true, entry: { id: "7", at: "2026-11-21T14:31:00+01:00", by: { kind: "desk" }, what: { kind: "mailFailed", why: "550 mailbox full" }, attachments: [] } },
    { internal: true, entry: { id: "8", at: "2026-11-21T14:32:00+01:00", by: { kind: "technician", name: "Uwe Klein" }, what: { kind: "visibility", confidential: false }, attachments: [] } },
    { internal: true, entry: { id: "9", at: "2026-11-21T14:33:00+01:00", by: { kind: "technician", name: "Uwe Klein" }, what: { kind: "released", confirmedBy: "Herr Krume, unter der hinterlegten Nummer" }, attachments: [] } },
    { internal: true, entry: { id: "11", at: "2026-11-21T14:34:00+01:00", by: { kind: "technician", name: "Uwe Klein" }, what: { kind: "unlinked", link: "related", number: "T-9031-7725" }, attachments: [] } },
    { internal: true, entry: { id: "10", at: "2026-11-21T14:35:00+01:00", by: { kind: "technician", name: "Anna Weber" }, what: { kind: "time", minutes: 20, note: "Fixiereinheit geprüft" }, attachments: [] } },
  ],
  assurance: "company",
  confidential: false,
  unmergeUntil: null,
  customer: { number: "10234", name: "Bäckerei Krume GmbH", maintenance: true, maintenanceUntil: "2027-06-30", namingRule: "vorname.nachname", open: 2 },
  contacts: [
    { id: "1", name: "Erika Muster", email: "erika@krume.example", phone: "+49 211 4711-23", position: "Büroleitung", requester: true, main: false },
    { id: "2", name: "Bernd Krume", email: "chef@krume.example", phone: "+49 211 4711-0", position: null, requester: false, main: true },
  ],
  sessions: [{ id: "c".repeat(32), technician: "Anna Weber", at: "2026-11-21T14:17:00+01:00", seconds: 754, stopped: false, proposeMinutes: 13 }],
  links: [{ link: "related", number: "T-5513-2280", title: "Störung: Druckerstörung im Lager", state: "closed" }],
  earlier: [row({ number: "T-5513-2280", title: "Störung: Druckerstörung im Lager", state: "closed" })],
  minutes: 20,
  may: ["answer", "take", "assign", "wait", "resolve", "severity", "merge", "session"],
  technicians: [
    { id: 1, name: "Anna Weber", me: true },
    { id: 2, name: "Uwe Klein", me: false },
  ],
};

const blank: CaseDraft = { text: "", attachments: [], refused: [], saved: "empty", sending: null };
const page: Case = {
  number: "T-2200-3417",
  details,
  busy: false,
  fault: null,
  conflict: null,
  others: [],
  done: 0,
  answer: blank,
  note: blank,
  resolution: blank,
  undo: null,
};

const phone: PhoneForm = {
  words: "",
  found: [],
  customer: null,
  contacts: [],
  contact: null,
  values: { requestType: "incident", priority: "low" },
  general: ["company", "contactPerson", "email", "phone", "preferredContact", "requestType"].map((field) => ({
    field: field as PhoneForm["general"][number]["field"],
    mandatory: field !== "company",
    maxChars: null,
  })),
  request: requestFields.incident.filter(({ field }) => field !== "attachments"),
  errors: [],
  attempt: 0,
  aboutSession: null,
  saved: "empty",
  busy: false,
  fault: null,
};

/** Every screen of the technician's desk. */
export const technicianScreens = {
  techQueue: { kind: "queue", ...queue },
  techQueueTasks: {
    kind: "queue",
    ...queue,
    tasks: [
      { id: "1", task: "mailFailed", number: "T-9031-7725", customer: "Kanzlei Lang & Partner", contact: "Jens Lang", phone: "0202 12 34 56", since: "2026-11-21T13:00:00+01:00", receipt: null },
      { id: "2", task: "heldForm", number: null, receipt: "4711 0815 2342", customer: "Bäckerei Krume GmbH", contact: "Bernd Krume", phone: "+49 211 4711-0", since: "2026-11-21T13:05:00+01:00" },
    ],
    lookup: { ...lookup, outcome: "created", ticket: "T-9031-7725", decision: { by: "Anna Weber", at: "2026-11-21T13:40:00+01:00", text: "Herr Krume, unter der hinterlegten Nummer" } },
  },
  techQueueUnfinished: { kind: "queue", ...queue, drafts: ["T-2200-3417", "T-9031-7725"], records: ["T-4711-0815"], call: "Bäckerei Krume GmbH" },
  techLookupHeld: {
    kind: "queue",
    ...queue,
    rows: rows.slice(0, 2),
    more: false,
    lookup: {
      ...lookup,
      held: {
        customer: details.customer,
        contacts: [...details.contacts].reverse().map((contact) => ({ ...contact, requester: false })),
        form: { title: "Störung: Der Drucker im Büro druckt seit heute früh nur noch halbe Seiten.", request: "incident", fields: details.fields, files: details.files },
      },
    },
  },
  techLookupUnreadable: { kind: "queue", ...queue, rows: [], more: false, lookup: { ...lookup, fault: "changed", held: { customer: details.customer, contacts: [], form: null } } },
  techQueueEmpty: { kind: "queue", ...queue, rows: [], more: false, fault: "offline", lookup: { ...lookup, receipt: "", at: null, outcome: "unknown" } },
  techCase: { kind: "case", ...page, others: [{ name: "Uwe Klein", writing: true }] },
  techCaseConflict: {
    kind: "case",
    ...page,
    fault: "changed",
    conflict: { mine: "Ich komme morgen um neun vorbei.", theirs: details.timeline.slice(-5, -4) },
    answer: { ...blank, text: "Ich komme morgen um neun vorbei.", saved: "onDisk" },
  },
  techCaseDraft: {
    kind: "case",
    ...page,
    answer: {
      text: "Bitte vergleichen Sie Ihr Bild mit diesem.",
      attachments: [{ id: "f1", name: "so-soll-es-aussehen.png", sizeBytes: 48_000, kind: "image" }],
      refused: [{ name: "anleitung.docx", reason: "office" }],
      saved: "onDisk",
      sending: null,
    },
    note: { ...blank, text: "Fixiereinheit bestellen?", saved: "onDisk" },
    undo: { kind: "unlinked", other: "T-9031-7725" },
  },
  techCaseSending: {
    kind: "case",
    ...page,
    busy: true,
    answer: {
      text: "Anbei die Anleitung.",
      attachments: [{ id: "f1", name: "anleitung.pdf", sizeBytes: 4_800_000, kind: "pdf" }],
      refused: [],
      saved: "onDisk",
      sending: 42,
    },
  },
  techCaseMerged: { kind: "case", ...page, details: { ...details, row: { ...details.row, state: "merged" }, confidential: true, may: ["unmerge"], unmergeUntil: "2026-11-22T14:05:00+01:00" } },
  techCaseLoading: { kind: "case", ...page, details: null, busy: true },
  techPhone: { kind: "phone", ...phone, found: [details.customer], words: "krume" },
  techPhoneForm: {
    kind: "phone",
    ...phone,
    customer: details.customer,
    contacts: details.contacts,
    contact: "1",
    values: { ...phone.values, contactPerson: "Erika Muster", email: "erika@krume.example", phone: "+49 211 4711-23" },
    errors: [{ field: "description", problem: { kind: "missing" } }],
    attempt: 1,
    aboutSession: 754,
    saved: "onDisk",
  },
  techCustomers: { kind: "customers", words: "krume", found: [details.customer], open: null, busy: false, fault: null },
  techCustomer: { kind: "customers", words: "krume", found: [], open: { customer: details.customer, contacts: details.contacts, tickets: rows }, busy: false, fault: null },
} satisfies Record<string, TechnicianDeskScreen>;

/** The same as screens of the main window. */
export const technicianDeskScreens: Record<string, MainScreen> = Object.fromEntries(
  Object.entries(technicianScreens).map(([name, desk]) => [name, { kind: "technicianDesk", technician, desk }]),
);
