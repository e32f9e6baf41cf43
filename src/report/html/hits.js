// Hits, calls and requests as lines that open.

const fate = (outcome) => {
  const kind = outcome?.split(':')[0];
  return kind && kind !== 'delivered' && kind !== 'stubbed'
    ? h(`span.chip.${kind === 'failed' ? 'lost' : kind}`, {}, outcome)
    : '';
};
const SHOWN = ['value', 'currency', 'order_id', 'content_ids'];
const hitFold = (data, hit) =>
  fold(
    'fold',
    [
      h('span.vendor', {}, hit.vendor),
      h('b', {}, hit.event),
      h(
        'span.muted.grow',
        {},
        hit.account,
        ' ',
        hit.params
          .filter((it) => SHOWN.includes(it.canonical))
          .map((it) => `${it.canonical}=${plain(it.value)} `),
      ),
      hit.kind !== 'event' && h('span.chip', {}, hit.kind),
      fate(hit.outcome),
    ],
    () => hitBody(data, hit),
  );
const hitBody = (data, hit) => {
  const order = ['business', 'identity', 'identifier', 'environment', 'transport'];
  const params = [...hit.params].sort((a, b) => order.indexOf(a.class) - order.indexOf(b.class));
  const call = data.calls[hit.call];
  return [
    hit.problems.length > 0 && h('p.notice.warning', {}, `Not decoded: ${hit.problems.join('; ')}`),
    h(
      'table.params',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Parameter', 'Value', 'Kind'].map((text) => h('th', { scope: 'col' }, text)),
        ),
      ),
      h(
        'tbody',
        {},
        params.map((it) =>
          h(
            'tr',
            {},
            h(
              'td',
              {},
              it.wire,
              it.canonical && it.canonical !== it.wire && h('small', {}, ` ${it.canonical}`),
            ),
            h('td', {}, plain(it.value)),
            h('td', {}, it.class),
          ),
        ),
      ),
    ),
    hit.consent.length > 0 &&
      h('p.muted', {}, 'Consent: ', hit.consent.map((it) => `${it.about} ${it.state}`).join(', ')),
    call && callFold(call),
    requestFold(data, data.byId.get(hit.request), 'The request'),
  ];
};
const callFold = (call) =>
  fold(
    'fold',
    [
      h('span.muted', {}, 'call'),
      h('code.grow', {}, `${call.name}(${call.args.map((it) => JSON.stringify(it)).join(', ')})`),
      h('span.muted', {}, duration(call.at_ms)),
    ],
    () => [
      h(
        'pre.raw',
        { tabindex: 0 },
        `${call.name}(${call.args.map((it) => JSON.stringify(it, null, 2)).join(', ')})`,
      ),
      h('p.muted', {}, call.frame_url),
      stack(call.stack),
    ],
  );
const stack = (frames) =>
  frames.length > 0 &&
  h(
    'pre.raw',
    { tabindex: 0 },
    frames.map((it) => `${it.function || '(anonymous)'}  ${it.url}:${it.line}:${it.column}`).join('\n'),
  );
const requestFold = (data, request, title) =>
  request &&
  fold(
    'fold',
    [
      h('span.muted', {}, title ?? request.method),
      h('code.grow', {}, request.url),
      fate(request.outcome),
      request.status > 0 && h('span.muted', {}, request.status),
    ],
    () => requestBody(data, request),
  );
const requestBody = (data, request) => {
  const raw = data.raw[request.id];
  const step = data.steps[request.step];
  const facts = [
    ['sent', `${duration(request.started_ms)} after the start${step ? `, in step ${request.step + 1}` : ''}`],
    ['type', `${request.resource_type}, by a ${request.target.replace('_', ' ')}`],
    ['frame', request.frame_url],
    ['outcome', `${request.outcome}${request.status ? `, status ${request.status}` : ''}`],
    ['redirect of', data.byId.get(request.redirected_from)?.url],
  ].filter(([, it]) => it);
  const lines =
    raw &&
    [`${request.method} ${request.url}`, ...raw.headers.map((it) => `${it.name}: ${it.value}`)].join('\n');
  return [
    h(
      'table.params',
      {},
      h(
        'tbody',
        {},
        facts.map(([name, text]) => h('tr', {}, h('td', {}, name), h('td', {}, text))),
      ),
    ),
    h('pre.raw', { tabindex: 0 }, lines ?? `${request.method} ${request.url}`),
    raw?.body &&
      h(
        'pre.raw',
        { tabindex: 0 },
        raw.body._masked ?? (raw.body._encoding ? `(${raw.body._encoding}) ` : '') + raw.body.text,
        raw.body._incomplete && '\n… the browser did not hand over the rest',
      ),
  ];
};
