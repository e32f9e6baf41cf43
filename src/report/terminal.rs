//! The run as a person reads it: one line a step and a hit, differences,
//! findings with help, a summary. Pure: whoever calls it prints. A scenario is
//! a piece of its own, so that progress can show it as soon as it has ended.

use anstyle::Style;
use serde_json::Value;

use crate::model::finding::{Finding, Severity};
use crate::model::hit::{Hit, HitKind};
use crate::model::request::{Outcome, Request};
use crate::model::run::{RunReport, ScenarioReport, SnapshotState, Verdict};
use crate::model::trace::{StepOutcome, StepRecord, Trace};
use crate::report::clean::one_line;
use crate::report::mask::Mask;
use crate::report::painter::{BAD, BOLD, DIM, GOOD, NOTE, PLAIN, Painter, WARN, count, duration};
use crate::report::told::verdicts;
use crate::report::{Detail, ReportOptions, Reporter};
use crate::snapshot::show::difference_lines;

pub static REPORTER: Reporter = Reporter {
    name: "terminal",
    extension: "txt",
    docs: "what the terminal shows, as text",
    write: |run, options, out| out.write_all(whole_run(run, options).as_bytes()),
};

/// Longest piece of page text that is shown.
const LONGEST: usize = 300;

/// Longest paragraph: a cause with its evidence.
const LONGEST_PARAGRAPH: usize = 1_200;

/// Most lines of evidence, requests and calls of one kind; the JSON report
/// has all.
const MOST_DETAILS: usize = 20;

/// Files of one kind that are listed; the last ones, of the steps that matter.
const MOST_ARTIFACTS: usize = 2;

/// Most notes of what a recording learnt; `--verbose` and the snapshot tell all.
const MOST_LEARNT: usize = 5;

/// Parameters that a hit's line shows, by canonical name.
const SHOWN_PARAMS: [&str; 4] = ["value", "currency", "order_id", "content_ids"];

fn whole_run(run: &RunReport, options: &ReportOptions) -> String {
    let mut text = String::new();
    for report in &run.scenarios {
        text.push_str(&scenario_of(run, report, options));
    }
    text.push_str(&summary(run, options));
    text
}

/// One scenario of a run whose scenarios may be outlines.
pub fn scenario_of(run: &RunReport, outline: &ScenarioReport, options: &ReportOptions) -> String {
    if options.detail == Detail::Verbose {
        scenario(&run.whole(outline), options)
    } else {
        scenario(outline, options)
    }
}

/// Everything about one scenario that has ended, a blank line after it. With
/// [`Detail::Quiet`] empty for one that passed.
pub fn scenario(report: &ScenarioReport, options: &ReportOptions) -> String {
    if options.detail == Detail::Quiet && report.verdict == Verdict::Passed {
        return String::new();
    }
    let mask = Mask::new(&report.secrets);
    let mut text = heading(report, options);
    // Of an archive nobody knows whether they were done.
    let played = if report.trace.without_steps { &[][..] } else { &report.trace.steps };
    for (index, step) in played.iter().enumerate() {
        let told = report
            .findings
            .iter()
            .any(|finding| finding.step == Some(index) && finding.code.starts_with("step-"));
        text.push_str(&step_line(index, step, told, &mask, options));
        for hit in report.trace.hits.iter().filter(|hit| hit.step == Some(index)) {
            text.push_str(&hit_line(hit, &report.trace, &mask, options));
        }
        if options.detail == Detail::Verbose {
            text.push_str(&activity(&report.trace, Some(index), &mask, options));
        }
    }
    for hit in report.trace.hits.iter().filter(|hit| hit.step.is_none()) {
        text.push_str(&hit_line(hit, &report.trace, &mask, options));
    }
    if options.detail == Detail::Verbose {
        text.push_str(&activity(&report.trace, None, &mask, options));
    }
    text.push_str(&conclusion(report, options));
    text
}

/// `✓ name  file                     1.2 s`.
fn heading(report: &ScenarioReport, options: &ReportOptions) -> String {
    let mask = Mask::new(&report.secrets);
    let mut painter = Painter::new(*options);
    let (style, sign) = verdict_sign(report.verdict);
    painter.line(
        &[
            (style, sign),
            (PLAIN, " "),
            (BOLD, &safe(&report.name, &mask)),
            (DIM, &format!("  {}", safe(&report.file, &mask))),
        ],
        &duration(report.trace.duration_ms),
    );
    painter.finish()
}

