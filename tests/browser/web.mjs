// Plays with `loadgate run --web` in Chromium as a user would: starts, watches, changes the users, sorts, reads a failure,
// loses the connection and gets it back, stops, downloads, starts again.
//
//   TOOLS=FOLDER-WITH-NODE_MODULES LOADGATE=target/release/loadgate node tests/browser/web.mjs PICTURES-FOLDER
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const { chromium } = createRequire(`${resolve(process.env.TOOLS)}/`)("playwright-core");
const pictures = resolve(process.argv.at(-1));
const out = await mkdtemp(join(tmpdir(), "loadgate-web-"));

// The profile of this repository, for so long that a slow machine sees all of it.
const config = join(out, "loadgate.toml");
await cp("data", join(out, "data"), { recursive: true });
const described = await readFile("loadgate.toml", "utf8");
await writeFile(config, described.replace('duration = "30s"', 'duration = "10m"'));

const loadgate = spawn(
  resolve(process.env.LOADGATE),
  ["run", "--config", config, "--web", "127.0.0.1:0", "--profile", "load", "--out", out, "--demo-fault", "GET /products/{id}:errors=3%", "--demo-fault", "POST /orders:delay=x2"],
  { stdio: ["ignore", "pipe", "pipe"] },
);
const said = [];
const ended = new Promise((wake) => loadgate.on("exit", wake));
const address = await new Promise((found) =>
  createInterface({ input: loadgate.stderr }).on("line", (line) => {
    said.push(line);
    const url = /http:\/\/127\.0\.0\.1:\d+\/#token=[0-9a-f]{32}/.exec(line);
    if (url) found(url[0]);
  }));
let report = "";
loadgate.stdout.on("data", (bytes) => (report += bytes));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
});

async function open(settings, url = address) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 1000 }, colorScheme: "light", ...settings });
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(`the page's script failed: ${error}`));
  page.on("request", (request) => assert.ok(request.url().startsWith(new URL(address).origin) || request.url().startsWith("blob:"), request.url()));
  await page.goto(url);
  return page;
}
/** Returns once what is read off the page is as it should be: the page is told once a second. */
async function until(what, read, holds) {
  let last;
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((wake) => setTimeout(wake, 50)))
    if (holds((last = await read()))) return last;
  assert.fail(`${what}: still ${JSON.stringify(last)}`);
}
const text = (page, selector) => () => page.locator(selector).innerText();
const figure = (words) => parseFloat(words.replaceAll(",", ""));
const points = (page, chart, kind) => () =>
  page.$$eval(`#${chart} path.${kind}`, ([path]) => (path ? path.getAttribute("d").split(/[ML]/).length - 1 : 0));

