// A plain GET for k6. In: URL in the environment. Out: k6's summary as JSON on standard output.
import http from 'k6/http';

export const options = { discardResponseBodies: true, summaryTrendStats: ['med', 'p(99)'] };

export default function () {
  http.get(__ENV.URL);
}

export function handleSummary(data) {
  return { stdout: JSON.stringify(data) };
}
