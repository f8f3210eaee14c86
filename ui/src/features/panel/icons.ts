// The symbol of each permission. Never without its word.
import ClipboardCopy from "@lucide/svelte/icons/clipboard-copy";
import ClipboardPaste from "@lucide/svelte/icons/clipboard-paste";
import Eye from "@lucide/svelte/icons/eye";
import FileDown from "@lucide/svelte/icons/file-down";
import FileUp from "@lucide/svelte/icons/file-up";
import Info from "@lucide/svelte/icons/info";
import MousePointerClick from "@lucide/svelte/icons/mouse-pointer-click";
import Pencil from "@lucide/svelte/icons/pencil";
import RotateCw from "@lucide/svelte/icons/rotate-cw";
import Video from "@lucide/svelte/icons/video";
import type { Permission } from "$lib/bindings";

export const permissionIcons: Record<Permission, typeof Eye> = {
  seeScreen: Eye,
  point: Pencil,
  control: MousePointerClick,
  clipboardToTechnician: ClipboardCopy,
  clipboardFromTechnician: ClipboardPaste,
  sendFiles: FileUp,
  receiveFiles: FileDown,
  systemInformation: Info,
  recording: Video,
  reconnectAfterRestart: RotateCw,
};
