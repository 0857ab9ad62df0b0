// Keeps the parts of a page that carry data-refresh up to date: reads the page again every two seconds.
"use strict";
{
  async function refresh() {
    const answer = await fetch(location.href);
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelectorAll("[data-refresh]").forEach(function (part) {
      const found = fresh.getElementById(part.id);
      if (!found || found.innerHTML === part.innerHTML) return;
      part.innerHTML = found.innerHTML;
      part.scrollTop = part.scrollHeight;
    });
  }
  document.querySelectorAll(".bubbles").forEach(function (part) { part.scrollTop = part.scrollHeight; });
  setInterval(refresh, 2000);
}
