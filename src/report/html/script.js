// The HTML report: reads the data in the page and draws it. Whatever a page
// under test said is put in as text, never as markup, address or style; and
// nothing is loaded from anywhere. A scenario's data is unpacked when it is
// opened, so that a long run opens as fast as a short one.
'use strict';
(() => {
  const run = JSON.parse(document.getElementById('run').textContent);
  const main = document.getElementById('main');
  const VERDICTS = ['failed', 'broken', 'flaky', 'passed', 'skipped'];
  const SIGNS = {
    passed: '✓',
    failed: '✗',
    broken: '!',
    flaky: '↻',
    skipped: '–',
    error: '✗',
    warning: '!',
    info: 'i',
  };
  const MEANINGS = {
    failed: 'the site is wrong',
    broken: 'the run itself went wrong',
    flaky: 'passed when it was tried again',
    skipped: 'not played to its end',
  };
  const byBadness = (a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || a.index - b.index;
  run.scenarios.forEach((scenario, index) => {
    scenario.index = index;
  });
  const ordered = [...run.scenarios].sort(byBadness);
  const filter = { text: '', verdict: '' };

  // Invisible characters and those that turn text around are shown as escapes.
  const HIDDEN =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\u{e0000}-\u{e007f}]/gu;
  const clean = (text) => text.replace(HIDDEN, (it) => `\\u{${it.codePointAt(0).toString(16)}}`);
  const h = (name, attributes, ...children) => {
    const [tag, ...classes] = name.split('.');
    const element = document.createElement(tag);
    if (classes.length) element.className = classes.filter(Boolean).join(' ');
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (typeof value === 'function') element.addEventListener(key, value);
      else if (value !== false && value != null)
        element.setAttribute(key, value === true ? '' : clean(String(value)));
    }
    for (const child of children.flat(4)) {
      if (child != null && child !== false && child !== '')
        element.append(child instanceof Node ? child : clean(String(child)));
    }
    return element;
  };
  const count = (number, word) => `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`;
  const duration = (ms) => {
    if (ms < 1000) return `${Math.round(ms)} ms`;
    if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
    return `${Math.floor(ms / 60000)} min ${Math.round((ms % 60000) / 1000)} s`;
  };
  const moment = (text) =>
    new Date(text).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  const plain = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  // What stands between backticks is code.
  const prose = (text) =>
    text
      .split(/(`[^`]+`)/)
      .map((it) =>
        it.length > 2 && it.startsWith('`') && it.endsWith('`') ? h('code', {}, it.slice(1, -1)) : it,
      );
  const sign = (kind) => h(`span.sign.${kind}`, { 'aria-hidden': 'true' }, SIGNS[kind]);
  const badge = (kind) =>
    h(
      `span.badge.${kind}`,
      { title: MEANINGS[kind] },
      h('span', { 'aria-hidden': 'true' }, SIGNS[kind]),
      kind,
    );
  // A part that is drawn when it is opened for the first time.
  const fold = (name, summary, draw, open) => {
    const body = h('div');
    const element = h(`details.${name}`, {}, h('summary', {}, ...[summary].flat()), body);
    const fill = () => {
      if (element.open && !body.hasChildNodes()) body.append(...[draw()].flat(3).filter(Boolean));
    };
    element.addEventListener('toggle', fill);
    element.fill = fill;
    if (open) {
      element.open = true;
      fill();
    }
    return element;
  };

  // Data.
  const unpacked = new Map();
  const unpack = async (index) => {
    if (!unpacked.has(index)) {
      const text = atob(document.getElementById(`s${index}`).textContent);
      const bytes = new Uint8Array(text.length);
      for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
      const data = JSON.parse(await new Response(stream).text());
      const times = {};
      for (const finding of data.findings) {
        times[finding.code] = (times[finding.code] ?? 0) + 1;
        finding.id = `${finding.code}-${times[finding.code]}`;
      }
      data.byId = new Map(data.requests.map((request) => [request.id, request]));
      data.vendors = new Map();
      for (const load of data.loads) data.vendors.set(load.request, load.vendor);
      for (const hit of data.hits) data.vendors.set(hit.request, hit.vendor);
      unpacked.set(index, data);
    }
    return unpacked.get(index);
  };
  const picture = (data, step) => {
    const blob = document.getElementById(`p${data.pictures[step] ?? ''}`);
    return (
      blob &&
      h('img', {
        src: `data:${blob.dataset.type};base64,${blob.textContent}`,
        alt: `The page after step ${step + 1}`,
        loading: 'lazy',
      })
    );
  };
  const address = (scenario, part) => `#${encodeURIComponent(scenario.slug)}${part ? `/${part}` : ''}`;

  // All scenarios.
  const matches = (scenario) => {
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    return (
      (!filter.verdict || scenario.verdict === filter.verdict) &&
      words.every((word) => scenario.words.includes(word))
    );
  };
  const headline = () => {
    const number = (verdict) => run.scenarios.filter((scenario) => scenario.verdict === verdict).length;
    const total = count(run.scenarios.length, 'scenario');
    if (!run.scenarios.length) return 'Nothing was played';
    const parts = VERDICTS.filter((verdict) => verdict !== 'passed' && number(verdict)).map(
      (verdict) => `${number(verdict)} ${verdict}`,
    );
    return parts.length ? `${parts.join(', ')} of ${total}` : `${total}, all passed`;
  };
  const overview = () => {
    const counts = VERDICTS.map((verdict) => [
      verdict,
      run.scenarios.filter((it) => it.verdict === verdict).length,
    ]).filter(([, it]) => it);
    const bar = h(
      'div.share',
      { role: 'img', 'aria-label': headline() },
      counts.map(([verdict, number]) => {
        const piece = h(`i.${verdict}`);
        piece.style.flexGrow = number;
        return piece;
      }),
    );
    const list = h('ol.rows');
    const draw = () => {
      const found = ordered.filter(matches);
      list.replaceChildren(
        ...found.map((scenario) =>
          h(
            'li',
            {},
            h(
              'a',
              { href: address(scenario) },
              sign(scenario.verdict),
              h('span.name', {}, scenario.name, h('small', {}, scenario.file)),
              h(
                'span.size',
                {},
                `${count(scenario.steps, 'step')} · ${count(scenario.hits, 'hit')} · ${duration(scenario.duration_ms)}`,
              ),
              scenario.why &&
                h(
                  `span.why.${scenario.verdict}`,
                  {},
                  prose(scenario.why),
                  scenario.errors > 1 && h('span.muted', {}, ` and ${scenario.errors - 1} more`),
                ),
            ),
          ),
        ),
      );
      if (!found.length) list.append(h('li.empty', {}, 'No scenario matches.'));
      said.textContent = count(found.length, 'scenario');
    };
    const said = h('p.muted', { role: 'status' });
    const search = h('input', {
      type: 'search',
      id: 'search',
      placeholder: 'Search names, files, events, findings',
      'aria-label': 'Search',
      value: filter.text,
      input: () => {
        filter.text = search.value;
        draw();
      },
    });
    const chips = h(
      'div.chips',
      { role: 'group', 'aria-label': 'Verdict' },
      [['', run.scenarios.length], ...counts].map(([verdict, number]) =>
        h(
          'button',
          {
            type: 'button',
            'aria-pressed': String(filter.verdict === verdict),
            click: ({ currentTarget }) => {
              filter.verdict = verdict;
              for (const chip of chips.children)
                chip.setAttribute('aria-pressed', String(chip === currentTarget));
              draw();
            },
          },
          verdict || 'all',
          h('b', {}, number),
        ),
      ),
    );
    draw();
    main.replaceChildren(
      ...[
        h('h1', { tabindex: -1 }, headline()),
        h(
          'div.facts',
          {},
          h('span', {}, moment(run.started)),
          h('span', {}, duration(run.duration_ms)),
          run.browser && h('span', {}, run.browser.replace('/', ' ')),
          h('span', {}, `pixelproof ${run.version}`),
        ),
        !run.complete &&
          h(
            'p.notice.warning',
            {},
            h('b', {}, 'Incomplete. '),
            'The run was interrupted: what is here is what was known by then.',
          ),
        bar,
        ...run.findings.map((finding) => findingCard(finding, null, null)),
        ...(run.scenarios.length ? [h('div.tools', {}, search, chips), list, said] : []),
        fired(),
      ].filter(Boolean),
    );
    return 'All scenarios';
  };
  const fired = () => {
    const vendors = new Map();
    for (const scenario of run.scenarios) {
      for (const [vendor, event, number] of scenario.events) {
        const events = vendors.get(vendor) ?? vendors.set(vendor, new Map()).get(vendor);
        events.set(event, (events.get(event) ?? 0) + number);
      }
    }
    if (!vendors.size) return '';
    const row = ([vendor, events]) =>
      h(
        'tr',
        {},
        h('td.vendor', {}, vendor),
        h(
          'td',
          {},
          [...events]
            .sort((a, b) => b[1] - a[1])
            .slice(0, 40)
            .map(([event, number], at) => [at ? ', ' : '', event, h('span.muted', {}, ` ×${number}`)]),
        ),
      );
    return h(
      'section',
      {},
      h('h2', {}, 'What fired', h('small', {}, count(vendors.size, 'vendor'))),
      h(
        'div.card',
        {},
        h(
          'table',
          {},
          h(
            'thead',
            {},
            h('tr', {}, h('th', { scope: 'col' }, 'Vendor'), h('th', { scope: 'col' }, 'Events')),
          ),
          h('tbody', {}, [...vendors].sort().map(row)),
        ),
      ),
    );
  };

  // Findings.
  const changed = (a, b) => {
    const [left, right] = [[...a], [...b]];
    let start = 0;
    while (start < left.length && start < right.length && left[start] === right[start]) start++;
    let end = 0;
    while (
      end < left.length - start &&
      end < right.length - start &&
      left.at(-1 - end) === right.at(-1 - end)
    )
      end++;
    const cut = (it) => [
      it.slice(0, start).join(''),
      h('mark', {}, it.slice(start, it.length - end).join('')),
      it.slice(it.length - end).join(''),
    ];
    // Where nothing is shared, everything would be marked.
    return start + end ? [cut(left), cut(right)] : [[a], [b]];
  };
  const differenceTable = ({ params }) =>
    params.length > 0 &&
    h(
      'table.diff',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Parameter', 'Expected', 'Actual'].map((text) => h('th', { scope: 'col' }, text)),
        ),
      ),
      h(
        'tbody',
        {},
        params.map(({ name, expected, found }) => {
          const [was, is] =
            expected != null && found != null
              ? changed(plain(expected), plain(found))
              : [expected == null ? null : [plain(expected)], found == null ? null : [plain(found)]];
          return h(
            'tr',
            {},
            h('th', { scope: 'row' }, name),
            h(`td${was ? '.was' : '.none'}`, { 'data-of': 'expected' }, was ?? 'not there'),
            h(`td${is ? '.is' : '.none'}`, { 'data-of': 'actual' }, is ?? 'not there'),
          );
        }),
      ),
    );
  const findingCard = (finding, scenario, data) => {
    const step = data?.steps[finding.step];
    const difference = finding.difference;
    return h(
      `article.card.finding.${finding.severity}`,
      { id: finding.id ?? null, tabindex: finding.id ? -1 : null },
      h(
        'header',
        {},
        badge(finding.severity),
        h('code', {}, finding.code),
        finding.place && h('span.muted', {}, `${finding.place.file}:${finding.place.line}`),
        scenario &&
          h('a', { href: address(scenario, finding.id), 'aria-label': `Link to ${finding.code}` }, 'link'),
      ),
      h('p.said', {}, prose(finding.message)),
      step &&
        h(
          'p.muted',
          {},
          'in ',
          h(
            'a',
            { href: address(scenario, `step-${finding.step + 1}`) },
            `step ${finding.step + 1}, ${step.label}`,
          ),
        ),
      difference &&
        h(
          'p.muted',
          {},
          h('span.vendor', {}, difference.vendor),
          ` ${difference.event} ${difference.account}`,
        ),
      difference && differenceTable(difference),
      finding.details.length > 0 &&
        h(
          'ul.details',
          {},
          finding.details.map((line) => h('li', {}, prose(line))),
        ),
      finding.hits.length > 0 &&
        data &&
        h(
          'div',
          {},
          h('p', {}, '\u00a0'),
          finding.hits.slice(0, 20).map((index) => data.hits[index] && hitFold(data, data.hits[index])),
        ),
      finding.help && h('p.help', {}, prose(finding.help)),
    );
  };

  // Hits, calls, requests.
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
      [
        'sent',
        `${duration(request.started_ms)} after the start${step ? `, in step ${request.step + 1}` : ''}`,
      ],
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

  // One scenario.
  const scenarioPage = async (scenario, part) => {
    const data = await unpack(scenario.index);
    const at = ordered.indexOf(scenario);
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
              scenario.errors ? 'What is wrong' : 'Worth a look',
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
      const state = { done: 'passed', failed: 'failed', broken: 'broken', skipped: 'skipped' }[
        step.outcome.is
      ];
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
      const bar = h(
        `i.${request.outcome.split(':')[0] === 'failed' ? 'lost' : request.outcome.split(':')[0]}`,
      );
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

  // Ways through it.
  let turn = 0;
  const show = async () => {
    const mine = ++turn;
    let parts = [''];
    try {
      parts = location.hash.slice(1).split('/').map(decodeURIComponent);
    } catch {
      /* a broken link leads to the start */
    }
    const scenario = run.scenarios.find((it) => it.slug === parts[0]);
    const title = scenario ? await scenarioPage(scenario, parts[1]) : overview();
    if (mine !== turn) return;
    document.getElementById('where').textContent = scenario ? clean(title) : '';
    document.title = `${clean(scenario ? title : headline())} · pixelproof`;
    const aim =
      scenario &&
      parts[1] &&
      (document.getElementById(parts[1].startsWith('step-') ? 'steps' : parts[1]) ?? null);
    const finding = aim?.classList.contains('finding');
    aim?.classList.toggle('aim', finding);
    if (aim) aim.scrollIntoView({ block: 'start', behavior: 'instant' });
    else scrollTo({ top: 0, behavior: 'instant' });
    (finding ? aim : main.querySelector('h1')).focus({ preventScroll: true });
    document.documentElement.dataset.ready = scenario ? scenario.slug : 'overview';
  };
  const themes = ['', 'light', 'dark'];
  const store = (theme) => {
    try {
      localStorage.setItem('pixelproof-theme', theme);
    } catch {
      /* not kept, then */
    }
  };
  const setTheme = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    document.getElementById('theme').textContent = `Theme: ${theme || 'system'}`;
  };
  const nextTheme = () => {
    const theme = themes[(themes.indexOf(document.documentElement.dataset.theme ?? '') + 1) % themes.length];
    setTheme(theme);
    store(theme);
  };
  let kept = '';
  try {
    kept = localStorage.getItem('pixelproof-theme') ?? '';
  } catch {
    /* nothing is kept */
  }
  setTheme(themes.includes(kept) ? kept : '');
  const help = document.getElementById('help');
  document.getElementById('theme').addEventListener('click', nextTheme);
  document.getElementById('keys').addEventListener('click', () => help.showModal());
  document.getElementById('close').addEventListener('click', () => help.close());
  const moveOn = (by) => {
    const rows = [...main.querySelectorAll('.rows a')];
    if (rows.length) {
      const at = rows.indexOf(document.activeElement);
      rows[Math.min(Math.max(at + by, 0), rows.length - 1)].focus();
      return;
    }
    const current = ordered.findIndex((it) => it.slug === document.documentElement.dataset.ready);
    if (ordered[current + by]) location.hash = address(ordered[current + by]);
  };
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.key === 'Escape') {
      if (event.target.id === 'search') event.target.blur();
      else if (location.hash.length > 1) location.hash = '';
      return;
    }
    if (event.target.matches('input')) return;
    const act = {
      '/': () => document.getElementById('search')?.focus(),
      '?': () => help.showModal(),
      t: nextTheme,
      j: () => moveOn(1),
      k: () => moveOn(-1),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  addEventListener('beforeprint', () => {
    for (const part of [...main.querySelectorAll('.finding details')].slice(0, 200)) {
      part.open = true;
      part.fill?.();
    }
  });
  addEventListener('hashchange', show);
  show();
})();
