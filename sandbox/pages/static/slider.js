// Sliders, dialogs and toasts of the portal. Pages opened in a slider talk to the topmost portal window.
"use strict";
{
  const open = [];

  function node(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    return holder.content.firstChild;
  }

  function inSlider(url) {
    const address = new URL(url, location.href);
    address.searchParams.set("IFRAME", "Y");
    address.searchParams.set("IFRAME_TYPE", "SIDE_SLIDER");
    return address.href;
  }

  function openSlider(url, options, onClose) {
    const shade = node('<div class="slider-shade"><div class="slider" role="dialog">' +
      '<button class="slider-close" aria-label="Закрыть">×</button><iframe></iframe></div></div>');
    const panel = shade.querySelector(".slider");
    if (options.width) panel.style.width = Math.min(options.width, innerWidth - 60) + "px";
    if (options.leftBoundary) panel.style.width = Math.max(300, innerWidth - options.leftBoundary) + "px";
    if (options.title) { document.title = options.title; panel.setAttribute("aria-label", options.title); }
    const frame = shade.querySelector("iframe");
    const entry = { shade: shade, frame: frame, onClose: onClose, title: options.oldTitle || document.title };
    shade.querySelector(".slider-close").onclick = function () { close(entry); };
    shade.onclick = function (event) { if (event.target === shade) close(entry); };
    open.push(entry);
    document.body.append(shade);
    frame.src = inSlider(url);
  }

  function close(entry) {
    const found = open.indexOf(entry);
    if (found < 0) return;
    open.splice(found, 1);
    entry.shade.remove();
    if (entry.onClose) entry.onClose();
  }

  function closeFor(inner) {
    const entry = open.find(function (each) { return each.frame.contentWindow === inner; });
    if (entry) close(entry);
    return Boolean(entry);
  }

  function toast(text) {
    const shown = node('<div class="toast" role="status"></div>');
    shown.textContent = text;
    document.body.append(shown);
    setTimeout(function () { shown.remove(); }, 5000);
  }

  // Asks the person to choose some of `choices` ([{value, label}]); answers the chosen values, [] on cancel.
  function choose(title, choices, multiple) {
    return new Promise(function (resolve) {
      const box = node('<div class="dialog" role="dialog"><form class="card stack"><h2></h2><div class="list"></div>' +
        '<div class="row"><button class="button primary">Выбрать</button>' +
        '<button class="button" type="button">Отмена</button></div></form></div>');
      box.querySelector("h2").textContent = title;
      choices.forEach(function (choice) {
        const line = node('<label class="choice"><input name="choice"><span></span></label>');
        line.firstChild.type = multiple ? "checkbox" : "radio";
        line.firstChild.value = choice.value;
        line.lastChild.textContent = choice.label;
        box.querySelector(".list").append(line);
      });
      function finish(values) { box.remove(); resolve(values); }
      box.querySelector("form").onsubmit = function (event) {
        event.preventDefault();
        finish(new FormData(event.target).getAll("choice"));
      };
      box.querySelector("button[type=button]").onclick = function () { finish([]); };
      document.body.append(box);
    });
  }

  // Reads the page again and replaces the parts that carry data-reload and have changed.
  async function reloadParts() {
    const address = new URL(location.href);
    address.searchParams.set("parts", "Y");
    const answer = await fetch(address);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelectorAll("[data-reload]").forEach(function (part) {
      const found = fresh.getElementById(part.id);
      if (!found || found.innerHTML === part.innerHTML) return;
      const top = part.scrollTop;
      const atEnd = top + part.clientHeight > part.scrollHeight - 40;
      part.replaceWith(found);
      found.scrollTop = atEnd ? found.scrollHeight : top;
    });
  }

  // A dialog shows its end.
  document.querySelectorAll(".bubbles").forEach(function (part) { part.scrollTop = part.scrollHeight; });

  // A portal tells its open pages what has changed; here they ask, as long as somebody can see the parts.
  setInterval(function () {
    const part = document.querySelector("[data-reload]");
    if (part && part.offsetParent && !document.hidden) reloadParts();
  }, 3000);

  window.Portal = { reloadParts: reloadParts, openSlider: openSlider, closeFor: closeFor, toast: toast, choose: choose };

  document.addEventListener("click", function (event) {
    const link = event.target.closest("a[data-slider]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const host = window.top.Portal || window.Portal;
    host.openSlider(link.href, { title: link.dataset.title, width: Number(link.dataset.width) || 0 }, function () {});
  });

  document.addEventListener("click", function (event) {
    const tab = event.target.closest("[role=tab]");
    if (!tab) return;
    tab.parentNode.querySelectorAll("[role=tab]").forEach(function (each) {
      const on = each === tab;
      each.setAttribute("aria-selected", String(on));
      document.getElementById(each.getAttribute("aria-controls")).hidden = !on;
    });
    document.dispatchEvent(new CustomEvent("portal:tab"));
  });
}
