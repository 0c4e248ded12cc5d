// Opens report.html in Chromium as a reader would: sorts, searches, chooses, points, prints; in light, in dark, without script.
//
//   TOOLS=FOLDER-WITH-NODE_MODULES node tests/browser/report.mjs report.html… PICTURES-FOLDER
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const { chromium } = createRequire(`${resolve(process.env.TOOLS)}/`)("playwright-core");
const reports = process.argv.slice(2, -1);
const pictures = resolve(process.argv.at(-1));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
});

/** Opens a page that must ask for nothing and complain of nothing. */
async function open(report, settings) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...settings });
  const page = await context.newPage();
  const url = pathToFileURL(resolve(report)).href;
  page.on("pageerror", (error) => assert.fail(`the page's script failed: ${error}`));
  page.on("console", (message) => assert.notEqual(message.type(), "error", message.text()));
  page.on("request", (request) => assert.equal(request.url(), url, "the page asks for something"));
  await page.goto(url);
  return page;
}

const column = (page, number) =>
  page.$$eval("#endpoints tbody tr", (rows, number) => rows.filter((row) => !row.hidden).map((row) => row.cells[number].textContent), number);
const milliseconds = (text) => parseFloat(text.replace(",", "")) * (text.includes("µs") ? 1e-3 : text.includes("ms") ? 1 : 1e3);

async function reads(report) {
  const page = await open(report, { colorScheme: "light" });
  const verdict = await page.locator(".verdict").innerText();
  assert.ok((await page.title()).startsWith(verdict), "the verdict stands in the title");

  const names = await column(page, 0);
  assert.ok(names.length > 2, "there are endpoints to sort");
  const sort = page.locator("#endpoints thead button", { hasText: /^p95$/ });
  for (const [direction, sign] of [["descending", -1], ["ascending", 1]]) {
    await sort.click();
    const shown = (await column(page, 6)).map(milliseconds).filter((value) => !Number.isNaN(value));
    assert.deepEqual(shown, [...shown].sort((one, other) => sign * (one - other)), `p95 ${direction}`);
    assert.equal(await page.locator(`#endpoints th[aria-sort=${direction}]`).innerText(), "p95");
  }

  const wanted = names[0].slice(0, 4);
  await page.fill("#find", wanted.toUpperCase());
  const found = await column(page, 0);
  assert.ok(found.length > 0 && found.every((name) => name.toLowerCase().includes(wanted.toLowerCase())), "search finds");
  await page.fill("#find", "no endpoint is called so");
  assert.deepEqual(await column(page, 0), []);
  await page.fill("#find", "");

  const charts = page.locator(".endpoint");
  assert.equal(await charts.filter({ visible: true }).count(), 1, "one endpoint is shown at a time");
  await page.selectOption("#endpoint", "1");
  const chosen = await page.locator("#endpoint option:checked").innerText();
  assert.ok((await charts.filter({ visible: true }).innerText()).includes(chosen));
  await page.locator(".endpoint:not([hidden]) svg").first().hover();
  assert.match(await page.locator(".endpoint:not([hidden]) .values").first().innerText(), /p95 [\d.,]+ ms/);
  await page.selectOption("#endpoint", "0");
  await page.mouse.move(0, 0);

  const name = `${basename(dirname(resolve(report)))}-${verdict.toLowerCase()}`;
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, "the page is no wider than the window");
  const dark = await open(report, { colorScheme: "dark" });
  await dark.screenshot({ path: join(pictures, `${name}-dark.png`), fullPage: true });
  const narrow = await open(report, { viewport: { width: 390, height: 800 } });
  assert.ok((await narrow.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0, "nor on a phone");
  const still = await open(report, { javaScriptEnabled: false });
  assert.equal(await still.locator(".endpoint").filter({ visible: true }).count(), await still.locator(".endpoint").count());
  console.log(`${report}: ${verdict}, ${names.length} endpoints: sorted, searched, chosen, pointed at`);
}

try {
  for (const report of reports) await reads(report);
} finally {
  await browser.close();
}
