// What the page asks of its server, and how many questions are open.
import { decodeIPC } from "@uwdata/mosaic-core";

const token = document.querySelector("meta[name=carbonsweep-token]").content;
export const work = { open: 0, asked: 0, listeners: [] };

function changed() {
  document.documentElement.dataset.open = work.open;
  document.documentElement.dataset.asked = work.asked;
  work.listeners.forEach((listener) => listener(work.open));
}

async function post(path, given) {
  work.open += 1;
  work.asked += 1;
  changed();
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Carbonsweep-Token": token },
      body: JSON.stringify(given),
    });
    if (!answer.ok) throw new Error((await answer.json()).error);
    return { answer, content: await answer.arrayBuffer() };
  } finally {
    work.open -= 1;
    changed();
  }
}

export async function ask(question, given = {}) {
  const { content } = await post(`/ask/${question}`, given);
  return JSON.parse(new TextDecoder().decode(content));
}

export const connector = {
  async query({ type, sql }) {
    const { content } = await post("/query", { type, sql });
    if (type === "exec") return undefined;
    const table = decodeIPC(content);
    return type === "arrow" ? table : table.toArray();
  },
};
