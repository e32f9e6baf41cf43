// One scenario: findings, steps, requests over time, console. Its data is
// unpacked when it is opened, so that a long run opens as fast as a short one.

const scenarioPage = async (reported, other, part) => {
  const all = await unpack(reported.index);
  const data = all.others[other - 1] ?? all;
  const scenario =
    data === all
      ? reported
      : {
          ...reported,
          other,
          verdict: data.verdict,
          hits: data.hits.filter((it) => it.kind === 'event').length,
        };
  const at = ordered.indexOf(reported);
  const beside = (index, text) =>
    ordered[index] && h('a', { href: address(ordered[index]), title: ordered[index].name }, text);
  const bad = data.findings.filter((it) => it.severity !== 'info');
  const notes = data.findings.filter((it) => it.severity === 'info');
  main.replaceChildren(
    ...[
      h(
        'p.muted.no-print',
        {},
        h('a', { href: '#' }, 'All scenarios'),
        ' · ',
        beside(at - 1, 'former'),
        at > 0 && ordered[at + 1] ? ' · ' : '',
        beside(at + 1, 'next'),
      ),
      h('h1', { tabindex: -1 }, scenario.name, ' ', badge(scenario.verdict)),
      h(
        'div.facts',
        {},
        h('code', {}, data.file),
        h('span', {}, count(data.steps.length, 'step')),
        h('span', {}, count(scenario.hits, 'hit')),
        h('span', {}, count(data.requests.length + (data.left_out?.requests ?? 0), 'request')),
        h('span', {}, duration(data.duration_ms)),
        h('span', {}, moment(data.started)),
      ),
      all.others.length > 0 && attempts(all, reported, data),
      snapshotLine(data.snapshot),
      data.left_out &&
        h(
          'p.notice.info',
          {},
          'Left out to keep this file small: ',
          Object.entries(data.left_out)
            .map(([what, number]) => `${number} ${what.replace('_', ' ')}`)
            .join(', '),
          '. The JSON report has everything.',
        ),
      bad.length > 0 &&
        h(
          'section',
          { 'aria-label': 'Findings' },
          h(
            'h2',
            {},
            bad.some((it) => it.severity === 'error') ? 'What is wrong' : 'Worth a look',
            h('small', {}, count(bad.length, 'finding')),
          ),
          bad.map((it) => findingCard(it, scenario, data)),
        ),
      data.steps.length > 0 && stepsSection(data, scenario, part),
      data.hits.some((it) => it.step == null) &&
        h(
          'section',
          {},
          h('h2', {}, 'Hits of no step'),
          data.hits.filter((it) => it.step == null).map((it) => hitFold(data, it)),
        ),
      data.requests.length > 0 && waterfall(data),
      logSection(data),
      notes.length > 0 &&
        h(
          'section',
          {},
          h('h2', {}, 'Notes'),
          notes.map((it) => findingCard(it, scenario, data)),
        ),
      data.artifacts.length > 0 &&
        h(
          'section',
          {},
          h('h2', {}, 'Files'),
          h(
            'ul',
            {},
            data.artifacts.map((it) =>
              h('li', {}, h('span.muted', {}, `${it.kind} `), h('code', {}, it.path)),
            ),
          ),
        ),
    ]
      .flat()
      .filter(Boolean),
  );
  return scenario.name;
};
// A scenario that was played more than once.
const attempts = (all, reported, shown) =>
  h(
    'nav.chips',
    { 'aria-label': 'Attempts' },
    [...all.others, all].map((it, index) =>
      h(
        'a.quiet',
        {
          href: address(it === all ? reported : { ...reported, other: index + 1 }),
          'aria-current': it === shown ? 'page' : null,
        },
        sign(it.verdict),
        it === all ? ` ${it.verdict}, reported` : ` attempt ${index + 1}, ${it.verdict}`,
      ),
    ),
  );
