//! Findings as reports for other tools tell them: masked, cleaned, bounded,
//! in one list for the whole run, each with a place in a file and with a
//! fingerprint that stays the same from run to run. It writes no format.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::model::finding::{DifferenceKind, Finding, Place, Severity};
use crate::model::hit::HitKind;
use crate::model::run::{RunReport, ScenarioReport};
use crate::model::trace::StepOutcome;
use crate::report::clean::one_line;
use crate::report::mask::Mask;
use crate::report::painter::count;
use crate::snapshot::show::param_sentence;

/// Longest piece of text that is told; the JSON report has all.
const LONGEST: usize = 600;

/// Most lines of evidence of a finding.
const MOST_LINES: usize = 30;

/// What `ScenarioReport::verdict_text` says, the bad ones first.
pub const VERDICTS: [&str; 5] = ["failed", "broken", "flaky", "passed", "skipped"];

/// A finding of a scenario, or of the run where there is no scenario.
pub struct Told<'a> {
    pub scenario: Option<&'a ScenarioReport>,
    pub code: String,
    pub severity: Severity,
    pub message: String,
    /// `step 2, click #buy`.
    pub step: Option<String>,
    /// What differs, and the evidence.
    pub lines: Vec<String>,
    pub help: Option<String>,
    /// In the scenario or its snapshot; `None` for the run itself.
    pub place: Option<Place>,
    /// Hexadecimal; no two of a run are the same.
    pub fingerprint: String,
    /// Why it was set aside.
    pub suppressed: Option<String>,
}

/// What cleans the texts of a run: every secret of every scenario is masked
/// everywhere, since scenarios share a site.
pub struct Voice {
    mask: Mask,
}

impl Voice {
    pub fn new(run: &RunReport) -> Self {
        Self { mask: Mask::new(run.scenarios.iter().flat_map(|scenario| &scenario.secrets)) }
    }

    /// Masked first: cleaning could break a secret in two.
    pub fn say(&self, text: &str) -> String {
        one_line(&self.mask.text(text), LONGEST)
    }

    /// Everything that counts, scenario by scenario and the run's own last:
    /// what was set aside with a reason is left out.
    pub fn tell<'a>(&self, run: &'a RunReport) -> Vec<Told<'a>> {
        let mut all = self.tell_all(run);
        all.retain(|told| told.suppressed.is_none());
        all
    }

    /// What was set aside as well.
    pub fn tell_all<'a>(&self, run: &'a RunReport) -> Vec<Told<'a>> {
        let mut all: Vec<Told<'a>> =
            run.scenarios.iter().flat_map(|scenario| self.tell_scenario(scenario)).collect();
        all.extend(run.findings.iter().map(|finding| self.told(None, finding)));
        let mut seen: HashMap<String, usize> = HashMap::new();
        for told in &mut all {
            let times = seen.entry(told.fingerprint.clone()).or_default();
            *times += 1;
            if *times > 1 {
                told.fingerprint = digest(&[&told.fingerprint, &times.to_string()]);
            }
        }
        all
    }

    fn tell_scenario<'a>(&self, scenario: &'a ScenarioReport) -> Vec<Told<'a>> {
        let mut all: Vec<Told<'a>> =
            scenario.findings.iter().map(|finding| self.told(Some(scenario), finding)).collect();
        for trail in &scenario.trails {
            let lead = if trail.hit.is_some() { "sent by" } else { "why" };
            if let Some(first) = trail.findings.first().and_then(|index| all.get_mut(*index)) {
                first.lines.push(self.say(&format!("{lead}: {}", trail.summary)));
            }
        }
        // An interrupted scenario was not checked, and yet a step may have failed.
        for (index, step) in scenario.trace.steps.iter().enumerate() {
            let (code, message, details) = match &step.outcome {
                StepOutcome::Failed { message, details } => ("step-failed", message, details),
                StepOutcome::Broken { message, details } => ("step-broken", message, details),
                StepOutcome::Done | StepOutcome::Skipped => continue,
            };
            let is_told = scenario
                .findings
                .iter()
                .any(|finding| finding.step == Some(index) && finding.code.starts_with("step-"));
            if !is_told {
                let finding = Finding {
                    code: code.to_owned(),
                    severity: Severity::Error,
                    message: message.clone(),
                    details: details.clone(),
                    help: None,
                    step: Some(index),
                    hits: Vec::new(),
                    place: None,
                    difference: None,
                    vendor: None,
                    suppressed: None,
                };
                all.push(self.told(Some(scenario), &finding));
            }
        }
        all
    }

    fn told<'a>(&self, scenario: Option<&'a ScenarioReport>, finding: &Finding) -> Told<'a> {
        let step = finding.step.and_then(|index| {
            let step = scenario?.trace.steps.get(index)?;
            Some(format!("step {}, {}", index + 1, self.say(&step.label)))
        });
        let params = finding.difference.iter().flat_map(|difference| &difference.params);
        let lines: Vec<String> = params
            .map(|param| self.say(&param_sentence(param)))
            .chain(finding.details.iter().map(|detail| self.say(detail)))
            .collect();
        let place = finding
            .place
            .clone()
            .or_else(|| Some(Place { file: scenario?.file.clone(), line: 1, column: 1 }));
        Told {
            scenario,
            code: self.say(&finding.code),
            severity: finding.severity,
            message: self.say(&finding.message),
            fingerprint: fingerprint(scenario, finding, step.as_deref().unwrap_or_default()),
            step,
            lines: bounded(lines),
            help: finding.help.as_ref().map(|help| self.say(help)),
            suppressed: finding.suppressed.as_ref().map(|reason| self.say(reason)),
            place: place.map(|place| Place { file: self.path(&place.file), ..place }),
        }
    }

    /// With slashes, as every format wants it.
    fn path(&self, path: &str) -> String {
        let path = self.say(path).replace('\\', "/");
        path.strip_prefix("./").map(str::to_owned).unwrap_or(path)
    }

    /// `3 steps, 2 hits`.
    pub fn size(&self, scenario: &ScenarioReport) -> String {
        let hits = scenario.trace.hits.iter().filter(|hit| hit.kind == HitKind::Event).count();
        format!("{}, {}", count(scenario.trace.steps.len(), "step"), count(hits, "hit"))
    }
}

