// The keys of the desk, where the cursor goes after a part of the page was swapped, and printing. Every page works without it.
(function () {
  "use strict";
  var root = document.documentElement;
  root.dataset.js = "yes";

  function typing(el) {
    return el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));
  }

  // what answers a key: the last one on the page, so that the page's own comes before the frame's
  function target(key) {
    var found = document.querySelectorAll('[data-key="' + key + '"]');
    for (var i = found.length - 1; i >= 0; i--) {
      if (found[i].getClientRects().length) return found[i];
    }
    return null;
  }

  var en = root.lang === "en", base = en ? "/en" : "";
  var dirty = false;
  document.addEventListener("input", function (e) {
    if (e.target.form && e.target.form.hasAttribute("data-slip")) dirty = true;
  });

  // What is typed is kept with the office after each field, so that nothing is lost when the page is: but no password, and no file.
  var waiting = null;
  function draft(form) {
    var body = new URLSearchParams();
    Array.prototype.forEach.call(form.elements, function (x) {
      if (!x.name || x.disabled || /^(password|file|submit|button)$/.test(x.type)) return;
      if (/^(checkbox|radio)$/.test(x.type) && !x.checked) return;
      body.append(x.name, x.value);
    });
    body.append("draft-of", form.dataset.slip);
    return body;
  }
  function keep() {
    if (!waiting) return;
    var form = waiting.form, said = form.querySelector("[data-kept]");
    clearTimeout(waiting.timer);
    waiting = null;
    fetch(base + "/drafts", { method: "POST", body: draft(form), headers: { Draft: "1" }, keepalive: true }).then(function (answer) {
      return answer.ok ? answer.text() : Promise.reject(answer);
    }).then(function (text) {
      dirty = !!waiting;
      if (said) said.textContent = text;
    }).catch(function () {
      if (said) said.textContent = en ? "not kept yet; it is still on this page" : "还没有存上，内容还在这一页";
    });
  }
  document.addEventListener("change", function (e) {
    var form = e.target.form;
    if (!form || !form.hasAttribute("data-slip") || /^(password|file)$/.test(e.target.type)) return;
    if (waiting && waiting.form !== form) keep();
    if (waiting) clearTimeout(waiting.timer);
    waiting = { form: form, timer: setTimeout(keep, 300) };
  });
  document.addEventListener("submit", function (e) {
    dirty = false;
    if (!waiting) return;
    if (waiting.form !== e.target) return keep();
    clearTimeout(waiting.timer);
    waiting = null;
  });
  window.addEventListener("pagehide", keep);

  document.addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.altKey || e.metaKey || e.isComposing) return;
    var key = e.key;
    if (key === "?" && !typing(e.target)) {
      e.preventDefault();
      location.href = base + "/help";
      return;
    }
    if (key === "/" && typing(e.target)) return;
    if ((key === "ArrowDown" || key === "ArrowUp") && step(e, key === "ArrowDown" ? 1 : -1)) return;
    if (!/^(\/|F2|F4|F8|F9|Escape)$/.test(key)) return;
    var el = target(key);
    if (!el) return;
    e.preventDefault();
    if (key === "Escape" && dirty) {
      if (!window.confirm(en ? "What you typed is not kept yet. Leave the page?" : "填写的内容还没有保存，要离开吗？")) return;
    }
    if (key === "/") {
      el.focus();
      el.select();
      return;
    }
    el.click();
  });

  // the arrows go from row to row of a list, by the links that open them; from outside a list down goes to its first row
  function step(e, by) {
    if (typing(e.target)) return false;
    var links = Array.prototype.filter.call(document.querySelectorAll("main .tb tbody th[scope=row] a, main .links li > a"), function (x) { return x.getClientRects().length; });
    var at = links.indexOf(e.target), next = links[at < 0 ? (by > 0 ? 0 : -1) : at + by];
    if (!next) return false;
    e.preventDefault();
    next.focus();
    return true;
  }

  // Enter goes on to the next field, as cashiers are used to; with Ctrl it sends the form. The key's second event, which reaches the
  // next field, must not send it either.
  function entering(e) {
    var el = e.target, form = el.form;
    return e.key === "Enter" && !e.isComposing && form && form.hasAttribute("data-dirty") && /^(INPUT|SELECT)$/.test(el.tagName);
  }
  document.addEventListener("keypress", function (e) {
    if (entering(e)) e.preventDefault();
  });
  document.addEventListener("keydown", function (e) {
    if (!entering(e)) return;
    var el = e.target, form = el.form;
    e.preventDefault();
    if (e.ctrlKey) {
      var send = target("F9");
      if (send) send.click();
      return;
    }
    var fields = Array.prototype.filter.call(form.elements, function (x) { return x.tagName !== "FIELDSET" && x.type !== "hidden" && x.tabIndex >= 0 && x.getClientRects().length; });
    var next = fields[fields.indexOf(el) + 1];
    if (next) next.focus();
  });

  document.addEventListener("click", function (e) {
    var el = e.target.closest("[data-do=print]");
    if (el) window.print();
  });

  // a form that settles is sent once; the key in it makes a second time harmless
  document.addEventListener("submit", function (e) {
    if (!e.target.hasAttribute("data-once")) return;
    if (e.target.dataset.sent) {
      e.preventDefault();
      return;
    }
    e.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  // A file takes its time: how much of it has gone is shown, and one that is too large is told before it is sent. Without this the browser
  // sends it by itself, and the office answers.
  function told(form, text, wrong) {
    var p = form.querySelector(".sending") || form.appendChild(document.createElement("p"));
    p.className = "sending" + (wrong ? " wrong" : "");
    p.setAttribute("role", wrong ? "alert" : "status");
    p.textContent = text;
    return p;
  }
  function mega(bytes) { return (bytes / 1048576).toFixed(1); }
  function tooLarge(form) {
    return Array.prototype.find.call(form.querySelectorAll("input[type=file][data-largest]"), function (x) { return x.files[0] && x.files[0].size > +x.dataset.largest; });
  }
  function sendFile(form, to) {
    var request = new XMLHttpRequest(), said = told(form, en ? "Sending…" : "正在上传…"), bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", en ? "sent" : "已传");
    said.before(bar);
    request.upload.onprogress = function (e) {
      if (!e.lengthComputable) return;
      bar.value = e.loaded / e.total;
      said.textContent = e.loaded < e.total ? (en ? "sent " : "已传 ") + mega(e.loaded) + " / " + mega(e.total) + " MB" : (en ? "sent; it is being kept…" : "已传完，正在保存…");
    };
    request.onload = function () {
      if (request.responseURL !== to) return location.assign(request.responseURL);
      document.open();
      document.write(request.responseText);
      document.close();
    };
    request.onerror = function () {
      bar.remove();
      delete form.dataset.sent;
      told(form, en ? "The connection broke: nothing was kept. Send it again." : "连接断了，没有收下。请再传一次。", true);
    };
    request.open("POST", to);
    request.send(new FormData(form));
  }
  document.addEventListener("submit", function (e) {
    var form = e.target, file = form.querySelector("input[type=file]");
    if (e.defaultPrevented || !file || !file.files.length) return;
    e.preventDefault();
    var large = tooLarge(form);
    if (large) {
      delete form.dataset.sent;
      told(form, (en ? "The file has " : "文件有 ") + mega(large.files[0].size) + (en ? " MB; at most " : " MB，至多 ") + mega(large.dataset.largest) + (en ? " MB are taken. It was not sent." : " MB，没有上传。"), true);
      large.focus();
      return;
    }
    sendFile(form, form.action);
  });

  // where one is stays in sight where a phone shows the menu and the tabs in one line
  function inSight() {
    document.querySelectorAll(".side, .tabs, .filters").forEach(function (bar) {
      var here = bar.querySelector("[aria-current]");
      if (here && bar.scrollWidth > bar.clientWidth) bar.scrollLeft += here.getBoundingClientRect().left - bar.getBoundingClientRect().left - (bar.clientWidth - here.offsetWidth) / 2;
    });
  }

  function arrive() {
    var at = document.querySelector("#problems") || document.querySelector("main .note.bad") || document.querySelector("main h1");
    if (!at) return;
    if (!at.hasAttribute("tabindex")) at.setAttribute("tabindex", "-1");
    at.focus();
  }
  // what refreshes itself leaves the cursor where it is
  document.addEventListener("htmx:after:swap", function (e) {
    inSight();
    if (!(e.target.closest && e.target.closest("[data-live]"))) arrive();
  });

  document.addEventListener("DOMContentLoaded", function () {
    inSight();
    if (document.querySelector("#problems")) arrive();
    var bar = document.querySelector("[data-print='1']");
    if (bar) {
      history.replaceState(null, "", location.pathname);
      window.print();
    }
  });
})();
