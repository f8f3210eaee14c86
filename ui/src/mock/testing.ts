// What the tests of whole windows share: the web view's parts that jsdom lacks, and a shell that notes what it hears.
import { flushSync, mount, unmount, type Component } from "svelte";
import { pretend, type Commands } from "$lib/backend";
import { mockBackend } from "./mock";

/** What the shell was asked for. */
export type Asked = [command: string, ...args: unknown[]][];

/** Puts in place what jsdom lacks. */
export function prepareJsdom(): void {
  class Nothing {
    observe(): void {
      // There is no layout to observe.
    }
    unobserve(): void {
      // So there is nothing to leave alone.
    }
    disconnect(): void {
      // Nor anything to stop.
    }
    postMessage(): void {
      // No worker runs.
    }
    terminate(): void {
      // None ran.
    }
    addEventListener(): void {
      // It never says anything.
    }
  }
  Object.assign(globalThis, { ResizeObserver: Nothing, Worker: Nothing });
  Object.assign(HTMLCanvasElement.prototype, { transferControlToOffscreen: () => ({}), getContext: () => null });
  Object.assign(window, { scrollTo: () => undefined });
}

/** Uses a shell that answers like the mock and notes every request. */
export function listenIn(): Asked {
  const asked: Asked = [];
  const mock = mockBackend(new URLSearchParams());
  const commands = new Proxy(mock.commands, {
    get:
      (target, name: keyof Commands & string) =>
      (...args: unknown[]): unknown => {
        asked.push([name, ...args]);
        return (target[name] as (...all: unknown[]) => unknown)(...args);
      },
  });
  pretend({ ...mock, commands });
  return asked;
}

/** Shows `component` and answers how it is taken away again. */
export function show<Props extends Record<string, unknown>>(component: Component<Props>, props: Props): () => void {
  document.body.replaceChildren();
  const shown = mount(component, { target: document.body, props });
  flushSync();
  return () => void unmount(shown);
}

/** The button or field that is called `name`. */
export function named(name: string): HTMLElement {
  const tidy = (text: string | null | undefined): string => (text ?? "").replace(/\s+/gu, " ").trim();
  const found = [...document.querySelectorAll<HTMLElement>("button, input, textarea, summary")].find(
    (element) => tidy(element.getAttribute("aria-label")) === name || tidy(element.textContent).startsWith(name),
  );
  if (!found) throw new Error(`nothing is called ${name}`);
  return found;
}