/// One line for a step; more when it was not done and no finding tells why.
fn step_line(
    index: usize,
    step: &StepRecord,
    told: bool,
    mask: &Mask,
    options: &ReportOptions,
) -> String {
    let mut painter = Painter::new(*options);
    let (style, sign) = match step.outcome {
        StepOutcome::Done => (GOOD, "✓"),
        StepOutcome::Failed { .. } => (BAD, "✗"),
        StepOutcome::Broken { .. } => (BAD, "!"),
        StepOutcome::Skipped => (DIM, "-"),
    };
    let label = safe(&step.label, mask);
    // A label says it all, unless it is silent about what kind of step it is.
    let kind = if label.starts_with(&step.kind) {
        String::new()
    } else {
        format!("{} ", safe(&step.kind, mask))
    };
    let time = match step.outcome {
        StepOutcome::Skipped => String::new(),
        _ => duration(step.duration_ms),
    };
    painter.line(
        &[
            (DIM, &format!("{:>4} ", index + 1)),
            (style, sign),
            (DIM, &format!(" {kind}")),
            (PLAIN, &label),
        ],
        &time,
    );
    if let StepOutcome::Failed { message, details } | StepOutcome::Broken { message, details } =
        &step.outcome
        && !told
    {
        painter.wrapped(7, 2, (BAD, ""), (BAD, &safe(message, mask)));
        detail_lines(&mut painter, 9, details, mask);
    }
    if options.detail == Detail::Verbose && !step.waited_for.is_empty() {
        let what = "waited in vain until the deadline";
        painter.wrapped(7, 2, (WARN, ""), (WARN, what));
        detail_lines(&mut painter, 9, &step.waited_for, mask);
    }
    painter.finish()
}

/// One line for a hit: what it is, its business values, what became of it.
fn hit_line(hit: &Hit, trace: &Trace, mask: &Mask, options: &ReportOptions) -> String {
    let mut painter = Painter::new(*options);
    let values: Vec<String> = SHOWN_PARAMS
        .iter()
        .filter_map(|name| Some((name, hit.canonical(name)?)))
        .map(|(name, value)| format!("{name}={}", safe(&plain_text(value), mask)))
        .collect();
    let kind = match hit.kind {
        HitKind::Event | HitKind::None => String::new(),
        other => format!("  ({})", other.as_text()),
    };
    let request = trace.requests.iter().find(|request| request.id == hit.request);
    let fate = request.map_or(String::new(), |request| match &request.outcome {
        Outcome::Delivered | Outcome::Stubbed | Outcome::Pending => String::new(),
        other => format!("  {}", safe(&other.as_text(), mask)),
    });
    let counts = hit.kind == HitKind::Event;
    painter.line(
        &[
            (DIM, "       → "),
            (if counts { NOTE } else { DIM }, &safe(&hit.vendor, mask)),
            (PLAIN, " "),
            (if counts { BOLD } else { DIM }, &safe(&hit.event, mask)),
            (DIM, &format!(" {}", safe(&hit.account, mask))),
            // Before the values, which a narrow terminal cuts.
            (DIM, &kind),
            (BAD, &fate),
            (PLAIN, &format!("  {}", values.join(" "))),
        ],
        "",
    );
    for problem in hit.problems.iter().take(MOST_DETAILS) {
        painter.wrapped(9, 2, (WARN, "not decoded: "), (PLAIN, &safe(problem, mask)));
    }
    painter.finish()
}

