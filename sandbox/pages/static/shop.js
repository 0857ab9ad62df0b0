// The visitor's chat window: writes, and asks for the operator's answers every 1.5 seconds while it is open.
"use strict";
{
  const box = document.getElementById("chat");
  const list = document.getElementById("chat-messages");
  const form = document.getElementById("chat-form");
  let shown = "";

  function show(chat) {
    const state = JSON.stringify(chat);
    if (state === shown) return;
    shown = state;
    list.replaceChildren();
    if (!chat.messages.length) add("Здравствуйте! Чем помочь?", "");
    chat.messages.forEach(function (each) { add(each.text, each.mine ? "mine" : each.system ? "system" : ""); });
    if (chat.closed) add("Чат завершён. Новое сообщение начнёт новый.", "system");
    form.querySelector(".who").hidden = chat.messages.some(function (each) { return each.mine; }) && !chat.closed;
    list.scrollTop = list.scrollHeight;
  }

  function add(text, kind) {
    const bubble = document.createElement("div");
    bubble.className = "bubble " + kind;
    bubble.textContent = text;
    list.append(bubble);
  }

  async function refresh() {
    if (box.hidden) return;
    const answer = await fetch(box.dataset.url);
    if (answer.ok) show(await answer.json());
  }

  async function send(event) {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    given.page = box.dataset.page;
    const answer = await fetch(box.dataset.url, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given),
    });
    const body = await answer.json();
    if (!answer.ok) return add(body.error, "system");
    form.elements.text.value = "";
    show(body);
  }

  function toggle(open) {
    box.hidden = !open;
    if (open) { refresh(); form.elements.text.focus(); }
  }

  form.addEventListener("submit", send);
  document.getElementById("chat-toggle").onclick = function () { toggle(box.hidden); };
  document.getElementById("open-chat").onclick = function () { toggle(true); };
  setInterval(refresh, 1500);
}