impl Told<'_> {
    /// Message, step, evidence and help, a line each.
    pub fn text(&self) -> String {
        let mut lines = vec![self.message.clone()];
        lines.extend(self.step.as_ref().map(|step| format!("in {step}")));
        lines.extend(self.lines.iter().cloned());
        lines.extend(self.help.as_ref().map(|help| format!("help: {help}")));
        lines.join("\n")
    }

    /// Whether it is one of this scenario's.
    pub fn is_of(&self, scenario: &ScenarioReport) -> bool {
        self.scenario.is_some_and(|own| std::ptr::eq(own, scenario))
    }
}

/// Verdicts in words and their numbers, the bad ones first; those that did not
/// occur are left out.
pub fn verdicts(run: &RunReport) -> Vec<(&'static str, usize)> {
    VERDICTS
        .into_iter()
        .map(|verdict| {
            let scenarios = run.scenarios.iter();
            (verdict, scenarios.filter(|scenario| scenario.verdict_text() == verdict).count())
        })
        .filter(|(_, number)| *number > 0)
        .collect()
}

/// `1 failed, 2 passed`.
pub fn verdicts_text(run: &RunReport) -> String {
    let counts: Vec<String> =
        verdicts(run).into_iter().map(|(verdict, number)| format!("{number} {verdict}")).collect();
    if counts.is_empty() { "nothing was played".to_owned() } else { counts.join(", ") }
}

pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn bounded(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > MOST_LINES {
        let more = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push(format!("… and {more} more"));
    }
    lines
}

/// Of what names the finding, without anything that differs from run to run:
/// no values, no message, no line of a file that may have grown.
fn fingerprint(scenario: Option<&ScenarioReport>, finding: &Finding, step: &str) -> String {
    let slug = scenario.map_or("", |scenario| scenario.slug.as_str());
    let mut parts = vec![slug, finding.code.as_str(), step];
    match &finding.difference {
        Some(difference) => {
            parts.extend([&*difference.vendor, &*difference.event, kind(&difference.kind)]);
            parts.extend(difference.params.iter().map(|param| param.name.as_str()));
        }
        None if scenario.is_none() => parts.push(&finding.message),
        None => {}
    }
    digest(&parts)
}

fn kind(kind: &DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Missing => "missing",
        DifferenceKind::Unexpected => "unexpected",
        DifferenceKind::Duplicated { .. } => "duplicated",
        DifferenceKind::Changed => "changed",
        DifferenceKind::Moved { .. } => "moved",
        DifferenceKind::Renamed { .. } => "renamed",
        DifferenceKind::AccountChanged { .. } => "account",
        DifferenceKind::Lost { .. } => "lost",
    }
}

fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let mut text = String::new();
    for byte in hasher.finalize().iter().take(16) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::report::sample;

    use super::*;

    #[test]
    fn tells_steps_that_no_finding_tells() {
        let run = sample::run();
        let told = Voice::new(&run).tell(&run);
        let codes: Vec<&str> = told.iter().map(|told| told.code.as_str()).collect();
        assert_eq!(
            codes,
            ["snapshot-changed-hit", "page-error", "step-broken", "snapshot-obsolete"]
        );
        assert_eq!(
            told[0].text(),
            "meta Lead has another value\n\
             in step 2, send as ***\n\
             value changed from \"49.99\" to \"49,99\"\n\
             sent by https://shop.test/pixel.js:10:5\n\
             why: lost at the call for ***: fbq(\"track\", \"Lead\") was called instead\n\
             help: if this is right, accept it with `pixelproof review`"
        );
        assert_eq!(told[2].place.as_ref().map(|place| place.line), Some(1));
        assert!(told[3].place.is_none());
    }

    #[test]
    fn fingerprints_outlive_values_and_lines_but_are_never_the_same() {
        let mut run = sample::run();
        let of = |run: &RunReport| -> Vec<String> {
            Voice::new(run).tell(run).into_iter().map(|told| told.fingerprint).collect()
        };
        let before = of(&run);
        let finding = &mut run.scenarios[1].findings[0];
        finding.place.as_mut().unwrap().line = 99;
        finding.message = "meta Lead has yet another value".into();
        finding.difference.as_mut().unwrap().params[0].found = Some(json!("1"));
        assert_eq!(of(&run), before);
        let twin = run.scenarios[1].findings[0].clone();
        run.scenarios[1].findings.push(twin);
        let mut all = of(&run);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), before.len() + 1);
    }
}
