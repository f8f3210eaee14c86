// What is dropped beside what takes it must not replace the page.

/** Refuses every file and address that no part of the page has taken. Text still falls into fields. */
export function refuseDrops(): void {
  const refuse = (event: DragEvent): void => {
    if (event.defaultPrevented) return;
    const types = event.dataTransfer?.types ?? [];
    if (!types.includes("Files") && !types.includes("text/uri-list")) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "none";
  };
  for (const what of ["dragenter", "dragover", "drop"] as const) window.addEventListener(what, refuse);
}
