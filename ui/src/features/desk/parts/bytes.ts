// Files on their way to the shell.
import { deskFileBytes } from "$lib/backend";

/** What is larger is not read at all; the shell looks again. */
export function tooLarge(file: { size: number }): boolean {
  return file.size > deskFileBytes;
}

/** The bytes of a file in base64. */
export function base64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => {
      reject(new Error("the file can't be read"));
    };
    reader.onload = () => {
      const url = typeof reader.result === "string" ? reader.result : "";
      resolve(url.slice(url.indexOf(",") + 1));
    };
    reader.readAsDataURL(file);
  });
}

/** The bytes behind base64. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const all = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) all[index] = binary.charCodeAt(index);
  return all;
}