const snapshotLine = (snapshot) => {
  const text = { same: 'agrees with', different: 'differs from', written: 'wrote' }[snapshot.is];
  return (
    text &&
    h(
      'p.facts',
      {},
      h('span', {}, `${text} `, h('code', {}, snapshot.path)),
      snapshot.pending && h('span', {}, 'what was found is in ', h('code', {}, snapshot.pending)),
      snapshot.learnt?.length > 0 && h('span', {}, snapshot.learnt.slice(0, 5).join('; ')),
    )
  );
};
const stepsSection = (data, scenario, part) => {
  const worst = data.findings.find((it) => it.severity === 'error' && it.step != null)?.step;
  const undone = data.steps.findIndex((it) => it.outcome.is === 'failed' || it.outcome.is === 'broken');
  const named = /^step-(\d+)$/.exec(part ?? '');
  const finding = data.findings.find((it) => it.id === part);
  let chosen = named ? named[1] - 1 : (finding?.step ?? worst ?? (undone >= 0 ? undone : 0));
  if (!data.steps[chosen]) chosen = 0;
  const panel = h('div.card', { role: 'tabpanel', id: 'step-panel', tabindex: 0 });
  const tabs = data.steps.map((step, index) => {
    const hits = data.hits.filter((it) => it.step === index).length;
    const own = data.findings.filter((it) => it.step === index && it.severity !== 'info');
    const state = { done: 'passed', failed: 'failed', broken: 'broken', skipped: 'skipped' }[step.outcome.is];
    const mark =
      state === 'passed' && own.length
        ? own.some((it) => it.severity === 'error')
          ? 'error'
          : 'warning'
        : state;
    return h(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${index}`,
        'aria-controls': 'step-panel',
        title: step.label,
        click: () => choose(index),
        keydown: (event) => moveTab(event, index),
      },
      h('span.shot', {}, picture(data, index) || step.kind),
      h('span.label', {}, `${index + 1}. ${step.label}`),
      h(
        'span.counts',
        {},
        sign(mark),
        ...[
          hits > 0 && count(hits, 'hit'),
          own.length > 0 && count(own.length, 'finding'),
          !hits && !own.length && (step.outcome.is === 'skipped' ? 'skipped' : duration(step.duration_ms)),
        ]
          .filter(Boolean)
          .map((it) => h('span', {}, it)),
      ),
    );
  });
  const choose = (index, focus) => {
    tabs.forEach((tab, at) => {
      tab.setAttribute('aria-selected', String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
    });
    panel.setAttribute('aria-labelledby', `tab-${index}`);
    panel.replaceChildren(stepBody(data, scenario, index));
    if (focus) tabs[index].focus();
  };
  const moveTab = (event, index) => {
    const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined || !tabs[to]) return;
    event.preventDefault();
    choose(to, true);
  };
  choose(chosen);
  const strip = h('div.strip', { role: 'tablist', 'aria-label': 'Steps' }, tabs);
  requestAnimationFrame(() => {
    strip.scrollLeft = tabs[chosen].offsetLeft - strip.offsetLeft - 60;
  });
  return h('section', { id: 'steps' }, h('h2', {}, 'Steps'), strip, panel);
};
const stepBody = (data, scenario, index) => {
  const step = data.steps[index];
  const of = (list) => list.filter((it) => it.step === index);
  const part = (title, items, draw, limit = 100) =>
    items.length > 0 &&
    h(
      'section',
      {},
      h('h3', {}, `${title} (${items.length})`),
      items.slice(0, limit).map(draw),
      items.length > limit && h('p.muted', {}, `… and ${items.length - limit} more in the waterfall`),
    );
  const shot = picture(data, index);
  const { outcome } = step;
  const requests = of(data.requests).filter((it) => data.vendors.has(it.id));
  const others = of(data.requests).filter((it) => !data.vendors.has(it.id));
  return h(
    `div.step${shot ? '.shown' : ''}`,
    {},
    shot && h('figure', {}, shot),
    h(
      'div',
      {},
      h(
        'div.lead',
        {},
        h('b', {}, `${index + 1}. ${step.label}`),
        ' ',
        h('span.muted', {}, `${step.kind} · ${duration(step.duration_ms)}`),
        step.url && h('p.muted.mono', {}, step.url),
      ),
      outcome.message &&
        h(
          `div.notice.${outcome.is}`,
          {},
          h('b', {}, outcome.message),
          h(
            'ul.details',
            {},
            outcome.details.map((it) => h('li', {}, it)),
          ),
        ),
      step.waited_for.length > 0 &&
        h(
          'div.notice.warning',
          {},
          'Waited in vain until the deadline for',
          h(
            'ul.details',
            {},
            step.waited_for.map((it) => h('li', {}, it)),
          ),
        ),
      part(
        'Findings',
        of(data.findings).filter((it) => it.severity !== 'info'),
        (it) =>
          h(
            `p.${it.severity}`,
            {},
            sign(it.severity),
            ' ',
            h('a', { href: address(scenario, it.id) }, prose(it.message)),
          ),
      ),
      part('Hits', of(data.hits), (it) => hitFold(data, it)),
      part('Calls', of(data.calls), callFold),
      part('Requests of vendors', requests, (it) => requestFold(data, it)),
      others.length > 0 &&
        fold('fold', [h('span.muted', {}, `${count(others.length, 'other request')}`)], () =>
          others.slice(0, 300).map((it) => requestFold(data, it)),
        ),
      part('Console and errors', of([...data.page_errors, ...data.console]), (it) =>
        h('pre.raw', { tabindex: 0 }, it.text),
      ),
    ),
  );
};
const waterfall = (data) => {
  const end = Math.max(1, data.duration_ms, ...data.requests.map((it) => it.ended_ms ?? it.started_ms));
  const row = (request) => {
    const bar = h(`i.${request.outcome.split(':')[0] === 'failed' ? 'lost' : request.outcome.split(':')[0]}`);
    bar.style.left = `${(request.started_ms / end) * 100}%`;
    bar.style.width = `${Math.max(0, ((request.ended_ms ?? request.started_ms) - request.started_ms) / end) * 100}%`;
    const took = request.ended_ms == null ? '' : duration(request.ended_ms - request.started_ms);
    const events = data.hits.filter((it) => it.request === request.id).map((it) => it.event);
    const short = request.url.replace(/^https?:\/\//, '').split('?')[0];
    return fold(
      '',
      [
        h(
          'span.grow',
          { title: request.url.slice(0, 300) },
          events.length ? [h('b', {}, events.slice(0, 3).join(', ')), ' '] : '',
          h('span.muted', {}, short),
        ),
        h('span.lane', {}, bar),
        h(
          'span.time',
          {},
          request.outcome === 'delivered' ||
            request.outcome === 'stubbed' ||
            request.outcome.startsWith('local')
            ? took
            : request.outcome.split(':')[0],
        ),
      ],
      () => [
        ...data.hits.filter((it) => it.request === request.id).map((it) => hitFold(data, it)),
        requestBody(data, request),
      ],
    );
  };
  const groups = new Map();
  const rest = [];
  for (const request of [...data.requests].sort((a, b) => a.started_ms - b.started_ms)) {
    const vendor = data.vendors.get(request.id);
    if (vendor) (groups.get(vendor) ?? groups.set(vendor, []).get(vendor)).push(request);
    else rest.push(request);
  }
  const box = h('div.fall', {});
  const scale = h(
    'div.scale',
    { 'aria-hidden': 'true' },
    [0, 0.25, 0.5, 0.75].map((it) => h('span', {}, duration(end * it))),
  );
  const group = (title, requests) =>
    [
      h('h3', {}, h('span.grow', {}, title), count(requests.length, 'request')),
      ...requests.slice(0, 500).map(row),
      requests.length > 500 && h('p.empty', {}, `… and ${requests.length - 500} more`),
    ].filter(Boolean);
  box.append(scale, ...[...groups].flatMap(([vendor, requests]) => group(vendor, requests)));
  const more =
    rest.length > 0 &&
    h(
      'button.quiet.no-print',
      {
        type: 'button',
        click: () => {
          box.append(...group('The site and everything else', rest));
          more.remove();
        },
      },
      `Show ${count(rest.length, 'other request')}`,
    );
  if (!groups.size) box.append(h('p.empty', {}, 'No request went to a vendor.'));
  return h(
    'section',
    {},
    h('h2', {}, 'Requests', h('small', {}, 'by vendor, over time')),
    box,
    h('p', {}, '\u00a0'),
    more,
  );
};
const logSection = (data) => {
  const lines = [
    ...data.page_errors.map((it) => ({ ...it, level: 'error', what: 'exception' })),
    ...data.console.map((it) => ({ ...it, what: it.level })),
    ...data.csp_reports.map((it) => ({
      ...it,
      level: it.report_only ? 'warning' : 'error',
      what: it.report_only ? 'csp report' : 'csp',
      text: `${it.directive} blocked ${it.blocked_url}`,
      stack: [],
    })),
  ].sort((a, b) => (a.at_ms ?? 0) - (b.at_ms ?? 0));
  return (
    lines.length > 0 &&
    h(
      'section',
      {},
      h('h2', {}, 'Console and errors', h('small', {}, count(lines.length, 'line'))),
      h(
        'ul.fall.log',
        {},
        lines
          .slice(0, 500)
          .map((it) =>
            h(
              'li',
              {},
              h(`b.${['error', 'warning'].includes(it.level) ? it.level : 'info'}`, {}, it.what),
              h('pre', {}, it.text),
              h('small', {}, it.step == null ? '' : `step ${it.step + 1}`),
            ),
          ),
      ),
    )
  );
};
