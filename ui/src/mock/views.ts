// Every screen of every window, as the shell would send it.
import type {
  CursorShape,
  ErrorCode,
  MainScreen,
  MainView,
  OfferedNumber,
  PanelScreen,
  Permission,
  Receipt,
  ShareSource,
  Technician,
  TryAgain,
  ViewerScreen,
  Who,
} from "$lib/bindings";

const who: Who = { domain: "help.musterfirma.example", name: "Anna Weber", company: "Musterfirma GmbH" };
const technician: Technician = who;
const number: OfferedNumber = { number: "472 915 384", remainingSeconds: 583 };

/** All ten, in the order of the panel. */
export const allPermissions: Permission[] = [
  "seeScreen",
  "point",
  "control",
  "clipboardToTechnician",
  "clipboardFromTechnician",
  "sendFiles",
  "receiveFiles",
  "systemInformation",
  "recording",
  "reconnectAfterRestart",
];
const offered = new Set<Permission>(["seeScreen", "control"]);

export const receipt: Receipt = {
  id: "7f3a",
  who,
  startedAt: "2026-11-21T14:05:09+01:00",
  endedAt: "2026-11-21T14:17:41+01:00",
  durationSeconds: 752,
  shown: "HDMI-1, 1920 × 1080",
  digits: "4071",
  permissions: [
    { permission: "seeScreen", asked: 0, allowed: 1, onSeconds: 752, used: true },
    { permission: "control", asked: 2, allowed: 1, onSeconds: 311, used: true },
  ],
  events: [
    { atSeconds: 0, what: { kind: "allowed", permission: "seeScreen" } },
    { atSeconds: 42, what: { kind: "asked", permission: "control", reason: "Ich stelle den Drucker für Sie ein." } },
    { atSeconds: 61, what: { kind: "refused", permission: "control" } },
    { atSeconds: 140, what: { kind: "asked", permission: "control", reason: "Der Treiber muss neu gewählt werden." } },
    { atSeconds: 149, what: { kind: "allowed", permission: "control" } },
    { atSeconds: 155, what: { kind: "used", permission: "control", seconds: 290 } },
    { atSeconds: 290, what: { kind: "lineBroke" } },
    { atSeconds: 290, what: { kind: "endedWithLine", permission: "control" } },
    { atSeconds: 295, what: { kind: "lineBack" } },
    { atSeconds: 300, what: { kind: "paused" } },
    { atSeconds: 302, what: { kind: "wentOn" } },
    { atSeconds: 460, what: { kind: "takenBack", permission: "control" } },
    { atSeconds: 500, what: { kind: "asked", permission: "control", reason: "Noch eine Testseite." } },
    { atSeconds: 560, what: { kind: "noAnswer", permission: "control" } },
  ],
  files: [],
  end: "emergencyStop",
  assistiveInput: false,
  keptOffOurWindows: 0,
  keptOffOtherWindows: 0,
  eventsLeftOut: 0,
  after: { nothingLeft: true, releasedKeys: 2, heldKeys: 0, otherRemoteTools: ["anydesk"] },
  savedAs: "/home/erika/Dokumente/Beistand/2026-11-21-1405-Musterfirma.json",
};

const screenOne: ShareSource = {
  id: "a",
  kind: "primaryMonitor",
  number: 1,
  name: "HDMI-1",
  program: "",
  widthPx: 1920,
  heightPx: 1080,
};
const invoice: ShareSource = {
  id: "window-7",
  kind: "window",
  number: 0,
  name: "Rechnung 2026-1187.ods – LibreOffice Calc",
  program: "libreoffice-calc",
  widthPx: 1180,
  heightPx: 760,
};
const sources: ShareSource[] = [
  screenOne,
  { ...screenOne, id: "b", kind: "monitor", number: 2, name: "DP-2", widthPx: 2560, heightPx: 1440 },
  { ...screenOne, id: "all", kind: "wholeDesktop", number: 0, name: "", widthPx: 4480, heightPx: 1440 },
  invoice,
  { ...invoice, id: "window-8", name: "Posteingang – Thunderbird", program: "thunderbird" },
  { ...invoice, id: "window-9", kind: "dialog", name: "Drucken", program: "libreoffice-calc", widthPx: 420 },
  { ...invoice, id: "window-10", kind: "hiddenWindow", name: "", program: "xterm" },
];