/// Calls and requests made during one step, or outside of every step.
fn activity(trace: &Trace, step: Option<usize>, mask: &Mask, options: &ReportOptions) -> String {
    let mut painter = Painter::new(*options);
    let calls: Vec<_> = trace.calls.iter().filter(|call| call.step == step).collect();
    for call in calls.iter().take(MOST_DETAILS) {
        let args: Vec<String> = call.args.iter().map(ToString::to_string).collect();
        let text = format!("{}({})", call.name, args.join(", "));
        painter.line(&[(DIM, "         call "), (DIM, &safe(&text, mask))], &duration(call.at_ms));
    }
    let requests: Vec<&Request> =
        trace.requests.iter().filter(|request| request.step == step).collect();
    for request in requests.iter().take(MOST_DETAILS) {
        let status = request
            .response
            .as_ref()
            .map_or(String::new(), |response| format!(" {}", response.status));
        let text =
            format!("{} {}{status} {}", request.method, request.outcome.as_text(), request.url);
        painter
            .line(&[(DIM, "         "), (DIM, &safe(&text, mask))], &duration(request.started_ms));
    }
    for (list, word) in [(calls.len(), "call"), (requests.len(), "request")] {
        if let Some(more) = list.checked_sub(MOST_DETAILS).filter(|more| *more > 0) {
            painter.line(
                &[(DIM, "         "), (DIM, &format!("… and {} more", count(more, word)))],
                "",
            );
        }
    }
    painter.finish()
}

/// What comes after a scenario's steps: findings, what was written and
/// learnt; a blank line last.
fn conclusion(report: &ScenarioReport, options: &ReportOptions) -> String {
    let mask = Mask::new(&report.secrets);
    let mut painter = Painter::new(*options);
    findings_lines(&mut painter, &report.findings, Some(report), &mask, options);
    match &report.snapshot {
        SnapshotState::Different { path, pending: Some(pending) } => {
            painter.wrapped(
                2,
                2,
                (DIM, ""),
                (
                    DIM,
                    &format!(
                        "{} differs; what was found is in {}",
                        safe(path, &mask),
                        safe(pending, &mask)
                    ),
                ),
            );
        }
        SnapshotState::Written { path, learnt } => {
            painter.wrapped(2, 2, (GOOD, "wrote "), (PLAIN, &safe(path, &mask)));
            let most = if options.detail == Detail::Verbose { usize::MAX } else { MOST_LEARNT };
            for note in learnt.iter().take(most) {
                painter.wrapped(4, 2, (NOTE, "learnt: "), (PLAIN, &safe(note, &mask)));
            }
            if let Some(more) = learnt.len().checked_sub(most).filter(|more| *more > 0) {
                let text = format!("… and {more} more, which --verbose tells");
                painter.wrapped(4, 2, (DIM, ""), (DIM, &text));
            }
        }
        _ => {}
    }
    let mut rest = report.artifacts.as_slice();
    while let [first, ..] = rest {
        let alike = rest.iter().take_while(|artifact| artifact.kind == first.kind).count();
        let (these, others) = rest.split_at(alike);
        // One of each step would hide everything else.
        let most = if options.detail == Detail::Verbose { usize::MAX } else { MOST_ARTIFACTS };
        let lead = format!("{}: ", safe(&first.kind, &mask));
        for artifact in &these[these.len().saturating_sub(most)..] {
            painter.wrapped(2, 2, (DIM, &lead), (DIM, &safe(&artifact.path, &mask)));
        }
        if let Some(more) = these.len().checked_sub(most).filter(|more| *more > 0) {
            painter.wrapped(2, 2, (DIM, &lead), (DIM, &format!("and {more} more beside it")));
        }
        rest = others;
    }
    painter.blank();
    painter.finish()
}

