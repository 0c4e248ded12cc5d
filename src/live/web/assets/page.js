"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const KEY = "loadgate token";
  const fromAddress = /^#token=(.+)$/.exec(location.hash);
  if (fromAddress) {
    sessionStorage.setItem(KEY, fromAddress[1]);
    // Not in the history, nor in a picture of the window.
    history.replaceState(null, "", location.pathname);
  }
  const token = () => sessionStorage.getItem(KEY) ?? "";

  // --- figures as people read them
  const digits = (value) => (value >= 100 || value === 0 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
  const grouped = (value) => Math.round(value).toLocaleString("en");
  const latency = (us) => us === null || us === undefined ? "–"
    : us < 1e3 ? `${digits(us)} µs` : us < 1e6 ? `${digits(us / 1e3)} ms` : `${digits(us / 1e6)} s`;
  const rate = (value) => (value >= 100 ? grouped(value) : digits(value));
  const share = (value) => (value === 0 ? "0%" : value < 1e-4 ? "< 0.01%" : `${digits(value * 100)}%`);
  const bytes = (value) => {
    const step = Math.min(Math.floor(Math.log2(Math.max(value, 1)) / 10), 4);
    return `${digits(value / 1024 ** step)} ${["B", "KiB", "MiB", "GiB", "TiB"][step]}`;
  };
  const time = (seconds) => {
    const whole = Math.floor(seconds);
    const [minutes, rest] = [Math.floor(whole / 60) % 60, whole % 60];
    const two = (value) => String(value).padStart(2, "0");
    return whole >= 3600 ? `${Math.floor(whole / 3600)}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  };
  const text = (element, value) => {
    if (element.textContent !== value) element.textContent = value;
  };
  const make = (name, value, kind) => {
    const element = document.createElement(name);
    element.textContent = value;
    if (kind) element.className = kind;
    return element;
  };

  // --- what was told
  let told = null, points = [];

  // --- charts
  const LEFT = 64, RIGHT = 20, TOP = 8, WIDTH = 640, HEIGHT = 210, FLOOR = 180;
  const drawn = (name, attributes, words) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (words !== undefined) element.textContent = words;
    return element;
  };
  // The least of 1, 2, 5 times a power of ten that a few steps of reach the top with.
  const step = (top, steps) => {
    const power = 10 ** Math.floor(Math.log10(top / steps));
    return power * [1, 2, 5, 10].find((factor) => factor * power * steps >= top);
  };
  const TIME_STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400];
  const charts = [
    { id: "chart-rps", shown: rate, lines: [["requests", "main", (p) => p.rps], ["failures", "failed", (p) => p.failures_per_s]] },
    { id: "chart-latency", shown: latency, lines: [["p50", "lower", (p) => p.p50_us], ["p95", "main", (p) => p.p95_us]] },
    { id: "chart-users", shown: grouped, lines: [["users", "main", (p) => p.users]] },
  ];
  const end = () => Math.max(told.duration_s, points.length ? points.at(-1).second + points.at(-1).length_s : 0, 1);
  const draw = (chart) => {
    const svg = $(chart.id).querySelector("svg");
    const values = points.flatMap((point) => chart.lines.map(([, , of]) => of(point) ?? 0));
    const highest = Math.max(...values, chart.id === "chart-latency" ? 100 : 1);
    const rung = step(highest, 4), top = Math.ceil(highest / rung) * rung, until = end();
    const x = (second) => LEFT + (second / until) * (WIDTH - LEFT - RIGHT);
    const y = (value) => FLOOR - (value / top) * (FLOOR - TOP);
    const parts = [];
    if (told.warmup_s > 0) {
      parts.push(drawn("rect", { class: "warmup", x: x(0), y: TOP, width: x(Math.min(told.warmup_s, until)) - x(0), height: FLOOR - TOP }));
      parts.push(drawn("text", { class: "shade", x: x(0) + 4, y: TOP + 12 }, "warm-up"));
    }
    for (let value = 0; value <= top * 1.001; value += rung) {
      parts.push(drawn("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }));
      parts.push(drawn("text", { class: "up", x: LEFT - 8, y: y(value) + 4 }, chart.shown(value)));
    }
    const tick = TIME_STEPS.find((seconds) => until / seconds <= 7) ?? 86400;
    for (let second = 0; second <= until; second += tick)
      parts.push(drawn("text", { class: "across", x: x(second), y: FLOOR + 20 }, time(second)));
    for (const [, kind, of] of chart.lines) {
      let path = "", pen = "M";
      for (const point of points) {
        const value = of(point);
        if (value === null || value === undefined) {
          pen = "M";
          continue;
        }
        path += `${pen}${x(point.second + point.length_s / 2).toFixed(1)} ${y(value).toFixed(1)}`;
        pen = "L";
      }
      parts.push(drawn("path", { class: kind, d: path }));
    }
    svg.replaceChildren(...parts);
  };
  for (const chart of charts) {
    const figure = $(chart.id), svg = figure.querySelector("svg"), box = make("div", "", "values");
    box.hidden = true;
    figure.append(box);
    svg.addEventListener("pointermove", (event) => {
      if (!points.length) return;
      const frame = svg.getBoundingClientRect();
      const across = ((event.clientX - frame.left) / frame.width) * WIDTH;
      const second = ((across - LEFT) / (WIDTH - LEFT - RIGHT)) * end();
      const point = points.find((point) => second < point.second + point.length_s) ?? points.at(-1);
      box.textContent = `${time(point.second)}: ${chart.lines.map(([name, , of]) => `${name} ${chart.shown(of(point) ?? null) || "–"}`).join(", ")}`;
      box.hidden = false;
      box.style.top = `${event.clientY - figure.getBoundingClientRect().top - 34}px`;
      box.style.left = `${Math.min(event.clientX - frame.left + 10, frame.width - box.offsetWidth)}px`;
    });
    svg.addEventListener("pointerleave", () => (box.hidden = true));
  }

  // --- the table of endpoints
  const columns = [
    ["Endpoint", null, (row) => row.endpoint, (value) => value],
    ["Requests", "number", (row) => row.requests, grouped],
    ["Failures", "number", (row) => row.failed, grouped],
    ["Requests/s", "number", (row) => row.rps, rate],
    ["Failures/s", "number", (row) => row.failures_per_s, rate],
    ["p50", "number", (row) => row.response_us?.p50 ?? null, latency],
    ["p95", "number", (row) => row.response_us?.p95 ?? null, latency],
    ["p99", "number", (row) => row.response_us?.p99 ?? null, latency],
    ["Max", "number", (row) => row.response_us?.max ?? null, latency],
  ];
  let sorted = { by: 0, down: false };
  const heads = columns.map(([name, kind], at) => {
    const head = make("th", "", kind), button = make("button", name);
    button.type = "button";
    button.addEventListener("click", () => {
      sorted = { by: at, down: sorted.by === at ? !sorted.down : kind === "number" };
      fill();
    });
    head.scope = "col";
    head.append(button);
    return head;
  });
  $("endpoints").tHead.rows[0].replaceChildren(...heads);
  const line = (row) => {
    const element = document.createElement("tr");
    columns.forEach(([name, kind, of, shown], at) => {
      const cell = make(at === 0 ? "th" : "td", shown(of(row)), at === 0 ? "name" : kind);
      if (at === 0) cell.scope = "row";
      if (name.startsWith("Failures") && of(row) > 0) cell.classList.add("failing");
      element.append(cell);
    });
    return element;
  };
  const fill = () => {
    if (!told) return;
    heads.forEach((head, at) => {
      if (at === sorted.by) head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const of = columns[sorted.by][2], sign = sorted.down ? -1 : 1;
    const rows = [...told.endpoints].sort((one, other) => {
      const [a, b] = [of(one), of(other)];
      return sign * (typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : (a ?? -1) - (b ?? -1));
    });
    $("endpoints").tBodies[0].replaceChildren(...rows.map(line));
    $("endpoints").tFoot.replaceChildren(line({ ...told.all, endpoint: "all" }));
  };

  // --- the rest of the page
  const PHASES = { idle: "ready", starting: "starting the target", running: "measuring", stopping: "stopping", done: "done", stopped: "stopped", failed: "failed" };
  const pairs = (list, entries) =>
    list.replaceChildren(...entries.flatMap(([name, value]) => [make("dt", name), make("dd", value)]));
  const show = () => {
    const warming = told.phase === "running" && !told.in_window && told.warmup_s > 0;
    $("top").className = told.phase;
    text($("phase"), warming ? "WARM-UP" : PHASES[told.phase].toUpperCase());
    text($("title"), `${told.profile} · ${told.load.told}`);
    text($("what"), told.target_url);
    document.title = `${told.profile}: ${warming ? "warm-up" : PHASES[told.phase]} · loadgate`;
    const active = ["starting", "running", "stopping"].includes(told.phase);
    $("key").hidden = true;
    $("controls").hidden = false;
    $("start").disabled = active;
    text($("start"), told.run > 0 && !active ? "Start again" : "Start");
    $("stop").disabled = !active;
    $("change").hidden = !told.load.may_change;
    $("change").querySelector("button").disabled = told.phase !== "running";
    $("level").disabled = told.phase !== "running";
    $("level").max = told.load.most;
    text($("unit"), told.load.unit === "users" ? "Users" : "Starts/s");
    if (document.activeElement !== $("level")) $("level").value = Math.round(told.load.level * 100) / 100;
    $("progress").hidden = told.phase === "idle";
    $("elapsed").max = told.duration_s || 1;
    $("elapsed").value = Math.min(told.elapsed_s, told.duration_s || 1);
    text($("clock"), `${time(told.elapsed_s)} of ${time(told.duration_s)}`);
    const all = told.all;
    text($("rps"), told.second === null ? "–" : rate(active ? all.rps : all.requests / Math.max(told.measured_s, 1)));
    text($("failed"), all.requests ? share(all.error_rate) : "–");
    $("failed").className = all.failed > 0 ? "bad" : "";
    text($("p50"), latency(all.response_us?.p50));
    text($("p95"), latency(all.response_us?.p95));
    text($("users"), told.second === null ? "–" : grouped(told.users));
    text($("of"), told.second === null ? "" : told.in_window ? "since the warm-up" : "in the warm-up, which is not measured");
    charts.forEach(draw);
    fill();
    $("failing").hidden = told.failures.length === 0;
    $("failures").tBodies[0].replaceChildren(...told.failures.map((failure) => {
      const row = document.createElement("tr"), example = make("td", "");
      if (failure.example) example.append(make("code", failure.example));
      row.append(make("th", failure.endpoint, "name"), make("td", failure.kind), make("td", grouped(failure.count), "number"), example);
      return row;
    }));
    const generator = told.generator;
    const starts = told.load.unit === "users" ? [] : [
      ["Starts late by (p99)", latency(generator.lag_p99_us)],
      ["Starts that waited for a user", grouped(generator.late)],
      ["Starts missed", grouped(generator.missed)],
    ];
    pairs($("generator"), [
      ...starts,
      ["CPU", `${generator.cpu_cores.toFixed(2)} cores`],
      ["Time without a pause", share(generator.busy)],
      ["Taken by the hypervisor", share(generator.steal)],
    ]);
    const resources = Object.entries(told.target);
    $("resources").hidden = resources.length === 0;
    pairs($("target"), resources.map(resource));
    $("ending").hidden = told.ending === null;
    if (told.ending) {
      text($("headline"), told.ending.headline);
      $("reasons").replaceChildren(...told.ending.reasons.map((reason) => make("li", reason)));
      $("files").replaceChildren(...told.ending.files.map((name) => {
        const button = make("button", name);
        button.type = "button";
        button.addEventListener("click", () => download(name));
        return button;
      }));
    }
  };
  const RESOURCES = { cpu_cores: "CPU", rss_bytes: "Memory", disk_read_bytes_per_s: "Read from disk", disk_written_bytes_per_s: "Written to disk" };
  const resource = ([name, value]) => {
    const words = name.replace(/_bytes(_per_s)?$/, "").replaceAll("_", " ");
    const shown = name.endsWith("_cores") ? `${value.toFixed(2)} cores`
      : name.endsWith("_bytes") ? bytes(value)
      : name.endsWith("_bytes_per_s") ? `${bytes(value)}/s`
      : Number.isInteger(value) ? grouped(value) : value.toFixed(2);
    return [RESOURCES[name] ?? words[0].toUpperCase() + words.slice(1), shown];
  };
  const complain = (words) => {
    text($("trouble"), words);
    $("trouble").hidden = words === "";
  };

  // --- talking to loadgate
  const ask = (path, settings = {}) =>
    fetch(path, { ...settings, headers: { ...settings.headers, authorization: `Bearer ${token()}` }, cache: "no-store" });
  const order = async (name, body) => {
    try {
      const answer = await ask(`/api/${name}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) });
      complain(answer.ok ? "" : (await answer.json()).error);
    } catch {
      complain("loadgate does not answer");
    }
  };
  const download = async (name) => {
    const answer = await ask(`/files/${encodeURIComponent(name)}`);
    if (!answer.ok) return complain(`${name} is not there any more`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  $("start").addEventListener("click", () => order("start"));
  $("stop").addEventListener("click", () => order("stop"));
  $("change").addEventListener("submit", (event) => {
    event.preventDefault();
    const level = $("level").valueAsNumber;
    if (!Number.isNaN(level)) order("level", { level });
    $("level").blur();
  });
  $("key").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(KEY, $("token").value.trim());
    $("key").hidden = true;
    listen();
  });

  const take = (update) => {
    const { from, points: later, ...rest } = update;
    points = points.slice(0, from).concat(later);
    told = rest;
    show();
  };
  // EventSource sends no header, and a token has no place in an address: the stream is read by hand.
  const read = async (answer) => {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let kept = ""; ;) {
      const { value, done } = await reader.read();
      if (done) return;
      const events = (kept + value).split("\n\n");
      kept = events.pop();
      for (const event of events) {
        const data = event.split("\n").filter((part) => part.startsWith("data: ")).map((part) => part.slice(6)).join("\n");
        if (data) take(JSON.parse(data));
      }
    }
  };
  const needsToken = () => {
    text($("phase"), "LOCKED");
    $("controls").hidden = true;
    $("key").hidden = false;
    $("token").focus();
  };
  const listen = async () => {
    for (let pause = 500; ; pause = Math.min(pause * 2, 5000)) {
      if (!token()) return needsToken();
      try {
        const answer = await ask("/events");
        if (answer.status === 401) {
          sessionStorage.removeItem(KEY);
          complain("This token is not that of the loadgate that runs here now.");
          return needsToken();
        }
        if (answer.ok) {
          complain("");
          pause = 500;
          await read(answer);
        }
      } catch {
        // Not there, or gone: told below, and tried again.
      }
      complain("The connection to loadgate is lost; trying again.");
      await new Promise((wake) => setTimeout(wake, pause));
    }
  };
  listen();
})();
