// Where the focus goes when a screen appears.
import type { Attachment } from "svelte/attachments";

/** Focuses the element when it appears, if `wanted`. */
export function focusWhen(wanted: boolean): Attachment<HTMLElement> {
  return (element) => {
    if (wanted) element.focus();
  };
}