/// Run findings, counts, time; a broken run says what to do.
pub fn summary(run: &RunReport, options: &ReportOptions) -> String {
    let mask = Mask::new(run.scenarios.iter().flat_map(|scenario| &scenario.secrets));
    let mut painter = Painter::new(*options);
    findings_lines(&mut painter, &run.findings, None, &mask, options);
    let mut pieces: Vec<(Style, String)> = Vec::new();
    let counts = verdicts(run);
    for verdict in ["passed", "flaky", "failed", "broken", "skipped"] {
        let Some((_, number)) = counts.iter().find(|(counted, _)| *counted == verdict) else {
            continue;
        };
        let style = match verdict {
            "failed" | "broken" => BAD,
            "passed" => GOOD,
            _ => WARN,
        };
        if !pieces.is_empty() {
            pieces.push((PLAIN, ", ".to_owned()));
        }
        pieces.push((style, format!("{number} {verdict}")));
    }
    if pieces.is_empty() {
        pieces.push((WARN, "nothing was played".to_owned()));
    }
    let hits: usize = run
        .scenarios
        .iter()
        .flat_map(|scenario| &scenario.trace.hits)
        .filter(|hit| hit.kind == HitKind::Event)
        .count();
    pieces.insert(0, (PLAIN, format!("{}: ", count(run.scenarios.len(), "scenario"))));
    pieces.push((DIM, format!(" · {} · {}", count(hits, "hit"), duration(run.duration_ms))));
    let pieces: Vec<(Style, &str)> =
        pieces.iter().map(|(style, text)| (*style, text.as_str())).collect();
    painter.line(&pieces, "");
    if !run.complete {
        painter.wrapped(
            0,
            2,
            (BAD, "interrupted: "),
            (PLAIN, "the run ended before every scenario had; reports are incomplete"),
        );
    } else if run.scenarios.iter().any(|scenario| scenario.verdict == Verdict::Broken) {
        painter.wrapped(0, 2, (BAD, "broken: "), (PLAIN, "the run itself went wrong, which says nothing about the pixels; see what stands beside `!`"));
    }
    if options.detail != Detail::Quiet && run.scenarios.iter().any(has_pending) {
        painter.wrapped(
            0,
            2,
            (NOTE, "next: "),
            (PLAIN, "look at the differences with `pixelproof review`"),
        );
    }
    painter.finish()
}

fn has_pending(scenario: &ScenarioReport) -> bool {
    matches!(&scenario.snapshot, SnapshotState::Different { pending: Some(_), .. })
}

/// Notes are told in detail only: they change no verdict.
fn shows(finding: &Finding, options: &ReportOptions) -> bool {
    match finding.severity {
        Severity::Error => true,
        Severity::Warning => options.detail >= Detail::Normal,
        // What a condition did to the hits is what was asked for.
        Severity::Info if finding.code.starts_with("condition-") => {
            options.detail >= Detail::Normal
        }
        // What was set aside must not be forgotten.
        Severity::Info if finding.suppressed.is_some() => options.detail >= Detail::Normal,
        Severity::Info => options.detail == Detail::Verbose,
    }
}

/// Findings one after the other; help that several share stands once, below
/// the last of them.
fn findings_lines(
    painter: &mut Painter,
    findings: &[Finding],
    report: Option<&ScenarioReport>,
    mask: &Mask,
    options: &ReportOptions,
) {
    let nothing = Trace::default();
    let trace = report.map_or(&nothing, |report| &report.trace);
    let trails = report.map_or(&[][..], |report| &report.trails);
    let mut told: Vec<&str> = Vec::new();
    let mut shown =
        findings.iter().enumerate().filter(|(_, finding)| shows(finding, options)).peekable();
    while let Some((index, finding)) = shown.next() {
        finding_lines(painter, finding, trace, mask);
        // Where several findings tell of one hit, the first is explained.
        for trail in trails.iter().filter(|trail| trail.findings.first() == Some(&index)) {
            let lead = if trail.hit.is_some() { "sent by: " } else { "why: " };
            let again = told.contains(&&*trail.summary);
            // One cause often costs many hits.
            let text = if again { "as above".to_owned() } else { paragraph(&trail.summary, mask) };
            told.push(&trail.summary);
            if !again || trail.hit.is_none() {
                painter.wrapped(4, 2, (NOTE, lead), (PLAIN, &text));
            }
        }
        let help = finding.help.as_ref();
        if let Some(help) =
            help.filter(|_| shown.peek().is_none_or(|(_, next)| next.help.as_ref() != help))
        {
            painter.wrapped(4, 2, (NOTE, "help: "), (PLAIN, &safe(help, mask)));
        }
    }
}

