// Serves batches to the viewer in a dev build, as the shell does over its own scheme.
import type { Plugin } from "vite";

const width = 1280;
const height = 800;

/** Answers `/mock-picture/next` while a dev server runs; not part of any build. */
export function mockPicture(): Plugin {
  return {
    name: "mock-picture",
    apply: "serve",
    configureServer(server) {
      server.middlewares.use("/mock-picture/next", (request, response) => {
        const after = new URL(request.url ?? "", "http://localhost").searchParams.get("after");
        if (after === "0") response.end(firstBatch());
        else setTimeout(() => response.writeHead(204).end(), 5000);
      });
    },
  };
}

/** A desk with two windows on it, of fills alone. */
function firstBatch(): Buffer {
  const fills: [number, number, number, number, number][] = [
    [0x2f5d62, 0, 0, width, height],
    [0x1c3a3d, 0, height - 36, width, 36],
    [0xf4f4f2, 120, 90, 620, 420],
    [0x3b4a55, 120, 90, 620, 28],
    [0x10151a, 560, 300, 560, 360],
    [0x3b4a55, 560, 300, 560, 28],
    ...Array.from({ length: 12 }, (_, line): [number, number, number, number, number] => [
      line % 4 === 0 ? 0x0b6660 : 0x55606a,
      144,
      140 + line * 28,
      220 + ((line * 137) % 300),
      8,
    ]),
    ...Array.from({ length: 9 }, (_, line): [number, number, number, number, number] => [
      line % 3 === 0 ? 0x7ad6cc : 0xb9c4c8,
      580,
      350 + line * 30,
      120 + ((line * 89) % 340),
      8,
    ]),
  ];
  const head = Buffer.alloc(28);
  head.write("BVB1");
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(1, 8);
  head.writeUInt16LE(width, 12);
  head.writeUInt16LE(height, 14);
  head.writeUInt32LE(fills.length, 24);
  const operations = fills.map(([colour, x, y, w, h]) => {
    const operation = Buffer.alloc(16);
    operation.writeUInt8(2, 0);
    operation.writeUIntBE(colour, 1, 3);
    [x, y, w, h].forEach((value, index) => operation.writeUInt16LE(value, 4 + index * 2));
    return operation;
  });
  return Buffer.concat([head, ...operations]);
}
