// A shell that is none: shows one screen and notes what it is asked for. `?mock=whoIsIt&lang=english`.
import type { Backend, Commands, Told } from "../lib/backend";
import type { FieldValues, FormStep, Language, MainScreen, PanelScreen, Place, ViewerScreen } from "$lib/bindings";
import { requestKind } from "../features/desk/parts/words";
import { deskMainScreens, deskScreens, requestFields } from "./desk-views";
import { technicianDeskScreens } from "./technician-desk-views";
import { arrow, firstCompany, mainScreens, panelScreens, viewerScreens } from "./views";

type Listeners = { [K in keyof Told]: ((told: Told[K]) => void)[] };

const main: Record<string, MainScreen> = { ...mainScreens, ...deskMainScreens, ...technicianDeskScreens };
const panel: Record<string, PanelScreen> = panelScreens;
const viewer: Record<string, ViewerScreen> = viewerScreens;

/** Where each place leads in the mock. */
const places: Record<Place, MainScreen> = {
  home: mainScreens.start,
  back: mainScreens.start,
  customer: mainScreens.start,
  technician: mainScreens.signIn,
  domain: mainScreens.enterDomain,
  enterNumber: mainScreens.enterNumber,
  typeNumber: mainScreens.typeNumber,
  receipts: mainScreens.receipts,
  settings: mainScreens.settings,
  report: { kind: "desk", desk: deskScreens.deskHome },
  tickets: { kind: "desk", desk: deskScreens.deskTickets },
};

/** Begins with the screen that the page's address names. */
export function mockBackend(address: URLSearchParams = new URLSearchParams(location.search)): Backend {
  let name = address.get("mock") ?? "";
  const told: Listeners = { mainView: [], panelView: [], viewerView: [], mark: [], cursorMoved: [], cursorShape: [], filesFallen: [] };
  let language: Language = address.get("lang") === "english" ? "english" : "german";
  let screen = main[name] ?? mainScreens.start;
  const company = name === "enterDomain" || name === "confirmDomain" || address.has("unknown") ? null : firstCompany;

  const mainView = (): Told["mainView"] => ({
    language,
    company,
    notice: address.has("notice") ? "keyringMissing" : null,
    screen,
  });
  const panelView = (): Told["panelView"] => ({ language, screen: panel[name] ?? panelScreens.panelIdle });
  const viewerView = (): Told["viewerView"] => ({ language, screen: viewer[name] ?? viewerScreens.viewerIdle });
  const show = (next: MainScreen): void => {
    screen = next;
    for (const listener of told.mainView) listener(mainView());
  };

  /** Keeps what is typed and goes on; the rules of the form are the shell's. */
  const keep = (values: FieldValues, pin: string | null, step?: FormStep): void => {
    if (screen.kind !== "desk" || screen.desk.kind !== "form") return;
    const form = screen.desk;
    const kind = requestKind(values.requestType);
    show({
      kind: "desk",
      desk: {
        ...form,
        values,
        step: step ?? form.step,
        request: kind ? requestFields[kind] : [],
        pinTyped: pin === null ? form.pinTyped : pin !== "",
        saved: "onDisk",
        errors: [],
      },
    });
  };

  const special: Partial<Commands> = {
    currentMainView: () => Promise.resolve(mainView()),
    currentPanelView: () => Promise.resolve(panelView()),
    currentViewerView: () => Promise.resolve(viewerView()),
    currentCursor: () => Promise.resolve(arrow()),
    checkNumber: (number) => Promise.resolve(judge(number)),
    checkDomain: (text) =>
      Promise.resolve(
        text.trim() === "" ? { kind: "empty" } : text.includes(".") ? { kind: "fine", domain: text.trim() } : { kind: "notADomain" },
      ),
    setLanguage: (next) => {
      language = next;
      show(screen);
      return fine();
    },
    go: (place) => {
      show(places[place]);
      return fine();
    },
    whoCalled: (caller) => {
      show(caller === "me" ? mainScreens.choose : mainScreens.scam);
      return fine();
    },
    showNumber: () => {
      show(mainScreens.showNumber);
      return fine();
    },
    deskPicture: () => Promise.resolve(null),
    deskNew: () => {
      show({ kind: "desk", desk: deskScreens.deskGeneral });
      return fine();
    },
    deskGo: (place) => {
      show({ kind: "desk", desk: { home: deskScreens.deskHome, tickets: deskScreens.deskTickets, link: deskScreens.deskLink }[place] });
      return fine();
    },
    deskOpenTicket: () => {
      show({ kind: "desk", desk: deskScreens.deskTicket });
      return fine();
    },
    deskSave: (values, pin) => {
      keep(values, pin);
      return fine();
    },
    deskStep: (step, values, pin) => {
      keep(values, pin, step);
      return fine();
    },
    deskSubmit: () => {
      show({ kind: "desk", desk: deskScreens.deskSentReceipt });
      return fine();
    },
    startJoin: () => {
      show(mainScreens.whoIsIt);
      return fine();
    },
  };

  // For whoever drives the page by hand or by a web driver.
  const heard: unknown[][] = [];
  const showScreen = (next: string): void => {
    name = next;
    show(main[name] ?? screen);
    for (const listener of told.panelView) listener(panelView());
    for (const listener of told.viewerView) listener(viewerView());
  };
  Object.assign(window, { heard, showScreen });

  let serial = 0;
  setInterval(() => {
    serial += 1;
    for (const listener of told.mark) listener({ serial, left: serial % 2 ? 0xd04020 : 0x20a0d0, right: serial % 2 ? 0x3050c0 : 0xe0c040 });
  }, 500);
  if (name.startsWith("viewer")) setTimeout(() => { for (const listener of told.cursorMoved) listener({ x: 640, y: 420, visible: true }); }, 300);

  return {
    commands: new Proxy(special as Commands, {
      get: (target, command: keyof Commands) =>
        target[command] ??
        ((...args: unknown[]) => {
          heard.push([command, ...args]);
          return fine();
        }),
    }),
    listen: (what, handler) => {
      told[what].push(handler);
      return Promise.resolve(() => {
        told[what] = told[what].filter((one) => one !== handler) as Listeners[typeof what];
      });
    },
  };
}

const fine = (): Promise<{ status: "ok"; data: null }> => Promise.resolve({ status: "ok", data: null });

/** Knows one right number; the real rules are the shell's. */
function judge(number: string): "fine" | "tooShort" | "tooLong" | "notDigits" | "wrong" {
  const digits = number.replace(/\D/gu, "");
  if (/[^\d\s]/u.test(number)) return "notDigits";
  if (digits.length < 9) return "tooShort";
  if (digits.length > 13) return "tooLong";
  return digits === "472915384" ? "fine" : "wrong";
}