const failed = (error: ErrorCode, again: TryAgain): Extract<MainScreen, { kind: "failed" }> => ({
  kind: "failed",
  error,
  again,
});

export const mainScreens = {
  start: { kind: "start", receipts: 3 },
  scam: { kind: "scam" },
  enterDomain: { kind: "enterDomain" },
  confirmDomain: { kind: "confirmDomain", domain: who.domain, source: "link" },
  choose: { kind: "choose" },
  enterNumber: { kind: "enterNumber" },
  showNumber: { kind: "showNumber", ...number },
  connecting: { kind: "connecting", step: "waiting" },
  whoIsIt: {
    kind: "whoIsIt",
    who,
    digits: "4071",
    sources,
    remainingSeconds: 92,
  },
  whoIsItOneScreen: {
    kind: "whoIsIt",
    who,
    digits: "4071",
    sources: [screenOne, ...sources.filter(({ program }) => program !== "")],
    remainingSeconds: 92,
  },
  whoIsItNoSource: { kind: "whoIsIt", who, digits: null, sources: [], remainingSeconds: 20 },
  inSession: { kind: "inSession", who, elapsedSeconds: 252, paused: null },
  inSessionPaused: { kind: "inSession", who, elapsedSeconds: 252, paused: "network" },
  ended: { kind: "ended", end: "emergencyStop", receipt },
  endedRefused: { kind: "ended", end: "customerRefused", receipt: null },
  failedNumber: failed("numberRefused", "otherNumber"),
  failedRelay: failed("relayUnreachable", "same"),
  failedConfirmation: failed("confirmationFailed", "otherNumber"),
  failedStopped: failed("domainStopped", "liftStop"),
  failedCertificate: failed("relayCertificate", "no"),
  failedClock: failed("clockWrong", "same"),
  receipts: {
    kind: "receipts",
    receipts: [receipt, { ...receipt, id: "2b", startedAt: "2026-10-02T09:12:00+02:00", durationSeconds: 61 }],
  },
  receiptsNone: { kind: "receipts", receipts: [] },
  receipt: {
    kind: "receipt",
    receipt: {
      ...receipt,
      events: [
        { atSeconds: 149, what: { kind: "allowed", permission: "control" } },
        { atSeconds: 1949, what: { kind: "ranOut", permission: "control" } },
        { atSeconds: 2000, what: { kind: "askedToShow", reason: "Das Programm steht auf dem zweiten Bildschirm." } },
        { atSeconds: 2010, what: { kind: "notShown" } },
        { atSeconds: 2020, what: { kind: "shown", source: "Rechnung.ods (LibreOffice)" } },
        { atSeconds: 2020, what: { kind: "otherSource", permission: "control" } },
        { atSeconds: 2400, what: { kind: "sourceGone", permission: "seeScreen" } },
        { atSeconds: 3600, what: { kind: "prolonged" } },
      ],
      files: [
        { name: "treiber-fuer-drucker-im-buero-vorne-links-2026.exe", received: true, sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" },
        { name: "protokoll.txt", received: false, sha256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" },
      ],
      keptOffOurWindows: 3, keptOffOtherWindows: 1, eventsLeftOut: 12,
      assistiveInput: true, savedAs: null, after: { ...receipt.after, heldKeys: 1, nothingLeft: false },
    },
  },
  settings: {
    kind: "settings",
    domainFixed: false,
    hotkey: "Ctrl+Alt+Shift+F12",
    hotkeyWorks: true,
    assistiveInput: false,
    stored: [
      { kind: "settings", count: 1, place: "/home/erika/.config/beistand/settings.toml" },
      { kind: "knownDomains", count: 2, place: "/home/erika/.config/beistand/domains" },
      { kind: "receipts", count: 3, place: "/home/erika/.local/share/beistand/receipts" },
    ],
    version: "0.1.0",
  },
  settingsBroken: {
    kind: "settings",
    domainFixed: true,
    hotkey: "Ctrl+Alt+Shift+F12",
    hotkeyWorks: false,
    assistiveInput: true,
    stored: [],
    version: "0.1.0",
  },
  signIn: { kind: "signIn", domain: "help.musterfirma.example", login: null, busy: false, error: null },
  signInRefused: { kind: "signIn", domain: "help.musterfirma.example", login: "anna", busy: false, error: "signInRefused" },
  technicianHome: { kind: "technicianHome", technician },
  technicianNumber: { kind: "technicianNumber", technician, number },
  typeNumber: { kind: "typeNumber", technician },
  technicianConnecting: { kind: "technicianConnecting", technician, step: "checking" },
  waitingForYes: { kind: "waitingForYes", technician, digits: "4071" },
  technicianInSession: { kind: "technicianInSession", technician, elapsedSeconds: 74 },
  technicianEnded: { kind: "technicianEnded", technician, end: "emergencyStop", durationSeconds: 752, ticket: null, reportable: true },
  technicianEndedTicket: { kind: "technicianEnded", technician, end: "customerEnded", durationSeconds: 752, ticket: "T-2200-3417", reportable: false },
  technicianFailed: { kind: "technicianFailed", technician, error: "confirmationFailed", again: "newNumber" },
} satisfies Record<string, MainScreen>;

export const firstCompany: MainView["company"] = { domain: who.domain, name: who.company };

const running: Extract<PanelScreen, { kind: "running" }> = {
  kind: "running",
  who,
  elapsedSeconds: 252,
  permissions: allPermissions.map((permission) => ({
    permission,
    offered: offered.has(permission),
    setting: permission === "seeScreen" ? "on" : permission === "control" ? "ask" : "off",
    inUse: permission === "seeScreen",
  })),
  shown: screenOne,
  standsStill: false,
  sources,
  wish: null,
  activity: [],
  question: null,
  paused: null,
  notice: null,
  hotkey: "Ctrl+Alt+Shift+F12",
  panelHotkey: "Ctrl+Alt+Shift+F11",
  comesBackSeconds: null,
  asksToGoOnSeconds: null,
};

const idle = running.permissions.map((row) => ({ ...row, inUse: false }));

export const panelScreens = {
  panel: running,
  panelControlled: {
    ...running,
    permissions: running.permissions.map((row) =>
      row.permission === "control" ? { ...row, setting: "on" as const, inUse: true } : row,
    ),
    activity: ["mouse"],
  },
  panelQuestion: {
    ...running,
    question: { id: 7, permission: "control", reason: "Ich stelle den Drucker für Sie ein. Das dauert etwa zwei Minuten.", remainingSeconds: 48 },
    paused: "question",
  },
  panelQuestionLong: {
    ...running,
    question: {
      id: 8,
      permission: "control",
      reason: "Ich prüfe den Drucker und stelle ihn für Sie ein, danach drucken wir gemeinsam eine Testseite. ".repeat(3).slice(0, 200),
      remainingSeconds: 48,
    },
    paused: "question",
  },
  panelQuestionNotice: {
    ...running,
    question: { id: 9, permission: "control", reason: "Ich stelle den Drucker ein. ".repeat(7), remainingSeconds: 48 },
    paused: "question",
    notice: "needsHardware",
  },
  panelWindow: { ...running, shown: invoice },
  panelWindowAway: { ...running, shown: invoice, standsStill: true },
  panelNothingShown: {
    ...running,
    shown: null,
    permissions: running.permissions.map((row) =>
      row.permission === "seeScreen" ? { ...row, setting: "ask" as const, inUse: false } : row,
    ),
  },
  panelWish: {
    ...running,
    wish: {
      id: 11,
      source: sources[1] ?? null,
      reason: "Das Rechnungsprogramm steht auf Ihrem zweiten Bildschirm.",
      remainingSeconds: 48,
    },
  },
  panelPaused: { ...running, permissions: idle, paused: "panelNotSeen", hotkey: null, panelHotkey: null },
  panelLineBroken: { ...running, permissions: idle, paused: "network", comesBackSeconds: 97 },
  panelGoOn: { ...running, asksToGoOnSeconds: 171 },
  panelGoOnNotice: { ...running, asksToGoOnSeconds: 171, notice: "needsHardware" },
  panelNotice: { ...running, notice: "needsHardware" },
  panelEnded: { kind: "ended", end: "emergencyStop" },
  panelIdle: { kind: "idle" },
} satisfies Record<string, PanelScreen>;

const viewing: Extract<ViewerScreen, { kind: "running" }> = {
  kind: "running",
  pictureUrl: "/mock-picture/",
  widthPx: 1280,
  heightPx: 800,
  elapsedSeconds: 252,
  permissions: allPermissions.map((permission) => ({
    permission,
    state:
      permission === "seeScreen"
        ? { kind: "allowed" }
        : permission === "control"
          ? { kind: "notAllowed" }
          : { kind: "notOffered" },
  })),
  showing: { what: { kind: "monitor", number: 1 }, monitors: 2, wish: { kind: "none" } },
  line: { roundTripMs: 24, kilobytesPerSecond: 310, exact: true },
  paused: null,
  comesBackSeconds: null,
  dropped: null,
  special: null,
  grab: "off",
};
const withControl = (state: (typeof viewing.permissions)[number]["state"]): typeof viewing => ({
  ...viewing,
  permissions: viewing.permissions.map((row) => (row.permission === "control" ? { ...row, state } : row)),
});

export const viewerScreens = {
  viewer: viewing,
  viewerControl: withControl({ kind: "allowed" }),
  viewerPending: withControl({ kind: "pending" }),
  viewerRefused: withControl({ kind: "refused", retrySeconds: 41 }),
  viewerDropped: { ...withControl({ kind: "allowed" }), dropped: { reason: "customerActs", count: 3 } },
  viewerSpecial: {
    ...withControl({ kind: "allowed" }),
    special: { key: "altTab", fate: { kind: "dropped", reason: "ownWindow" } },
    grab: "on",
  },
  viewerNoGrab: {
    ...withControl({ kind: "allowed" }),
    special: { key: "ctrlAltDel", fate: { kind: "delivered" } },
    grab: "notPossible",
  },
  viewerOff: { ...withControl({ kind: "off" }), special: { key: "super", fate: { kind: "sent" } } },
  viewerNoAnswer: { ...withControl({ kind: "allowed" }), special: { key: "altF4", fate: { kind: "noAnswer" } }, grab: "refused" },
  viewerWindow: {
    ...withControl({ kind: "allowed" }),
    showing: { what: { kind: "window", away: false }, monitors: 2, wish: { kind: "none" } },
    dropped: { reason: "otherWindow", count: 1 },
  },
  viewerWindowAway: { ...viewing, showing: { what: { kind: "window", away: true }, monitors: 1, wish: { kind: "none" } } },
  viewerWishRefused: {
    ...viewing,
    showing: { what: { kind: "monitor", number: 1 }, monitors: 2, wish: { kind: "refused", retrySeconds: 41 } },
  },
  viewerPaused: { ...viewing, paused: "network", comesBackSeconds: 97, line: { roundTripMs: null, kilobytesPerSecond: 0, exact: false } },
  viewerOpening: { ...viewing, widthPx: 0, heightPx: 0 },
  viewerEnded: { kind: "ended", end: "networkLost", durationSeconds: 752 },
  viewerIdle: { kind: "idle" },
} satisfies Record<string, ViewerScreen>;

/** A plain arrow. */
export function arrow(): CursorShape {
  const size = 16;
  let bytes = "";
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const inside = x <= y && y < 14 && x < 10;
      const edge = inside && (x === 0 || x === y || y === 13 || x === 9);
      bytes += inside ? String.fromCharCode(...(edge ? [0, 0, 0, 255] : [255, 255, 255, 255])) : "\0\0\0\0";
    }
  }
  return { widthPx: size, heightPx: size, hotspotX: 0, hotspotY: 0, rgba: btoa(bytes) };
}
