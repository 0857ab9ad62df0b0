// The live log: asks for the newest rows every two seconds and shows them, newest first.
"use strict";
{
  const table = document.getElementById("log");
  const body = table.tBodies[0];

  function cell(row, text, tag) {
    const made = row.insertCell();
    const inner = tag ? made.appendChild(document.createElement(tag.split(".")[0])) : made;
    if (tag && tag.includes(".")) inner.className = tag.split(".").slice(1).join(" ");
    inner.textContent = text;
    return made;
  }

  function show(rows) {
    body.replaceChildren();
    if (!rows.length) {
      const empty = cell(body.insertRow(), table.dataset.empty);
      empty.className = "empty";
      empty.colSpan = 5;
    }
    rows.forEach(function (each) {
      const row = body.insertRow();
      cell(row, each.at).className = "nowrap";
      cell(row, each.direction).className = "nowrap";
      cell(row, each.operation, "code");
      cell(row, each.status, "span.tag." + (each.good ? "good" : "bad"));
      cell(row, each.duration).className = "right nowrap";
    });
  }

  async function refresh() {
    const answer = await fetch(table.dataset.url);
    if (answer.ok) show(await answer.json());
  }

  refresh();
  setInterval(refresh, 2000);
}