fn finding_lines(painter: &mut Painter, finding: &Finding, trace: &Trace, mask: &Mask) {
    let (style, word) = match finding.severity {
        Severity::Error => (BAD, "error"),
        Severity::Warning => (WARN, "warning"),
        Severity::Info if finding.suppressed.is_some() => (DIM, "suppressed"),
        Severity::Info => (NOTE, "note"),
    };
    let lead = format!("{word}[{}]: ", safe(&finding.code, mask));
    painter.wrapped(2, 2, (style, &lead), (BOLD, &safe(&finding.message, mask)));
    let step = finding.step.and_then(|index| Some((index, trace.steps.get(index)?)));
    if let Some((index, step)) = step {
        let text = format!("step {}, {}", index + 1, safe(&step.label, mask));
        painter.wrapped(4, 2, (DIM, "in "), (DIM, &text));
    }
    if let Some(place) = &finding.place {
        let text = format!("{}:{}:{}", safe(&place.file, mask), place.line, place.column);
        painter.wrapped(4, 2, (DIM, "at "), (DIM, &text));
    }
    // The message has said which hit it is about; the rest is what differs.
    if let Some(difference) = &finding.difference {
        for line in difference_lines(difference, painter.width()).into_iter().skip(1) {
            let pieces: Vec<(Style, String)> =
                line.into_iter().map(|segment| (segment.style, mask.text(&segment.text))).collect();
            let pieces: Vec<(Style, &str)> =
                pieces.iter().map(|(style, text)| (*style, text.as_str())).collect();
            painter.line(&pieces, "");
        }
    }
    detail_lines(painter, 4, &finding.details, mask);
    if let Some(reason) = &finding.suppressed {
        painter.wrapped(4, 2, (DIM, "because: "), (DIM, &safe(reason, mask)));
    }
}

fn detail_lines(painter: &mut Painter, indent: usize, details: &[String], mask: &Mask) {
    for detail in details.iter().take(MOST_DETAILS) {
        painter.wrapped(indent, 2, (PLAIN, ""), (PLAIN, &safe(detail, mask)));
    }
    if details.len() > MOST_DETAILS {
        let more = format!("… and {} more", details.len() - MOST_DETAILS);
        painter.wrapped(indent, 2, (DIM, ""), (DIM, &more));
    }
}

fn verdict_sign(verdict: Verdict) -> (Style, &'static str) {
    match verdict {
        Verdict::Passed => (GOOD, "✓"),
        Verdict::Failed => (BAD, "✗"),
        Verdict::Broken => (BAD, "!"),
        Verdict::Skipped => (WARN, "-"),
    }
}

/// A text as it is, anything else as JSON.
fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// [`safe`] for what is several sentences long.
fn paragraph(text: &str, mask: &Mask) -> String {
    one_line(&mask.text(text), LONGEST_PARAGRAPH)
}

/// Masked first: cleaning could break a secret in two.
fn safe(text: &str, mask: &Mask) -> String {
    one_line(&mask.text(text), LONGEST)
}

#[cfg(test)]
mod tests {
    use crate::report::painter::columns;
    use crate::report::sample;

    use super::*;

    fn show(detail: Detail, width: usize) -> String {
        whole_run(&sample::run(), &ReportOptions { width, color: false, detail })
    }

    #[test]
    fn normal() {
        insta::assert_snapshot!(show(Detail::Normal, 90));
    }

    #[test]
    fn verbose() {
        insta::assert_snapshot!(show(Detail::Verbose, 120));
    }

    #[test]
    fn quiet_tells_only_what_did_not_pass() {
        let text = show(Detail::Quiet, 90);
        assert!(!text.contains("newsletter") && text.contains("lead form"), "{text}");
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        for width in [40, 60, 80, 120] {
            for line in show(Detail::Verbose, width).lines() {
                assert!(columns(line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let options = ReportOptions { width: 80, color: true, detail: Detail::Verbose };
        let colored = whole_run(&sample::run(), &options);
        assert!(colored.contains("\u{1b}["));
        let plain = whole_run(&sample::run(), &ReportOptions { color: false, ..options });
        let stripped = anstream::adapter::strip_str(&colored).to_string();
        let trimmed: Vec<&str> = stripped.lines().map(str::trim_end).collect();
        assert_eq!(
            trimmed.join(
                "
"
            ) + "
",
            plain
        );
    }

    #[test]
    fn neither_secrets_nor_escapes_of_pages_come_through() {
        let text = show(Detail::Verbose, 120);
        assert!(!text.contains("jane") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn an_interrupted_run_says_so() {
        let mut run = sample::run();
        run.complete = false;
        assert!(summary(&run, &ReportOptions::default()).contains("interrupted: "));
        run.scenarios.clear();
        run.findings.clear();
        run.complete = true;
        assert!(summary(&run, &ReportOptions::default()).contains("nothing was played"));
    }
}