try {
  const page = await open({});
  await until("the page is ready", text(page, "#phase"), (phase) => phase === "READY");
  assert.ok(!page.url().includes("token"), "the token does not stay in the address");
  assert.equal(await page.locator("#endpoints tbody tr").count(), 6, "every endpoint has a row from the start");
  assert.ok(await page.locator("#stop").isDisabled());

  await page.click("#start");
  await until("it warms up", text(page, "#phase"), (phase) => phase === "WARM-UP");
  await until("it measures", text(page, "#phase"), (phase) => phase === "MEASURING");
  await until("charts fill", points(page, "chart-rps", "main"), (count) => count >= 7);
  for (const [chart, kind] of [["chart-latency", "lower"], ["chart-latency", "main"], ["chart-users", "main"], ["chart-rps", "failed"]])
    assert.ok((await points(page, chart, kind)()) >= 7, `${chart} ${kind}`);
  await until("the users are there", text(page, "#users"), (users) => users === "140");
  const before = figure(await text(page, "#rps")());

  await page.fill("#level", "280");
  await page.press("#level", "Enter");
  await until("the users come", text(page, "#users"), (users) => users === "280");
  await until("and ask for more", text(page, "#rps"), (rps) => figure(rps) > before * 1.4);
  await page.fill("#level", "99999999");
  await page.press("#level", "Enter");
  if (!(await page.$eval("#level", (level) => level.validity.rangeOverflow)))
    await until("too many are refused", text(page, "#trouble"), (words) => words.includes("is the most"));
  await page.fill("#level", "140");
  await page.press("#level", "Enter");
  await until("the users leave", text(page, "#users"), (users) => users === "140");

  await page.click("#endpoints thead button:text-is('Requests')");
  const counts = await page.$$eval("#endpoints tbody tr", (rows) => rows.map((row) => parseFloat(row.cells[1].textContent.replaceAll(",", ""))));
  assert.deepEqual(counts, [...counts].sort((one, other) => other - one), "the busiest first");
  assert.equal(await page.locator("#endpoints th[aria-sort=descending]").innerText(), "Requests");
  const failures = await page.locator("#failures tbody tr").allInnerTexts();
  assert.ok(failures.some((row) => /view_product\s+status 500\s+\d+\s+\S/.test(row)), failures.join("; "));
  await page.hover("#chart-latency svg");
  assert.match(await page.locator("#chart-latency .values").innerText(), /p50 .*s, p95 .*s/);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(pictures, "web.png"), fullPage: true });

  // A second window, dark and as small as a phone's, sees the same; one without the token sees nothing.
  const phone = await open({ viewport: { width: 390, height: 800 }, colorScheme: "dark" });
  await until("a second window is told everything", points(phone, "chart-rps", "main"), (count) => count >= 7);
  assert.ok((await phone.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0, "no wider than a phone");
  await phone.screenshot({ path: join(pictures, "web-phone-dark.png"), fullPage: true });
  const stranger = await open({}, new URL(address).origin);
  await until("a stranger is asked for the token", text(stranger, "#phase"), (phase) => phase === "LOCKED");
  await stranger.fill("#token", "0".repeat(32));
  await stranger.press("#token", "Enter");
  await until("a wrong one opens nothing", text(stranger, "#trouble"), (words) => words.includes("not that of"));
  await stranger.fill("#token", address.split("=")[1]);
  await stranger.press("#token", "Enter");
  await until("the right one opens", text(stranger, "#phase"), (phase) => phase === "MEASURING");

  // A connection that breaks is made again.
  await phone.context().setOffline(true);
  await phone.evaluate(() => window.stop());
  await until("the loss is said", text(phone, "#trouble"), (words) => words.includes("connection to loadgate is lost"));
  await phone.context().setOffline(false);
  await until("it comes back", () => phone.locator("#trouble").isHidden(), (hidden) => hidden);

  await page.click("#stop");
  await until("it stops", text(page, "#phase"), (phase) => phase === "STOPPED");
  const reasons = await text(page, "#reasons")();
  assert.match(reasons, /changed by hand.*140 -> 280 users at \d+ s -> 140 users/);
  const [downloaded] = await Promise.all([page.waitForEvent("download"), page.click("#files button:text-is('recording.json')")]);
  const recording = JSON.parse(await readFile(await downloaded.path(), "utf8"));
  assert.deepEqual(recording, JSON.parse(await readFile(join(out, "recording.json"), "utf8")), "what is downloaded is what was written");
  const shown = await page.$$eval("#endpoints tfoot td", (cells) => parseFloat(cells[0].textContent.replaceAll(",", "")));
  assert.equal(shown, recording.summary.endpoints["(all)"].requests, "the page shows what the recording holds");

  await page.screenshot({ path: join(pictures, "web-done.png"), fullPage: true });

  await page.click("#start");
  await until("it starts again", text(page, "#phase"), (phase) => phase === "WARM-UP");
  await until("from nothing", points(page, "chart-rps", "main"), (count) => count > 0 && count < 6);
  loadgate.kill("SIGINT");
  assert.equal(await ended, 130, said.join("\n"));
  assert.ok(report.includes("interrupted"), report);
  JSON.parse(await readFile(join(out, "recording-2.json"), "utf8"));
  console.log("run --web: started, changed, sorted, read, lost and found, stopped, downloaded, started again, interrupted");
} finally {
  await browser.close();
  loadgate.kill("SIGKILL");
  await rm(out, { recursive: true, force: true });
}
